"""One request in other forms than a tree: what decided its time, queries for other systems, reports."""
