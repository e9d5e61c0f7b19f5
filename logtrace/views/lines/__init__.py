"""Log lines for people and for pipes."""
