"""Boards on USB, as boards on the bus: each line of a serial port becomes one MQTT connection (docs/wire.md)."""
