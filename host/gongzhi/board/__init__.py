"""What the host knows of a board: its pins, its picture, how parts are wired to it, the files that belong on it."""
