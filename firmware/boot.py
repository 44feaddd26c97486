"""Takes nothing and does nothing: main.py makes the outputs safe first; a console session finds the board quiet."""
