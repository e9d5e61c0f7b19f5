"""Files → rows of a store: what is new in them, who reads it, and what is said of it at the end."""
