"""The file of a store: its schema, how it is opened and brought up to date, who writes, how it is."""
