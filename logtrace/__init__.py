"""logtrace: distributed traces from structured logs alone."""

__version__ = "0.1.0"
