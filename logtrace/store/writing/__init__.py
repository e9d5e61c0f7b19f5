"""Values → the file of a store: rows, traces, chunks."""
