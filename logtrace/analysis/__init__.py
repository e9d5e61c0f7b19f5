"""Traces → findings: pure functions."""
