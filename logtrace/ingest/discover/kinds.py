"""What became of lines: which envelopes and which format they have, which key became what, and what was ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any, NamedTuple

from logtrace.ingest import envelopes
from logtrace.ingest.envelopes import ENVELOPES, MAX_LAYERS
from logtrace.ingest.formats import FORMATS
from logtrace.ingest.formats.own import KEYS, Ambiguous, OwnFormat, OwnFormats, has, value_at
from logtrace.ingest.formats.plans import Plan, Plans
from logtrace.ingest.formats.texts import read_text
from logtrace.model import Flag, Record
from logtrace.units import duration_text_ns

GENERAL = "general"
"""The name of what is read by the alias table alone."""

TEXT = "text"
"""The name of text that no format knows."""


class Use(NamedTuple):
    """A key, what it became ("" where it is an attribute alone), how it was read, and a value of it."""

    key: str
    concept: str
    how: str
    example: str


class Kind(NamedTuple):
    """What lines of one kind have in common. envelopes: outermost first; uses: the keys that became something."""

    envelopes: tuple[str, ...]
    format: str
    uses: tuple[Use, ...]
    attributes: tuple[str, ...]


class Reader:
    """Tells the kind of a line. One for each run of lines with the same settings."""

    def __init__(self, formats: str, trace_key: str) -> None:
        self.own = OwnFormats(formats)
        self.plans = Plans(trace_key)

    def record(self, line: str) -> tuple[tuple[str, ...], str, dict[str, Any] | None]:
        """(envelopes, format, record under them) of a line; None where it is text of no format, or broken."""
        text, names = peeled(line)
        record = envelopes.decoded(text)
        if record is not None:
            return names, GENERAL, record
        known = read_text(text)
        return (names, TEXT, None) if known is None else (names, *known)

    def kind(self, line: str, made: Record | None) -> Kind:
        """The kind of a line. made: what it became, None where it was rejected."""
        names, form, record = self.record(line)
        own = self._own(line, record)
        if own is not None:
            return Kind(names, own.name, tuple(_own_uses(own, record or own.columns(peeled(line)[0]) or {})), ())
        if record is None:
            return Kind(names, form, (), ())
        plan = self.plans.of(record, 1 << 30)
        if form == GENERAL:
            form = next((member.NAME for member in FORMATS if member.fits(record)), GENERAL)
        attributes = tuple(values.key for group in plan.attributes for values in group.values)
        return Kind(names, form, tuple(_uses(plan, record, made)), attributes)

    def _own(self, line: str, record: dict[str, Any] | None) -> OwnFormat | None:
        """The user's format that a line has; None where it has none, or several equally."""
        text, _ = peeled(line)
        for read in (self.own.read_text(text), self.own.read(record) if record is not None else None):
            if isinstance(read, Ambiguous) or read is None or read is record:
                continue
            fitting = [f for f in self.own.formats if f.fits(record or {}) or (f.columns(text) and f.fits(f.columns(text) or {}))]
            return max(fitting, key=lambda member: len(member.conditions))
        return None


def peeled(line: str) -> tuple[str, tuple[str, ...]]:
    """A line without its envelopes, and their names, outermost first."""
    names: list[str] = []
    while len(names) < MAX_LAYERS:
        layer = next(_layers(line), None)
        if layer is None:
            break
        line, name = layer
        names.append(name)
    return line, tuple(names)


def _layers(line: str) -> Iterator[tuple[str, str]]:
    record = envelopes.decoded(line)
    for envelope in ENVELOPES:
        if envelope.peel is not None and record is None:
            found = envelope.peel(line, UTC)
        elif envelope.peel_object is not None and record is not None:
            found = envelope.peel_object(record)
        else:
            continue
        if found is not None:
            yield found.inner, envelope.name


def _uses(plan: Plan, record: Mapping[str, Any], made: Record | None) -> Iterator[Use]:
    for concept, path in zip(plan.concepts, plan.paths, strict=True):
        value: Any = record
        for step in path:
            value = value[step]
        yield Use(".".join(path), concept, _how(concept, value, plan.unit, made), _shown(value))


def _own_uses(own: OwnFormat, record: dict[str, Any]) -> Iterator[Use]:
    for concept, keys in own.keys:
        values = [value_at(record, key) for key in keys]
        if all(map(has, values)):
            unit = own.told.get("duration_unit" if concept == "duration" else "time_unit", "")
            told = own.told.get("time_format", "") if concept in ("time", "start", "end") else ""
            how = " ".join(filter(None, [told, unit if concept in ("time", "start", "end", "duration") else ""]))
            yield Use(" ".join(keys), concept if concept in KEYS else "", how, _shown(values[0]))


def _how(concept: str, value: Any, unit: str, made: Record | None) -> str:
    """How a value was read, as far as that is a question."""
    if concept in ("time", "start", "end"):
        return "a number, its unit by its size" if isinstance(value, (int, float)) else "text"
    if concept != "duration":
        return ""
    if isinstance(value, str) and duration_text_ns(value) is not None:
        return "the value has its unit"
    if unit:
        return f"{unit}: the key says so"
    flags = made.flags if made is not None else 0
    return "the unit of the library" if flags & Flag.UNIT_LIBRARY else "ms, assumed" if flags & Flag.UNIT_ASSUMED else ""


def _shown(value: Any) -> str:
    return " ".join(str(value).split())
