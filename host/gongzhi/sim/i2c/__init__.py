"""Simulated chips on an I2C bus."""
