"""The file of a store → values: traces, lists, columns, lines."""
