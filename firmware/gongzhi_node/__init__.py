"""The node: what runs on a board (ESP32, or virtual), takes commands, guards its outputs and reports."""

VERSION = "0.1.0"
