"""Parquet as a store."""
