"""The same story where lines say when work begins, goes on and ends, each in its own words, and how long it took at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.ingest.discover.answers import ids
from tests.ingest.discover.dialects import MS, Dialect, Line, Work, dump, form, iso, moments

Ids = tuple[str, str, str | None]


def told(kind: str, line: Callable[[Line, Work, Ids], str], idle: Callable[[int], str]) -> Dialect:
    """A dialect with a line for each moment of the story."""

    def tell(spans: list[Work]) -> Iterator[str]:
        for moment in moments(spans):
            span = moment.span
            yield idle(moment.at_ns) if span is None else line(moment, span, ids(kind, span))

    return Dialect(tell)


def ended(line: Line, text: str) -> str:
    return text if line.what == "end" else ""


def ways(line: Line, span: Work, found: Ids) -> str:
    """Ids behind slashes; the word for a failure behind everything, on few lines."""
    flow, step, above = found
    word = {"begin": "start", "middle": "progress", "end": "finish"}[line.what]
    took = ended(line, f" wall={span.duration_ns / MS:.3f}ms{' FAIL' if span.failed else ''}")
    return f"{iso(line.at_ns)} {span.service} ~ {span.operation} {word} tr/{flow} sp/{step} pa/{above or 'none'}{took}"


def snakes(line: Line, span: Work, found: Ids) -> str:
    """`call_bank_started`: nothing else names the work."""
    flow, step, above = found
    word = {"begin": "started", "middle": "progress", "end": "failed" if span.failed else "succeeded"}[line.what]
    record = {"ts_us": line.at_ns // 1000, "component": span.service, "event": f"{span.operation.replace(' ', '_')}_{word}"}
    record |= {"conv": flow, "turn": step, "prev_turn": above}
    return dump(record | ({"elapsed_s": span.duration_ns / 1e9} if line.what == "end" else {}))


def objects(line: Line, span: Work, found: Ids) -> str:
    """An object behind words, after a time that an envelope would take off some lines."""
    flow, step, above = found
    record = {"cid": flow, "sid": step, **({"psid": above} if above else {}), "ph": line.what[0].upper()}
    if line.what == "end":
        record |= {"el": span.duration_ns / MS, **({"err": "bank closed"} if span.failed else {})}
    return f"{iso(line.at_ns)} {span.service} {span.operation.replace(' ', '.')} {dump(record)}"


def columns(line: Line, span: Work, found: Ids) -> str:
    """The word for the phase before the name of the work."""
    flow, step, above = found
    level = "ERR" if span.failed and line.what == "end" else "INF"
    record = {"req": flow, "op_id": step, "up": above or "", **({"ms": span.duration_ns / MS} if line.what == "end" else {})}
    return f"{level}|{iso(line.at_ns)}|{span.service}|{dump(record)}|{line.what} {span.operation}"


def clocks(line: Line, span: Work, found: Ids) -> str:
    """The time of day before the day; all ids in one pair of brackets."""
    flow, step, above = found
    level = "ERROR" if span.failed and line.what == "end" else "INFO"
    word = {"begin": "started", "middle": "running", "end": f"done in {span.duration_ns / 1e9:.6f}s"}[line.what]
    time = form(line.at_ns, "%H:%M:%S.%f %Y/%m/%d")
    return f"{time} {level} {span.service} [{flow}:{step}:{above or 'root'}] {span.operation} {word}"


FRESH = {
    "ways": told("ways", ways, lambda at: f"{iso(at)} gateway ~ idle"),
    "snakes": told("snakes", snakes, lambda at: dump({"ts_us": at // 1000, "component": "gateway", "event": "heartbeat"})),
    "objects": told("objects", objects, lambda at: f"{iso(at)} gateway idle {{}}"),
    "columns": told("columns", columns, lambda at: f"INF|{iso(at)}|gateway|{{}}|idle"),
    "clocks": told("clocks", clocks, lambda at: f"{form(at, '%H:%M:%S.%f %Y/%m/%d')} INFO gateway idle"),
}
