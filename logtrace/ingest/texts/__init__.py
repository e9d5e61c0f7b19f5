"""Lines of text, many at once."""
