"""The way out of sandboxes: what is reached from inside, and what is not."""
