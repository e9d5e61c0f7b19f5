"""Values ↔ SQLite: the only SQL in the house. Each room imports only from those below it.

damage      stores that are damaged: whether one is, and what can still be read of it
upkeep      what people and receivers leave in a store, what stays how long, and what it holds
search      which traces a person means, by name or by expression
reading     the file → values: traces, lists, columns, lines
writing     values → the file: rows, traces, chunks
file        its schema, how it is opened and brought up to date, who writes, how it is
rows        what stands in the rows of spans
"""
