"""What a whole room of boards needs beyond one project: its certificate, its stop, its people."""
