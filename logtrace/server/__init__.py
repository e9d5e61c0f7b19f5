"""What a browser and Jaeger's own clients ask: HTTP over a store. Loaded by `logtrace serve` alone."""
