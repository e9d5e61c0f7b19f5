"""What stays how long, and what goes: for `logtrace prune`, `pin` and `unpin`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.preservation import Kept, Pruned
from logtrace.units import counted, format_bytes, format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.grid import Column, grid
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.text import clean

COLUMNS = (
    Column("traces", right=True),
    Column("lines", right=True),
    Column("first goes"),
    Column("last goes"),
    Column("kept by"),
)
PIN_COLUMNS = (Column("trace"), Column("since"), Column("note"))
_WHY = {"expired": "their time is over", "sample": "not in the sample", "size": "the store was too large"}


def pruned_view(pruned: Pruned, zone: tzinfo) -> RenderableType:
    """Which rule keeps what until when, and what goes."""
    return PrunedView(pruned, zone)


@dataclass(frozen=True)
class PrunedView:
    """A renderable: wrapped when the width is known."""

    pruned: Pruned
    zone: tzinfo

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, pruned = options.max_width, self.pruned
        yield from grid(COLUMNS, [self._cells(kept) for kept in pruned.kept], width, cut=False)
        yield Text()
        verb = "would go" if pruned.dry else "gone"
        for each in pruned.dropped:
            many = ", ".join((counted(each.traces, "trace"), counted(each.spans, "span"), counted(each.lines, "line")))
            told = f"{many}: {_WHY.get(each.why, clean(each.why))}"
            yield from labelled(verb, told, width, palette.SLOW)
        if not pruned.dropped:
            yield from labelled(verb, "nothing", width)
        if pruned.examples and pruned.dry:
            yield from labelled("such as", ", ".join(map(clean, pruned.examples)), width)
        if not pruned.dry:
            yield from labelled("size", f"{format_bytes(pruned.bytes_before)} → {format_bytes(pruned.bytes_after)}", width)
        for note in pruned.notes:
            yield from labelled("note", clean(note), width, palette.SLOW)

    def _cells(self, kept: Kept) -> tuple[Text, ...]:
        times = (format_instant(ns, self.zone, 0) if ns is not None else "never" for ns in (kept.first_ns, kept.last_ns))
        return tuple(map(Text, (f"{kept.traces:,}", f"{kept.lines:,}", *times, clean(kept.rule))))


def pruned_json(pruned: Pruned) -> dict[str, Any]:
    """The documented shape of `logtrace prune --json`, version 1."""
    return {
        "version": 1,
        "dry_run": pruned.dry,
        "kept": [
            {"rule": k.rule, "traces": k.traces, "lines": k.lines, "first_goes_ns": k.first_ns, "last_goes_ns": k.last_ns}
            for k in pruned.kept
        ],
        "dropped": [dropped._asdict() for dropped in pruned.dropped],
        "examples": list(pruned.examples),
        "bytes_before": pruned.bytes_before,
        "bytes_after": pruned.bytes_after,
        "notes": list(pruned.notes),
    }


def pins_view(pins: Sequence[tuple[str, str, int]], zone: tzinfo, width: int, *, gone: bool = False) -> Iterator[Text]:
    """Pins with their notes: (trace id, note, since when)."""
    if not pins:
        yield Text("no trace is pinned")
        return
    rows = [tuple(map(Text, (clean(i), format_instant(ns, zone, 0), clean(note)))) for i, note, ns in pins]
    yield from grid(PIN_COLUMNS, rows, width, cut=False)
    if gone:
        yield Text("not pinned any more")


def pins_json(pins: Sequence[tuple[str, str, int]]) -> dict[str, Any]:
    """The documented shape of `logtrace pin --json`, version 1."""
    return {"version": 1, "pins": [{"trace_id": i, "note": note, "pinned_ns": ns} for i, note, ns in pins]}
