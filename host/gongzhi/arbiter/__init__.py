"""What the one arbiter is made of: events in, effects out; between them levels, people, timers and one life cycle."""
