"""What a reader may ask of a waterfall."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, tzinfo

KEY_ATTRIBUTES = ("error.*", "db.statement", "*_bytes", "*size*", "retry.*")
MAX_ROWS = 2_000


@dataclass(frozen=True, slots=True)
class WaterfallOptions:
    """Filters work together, and the ancestors of what they keep stay, so that the tree holds together.

    depth           levels of the tree to show; 1 is the roots alone; None is all
    service         spans of this service
    errors_only     spans with an error
    min_duration_ns spans that took at least this long
    all             every row: no folding of like siblings, no row limit
    logs            each span's log lines under it, in time order with its children
    attributes      patterns (`*`, `?`) of attribute keys to show under a span
    zone            times are shown in it
    ascii           draw with ASCII signs alone
    """

    depth: int | None = None
    service: str | None = None
    errors_only: bool = False
    min_duration_ns: int | None = None
    all: bool = False
    logs: bool = False
    attributes: tuple[str, ...] = KEY_ATTRIBUTES
    zone: tzinfo = UTC
    ascii: bool = False
    max_rows: int = MAX_ROWS

    @property
    def filters(self) -> tuple[str, ...]:
        """The flags that hide spans, as they are written on the command line."""
        named = (
            ("--depth", self.depth is not None),
            ("--service", self.service is not None),
            ("--errors", self.errors_only),
            ("--min-duration", self.min_duration_ns is not None),
        )
        return tuple(flag for flag, on in named if on)
