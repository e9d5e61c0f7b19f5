"""Traces, spans and rows as lists."""
