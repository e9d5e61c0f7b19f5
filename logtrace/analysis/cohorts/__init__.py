"""Populations of requests compared, and whether a difference is more than chance."""
