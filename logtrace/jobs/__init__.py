"""What takes time: ingest, assembly, the one-shot mode."""
