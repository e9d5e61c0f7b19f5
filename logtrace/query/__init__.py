"""Expressions about spans and traces: text → AST → predicate. The store makes SQL of the same AST."""
