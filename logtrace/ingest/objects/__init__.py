"""JSON objects on their way to records: sorted by shape, with what their envelopes know."""
