"""Traces as Parquet: one schema for the export, for what other engines write, and for reading it back."""
