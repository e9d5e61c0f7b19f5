"""What was handed over, and how it looks there: for `logtrace push`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.delivery import Difference, Pushed, Verified
from logtrace.units import format_bytes, format_duration
from logtrace.views.elements import palette
from logtrace.views.elements.grid import Column, grid
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.text import clean

SHOWN = 20
"""Differences, or spans that are refused, that are shown; JSON has more."""

COLUMNS = (Column("trace"), Column("span"), Column("what"), Column("here"), Column("there"))


def pushed_view(pushed: Pushed) -> RenderableType:
    """What became of the spans of a push."""
    return PushedView(pushed)


def verified_view(found: Verified) -> RenderableType:
    """What a Jaeger has otherwise."""
    return VerifiedView(found)


@dataclass(frozen=True)
class PushedView:
    """A renderable: wrapped when the width is known."""

    pushed: Pushed

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for label, told, style in _lines(self.pushed):
            yield from labelled(label, clean(told), options.max_width, style)


def _lines(done: Pushed) -> Iterator[tuple[str, str, str]]:
    yield "receiver", done.receiver, ""
    yield "chosen", f"{_many(done.traces, 'trace')}, {_many(done.spans, 'span')}", ""
    if done.dry:
        yield "to send", f"{_many(done.to_send, 'span')}{_changed(done)}, {_requests(done)} before compression", ""
    else:
        took = f"{_many(done.sent, 'span')}{_changed(done)}, {_requests(done)} in {format_duration(round(done.wall_s * 1e9))}"
        yield "sent", took, ""
    for label, count, told in (
        ("known", done.known, "were taken before"),
        ("left out", done.left_changed, "changed since they were taken: --only-new leaves them as they are"),
        ("open", done.left_open, "have no end yet; a push without --follow sends them as they are"),
    ):
        if count:
            yield label, f"{_many(count, 'span')} {told}", ""
    if done.doubtful:
        told = "were sent with others of which the receiver rejected some, and it did not say which"
        yield "in doubt", f"{_many(done.doubtful, 'span')} {told}", palette.ERROR
    if done.retries:
        yield "again", f"{_many(done.retries, 'request')} had to be sent again", ""
    if done.redelivered:
        yield (
            "twice",
            f"up to {_many(done.redelivered, 'span')} may be there twice: no answer had come the first time",
            palette.SLOW,
        )
    for why, count in done.rejected.items():
        yield "rejected", f"{_many(count, 'span')}, and the receiver does not say which: {why}", palette.ERROR
    for refused in done.refused[:SHOWN]:
        yield "refused", f"trace {refused.trace_id} span {refused.span_id}: {refused.why}", palette.ERROR
    if len(done.refused) > SHOWN:
        yield "refused", f"and {len(done.refused) - SHOWN:,} more spans", palette.ERROR
    for note in done.notes:
        yield "note", note, palette.SLOW


def _changed(done: Pushed) -> str:
    return f", {done.changed:,} of them again because they changed" if done.changed else ""


def _requests(done: Pushed) -> str:
    return f"{_many(done.batches, 'request')}, {format_bytes(done.bytes_sent)}"


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def pushed_json(done: Pushed) -> dict[str, Any]:
    """The documented shape of `logtrace push --json`, version 1."""
    return {"version": 1, **asdict(done), "refused": [each._asdict() for each in done.refused], "notes": list(done.notes)}


@dataclass(frozen=True)
class VerifiedView:
    """A renderable: cut where the width is known."""

    found: Verified

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        found, width = self.found, options.max_width
        yield from labelled("jaeger", clean(found.address), width)
        yield from labelled("compared", f"{_many(found.traces, 'trace')}, {_many(found.spans, 'span')}", width)
        yield from labelled("same", _many(found.same, "span"), width)
        if found.foreign:
            yield from labelled("besides", f"{_many(found.foreign, 'span')} of these traces that others sent", width)
        if found.doubled:
            yield from labelled("twice", f"{_many(found.doubled, 'span')} are there more than once", width, palette.SLOW)
        if not found.different:
            return
        yield from labelled("differ", _many(found.different, "difference"), width, palette.ERROR)
        yield Text()
        yield from grid(COLUMNS, [_cells(each) for each in found.differences[:SHOWN]], width, cut=False)
        if found.different > SHOWN:
            yield Text(f"and {found.different - SHOWN:,} more; --json names {len(found.differences):,}")


def _cells(found: Difference) -> tuple[Text, ...]:
    return tuple(Text(clean(each)) for each in (found.trace_id, found.span_id or "-", found.what, found.here, found.there))


def verified_json(found: Verified) -> dict[str, Any]:
    """The documented shape of `logtrace push --verify --json`, version 1."""
    return {"version": 1, **asdict(found), "differences": [each._asdict() for each in found.differences]}
