"""Log dialects. A dialect of JSON lines is data over the alias table (`aliases`) plus what is its own (a unit).

FORMATS is ordered; the first that fits a record decides what the alias table leaves open.
"""

from __future__ import annotations

from types import ModuleType

from logtrace.ingest.formats import slog, zap, zerolog

FORMATS: tuple[ModuleType, ...] = (slog, zap, zerolog)
"""Each member has NAME, ABOUT, DURATION_UNIT and fits(record)."""
