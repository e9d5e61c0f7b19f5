"""Durations in another unit than their key or their library says: told by spans whose lines span a thousandth (a millionth, or a
thousand times) of what they are said to have lasted, all of them alike.

    request started |-------- 250 ms --------| request completed duration=250250, taken for milliseconds: 1,000 times as long

What is found becomes a format like those of a user: the key, in lines of the service, in the unit that fits. It stays with the
settings of the sources, so that later runs read the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import orjson

from logtrace.ingest import envelopes
from logtrace.ingest.columns.plans import Plans
from logtrace.ingest.formats.texts import read_text
from logtrace.ingest.records import Settings
from logtrace.store.reading.lines import chunks
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.reading.spanning import Spanning, spanning
from logtrace.store.writing.writer import SourceRow
from logtrace.units import NS, decimal_or_none

_NAME = "unit of "
_FACTORS = (1e3, 1e6, 1e9, 1e-3, 1e-6, 1e-9)
_LEAST, _NEARLY, _LOOKED_AT = 3, 0.9, 100
_LOW, _HIGH = 0.8, 1.5
"""How far a duration may be off the time of its lines, once the unit is right: they begin a little later than the work."""

_COARSE_NS = 1_000_000
_UNITS = {NS[unit]: unit for unit in ("ns", "us", "ms", "s")}


class OffUnits(NamedTuple):
    """The settings under which durations fit, and sentences that say what was wrong."""

    settings: Settings
    notes: tuple[str, ...]


class _Told(NamedTuple):
    """How a line tells a duration: its key, the value, the key that names the service ("" where none does)."""

    key: str
    value: float
    service_key: str


def inherited(settings: Settings, sources: Iterable[SourceRow]) -> Settings:
    """The settings with what was found about units when sources were read before."""
    known = [table for source in sources for table in _tables(Settings.of_text(source.settings)) if _is_ours(table)]
    return _with(settings, known)


def off_units(reader: FragmentReader, settings: Settings, since: int, highest: int) -> OffUnits | None:
    """What is wrong with the durations of rows from `since` (without it) to `highest`; None where nothing is."""
    by_service: dict[str, list[Spanning]] = defaultdict(list)
    for span in spanning(reader, since, highest):
        by_service[span.service].append(span)
    tables, notes = [], []
    for service, spans in sorted(by_service.items()):
        for factor in _FACTORS:
            off = [
                span for span in spans if _LOW <= span.duration_ns / span.lines_ns / factor <= _HIGH and _is_fine(span, factor)
            ]
            if len(off) >= _LEAST:
                for table, note in _found(reader, service, off, spans, factor, alone=len(by_service) == 1):
                    tables.append(table)
                    notes.append(note)
    known = [table for table in tables if table is not None]
    return OffUnits(_with(settings, known), tuple(notes)) if notes else None


def _is_fine(span: Spanning, factor: float) -> bool:
    """Whether the right duration is longer than times are exact."""
    return span.duration_ns / factor > 2 * _COARSE_NS


def _found(
    reader: FragmentReader, service: str, off: Sequence[Spanning], spans: Sequence[Spanning], factor: float, *, alone: bool
) -> Iterator[tuple[dict[str, Any] | None, str]]:
    """(format, sentence) for each key under which a service's durations are off by a factor, and nearly all of them are.

    There is no format where no key names the service, so that its lines can't be told from others; but where it is alone.
    """
    looked_at = [*off[:_LOOKED_AT], *[span for span in spans if span not in set(off)][:_LOOKED_AT]]
    told = _told(reader, looked_at)
    wrong = {span for span in off if span in told}
    for key in dict.fromkeys(told[span].key for span in off if span in told):
        those = [span for span in looked_at if span in told and told[span].key == key]
        bad = [span for span in those if span in wrong]
        unit = _unit(told[bad[0]].value, bad[0].duration_ns, factor)
        service_key = told[bad[0]].service_key
        if len(bad) < max(_LEAST, _NEARLY * len(those)) or not unit:
            continue
        table: dict[str, Any] | None = None
        if service_key or alone:
            match = [key, *([f"{service_key}={service}"] if service_key else [])]
            table = {"name": f"{_NAME}{service}.{key}", "match": match, "duration": key, "duration_unit": unit}
        done = f"it is read in {unit}" if table else f"a format of your own can say {unit} (logtrace help dialects)"
        times = f"{factor:,.0f} times" if factor > 1 else f"a {1 / factor:,.0f}th of"
        yield table, f"{service}: {key} is {times} what its lines span; {done} ({len(bad):,} spans looked at)"


def _unit(value: float, duration_ns: int, factor: float) -> str:
    """The unit in which a value is a duration, which another made too long by a factor; "" where there is none."""
    return _UNITS.get(round(duration_ns / value / factor), "") if value else ""


def _told(reader: FragmentReader, spans: Sequence[Spanning]) -> dict[Spanning, _Told]:
    """How the last lines of spans tell their durations; those that tell it in another way are left out."""
    plans, found = Plans(), {}
    by_chunk: dict[int, list[Spanning]] = defaultdict(list)
    for span in spans:
        by_chunk[span.chunk].append(span)
    for chunk in chunks(reader, by_chunk):
        lines = chunk.data.split(b"\n")
        for span in by_chunk[chunk.id]:
            text = lines[span.line].decode("utf-8", "replace") if span.line < len(lines) else ""
            if (told := _line_told(plans, text)) is not None:
                found[span] = told
    return found


def _line_told(plans: Plans, text: str) -> _Told | None:
    inner, record, _ = envelopes.unwrap(text)
    known = None if record is not None else read_text(inner)
    record = known[1] if known is not None else record
    if record is None:
        return None
    plan = plans.of(record, 1 << 30)
    paths = dict(zip(plan.concepts, plan.paths, strict=True))
    if "duration" not in paths or plan.format.read is not None or plan.format.rewrite is not None:
        return None
    value: Any = record
    for step in paths["duration"]:
        value = value[step]
    number = decimal_or_none(value) if isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int | float):
        return None
    return _Told(".".join(paths["duration"]), number, ".".join(paths.get("service", ())))


def _tables(settings: Settings) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = orjson.loads(settings.formats or "[]")
    return found


def _is_ours(table: dict[str, Any]) -> bool:
    return str(table.get("name", "")).startswith(_NAME)


def _with(settings: Settings, tables: Sequence[dict[str, Any]]) -> Settings:
    """The settings with more formats, those of one name once."""
    known = _tables(settings)
    names = {table["name"] for table in known}
    more = {table["name"]: table for table in tables if table["name"] not in names}
    if not more:
        return settings
    return settings._replace(formats=orjson.dumps([*known, *(more[name] for name in sorted(more))]).decode())
