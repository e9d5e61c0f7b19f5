"""Numbers about many requests of a window."""
