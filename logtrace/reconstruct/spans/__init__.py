"""Spans: what their lines say about them, collected and merged, with bounds and evidence."""
