"""A coach for movements that are in a pack: what is done, how well, and one thing to say of it at a time."""
