"""Numbers about many requests of a store: columns from the store, findings from analysis."""
