"""What stands in for the world: virtual boards, their pins, and the synthetic camera."""
