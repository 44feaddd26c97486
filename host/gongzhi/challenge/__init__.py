"""A contest between models: a task, entries, a score that can be repeated, a board that names chance."""
