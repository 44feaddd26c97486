"""Measures of working together, computed from the journal and the labels beside it."""
