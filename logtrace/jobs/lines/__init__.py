"""Raw lines, of files and of a store: found by a pattern or an id, and shown among their neighbours."""
