"""A demonstration that plays itself: what happens in the world and what people say, and what must follow from it."""
