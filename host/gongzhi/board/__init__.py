"""What the host does with a board: the files that belong on it."""
