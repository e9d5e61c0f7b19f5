"""Logs that grow: an ingest that does not end, and what is done with traces meanwhile."""
