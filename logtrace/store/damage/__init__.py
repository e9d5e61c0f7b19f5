"""Stores that are damaged: whether one is, and what can still be read of it."""
