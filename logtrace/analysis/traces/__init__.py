"""Single traces: where their time went, what failed in them, how two of them differ."""
