"""Forests: the spans of many traces as columns, and which of them may be the parents of which."""
