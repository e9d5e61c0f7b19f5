"""What became of lines: which envelopes and which format they have, which key became what, and what was ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any, NamedTuple

from logtrace.ids import parse_trace_id
from logtrace.ingest import envelopes
from logtrace.ingest.columns.plans import Plan, Plans
from logtrace.ingest.discover.clocks import unit_since_1970
from logtrace.ingest.envelopes import ENVELOPES, MAX_LAYERS, Peeled
from logtrace.ingest.formats import UNITS
from logtrace.ingest.formats._format import PLAIN
from logtrace.ingest.formats.blocks import read_block, read_line
from logtrace.ingest.formats.texts import read_text
from logtrace.ingest.objects.several import array_in
from logtrace.ingest.own.dialects import KEYS, TIMES, Ambiguous, Fit, OwnFormats
from logtrace.ingest.vocabulary.bare import BARE, named
from logtrace.ingest.vocabulary.mend import mended
from logtrace.ingest.vocabulary.ways import has, value_at
from logtrace.model import Flag, Record
from logtrace.patterns import lazy_pattern
from logtrace.units import NS, duration_text_ns, instant_ns, number_or_none

GENERAL = "general"
"""The name of what is read by the alias table alone."""

_ZONE = lazy_pattern(r"(?:Z|z|UTC|[+-]\d\d:?(?:\d\d)?)\s*$", re.ASCII)
_HOWS = {"time": ("time_format", "time_unit"), "duration": ("duration_unit",)}
"""Concept → what a format of the user's own says about how its values are read."""

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
        line = line.strip().removesuffix(",") if line.lstrip()[:1] == "{" else line  # an element of an array
        text, record, _ = envelopes.unwrap(line)
        names = layers_of(line)
        if record is None and "\n" in line:
            around, whole = _document(line)
            text, record, _ = envelopes.unwrap(whole)
            names = (*around, *layers_of(whole))
        if record is None and text[:1] == "{" and not isinstance(healed := mended(text.encode("utf-8", "replace")), str):
            record = healed
        if record is None and (members := array_in(text)):  # the first stands for all
            record = members[0]
        if record is not None:
            return names, GENERAL, record
        block = read_line(text) or read_block(text)
        known = (GENERAL, block) if block is not None else read_text(text)
        return (names, TEXT, None) if known is None else (names, *known)

    def knows(self, record: dict[str, Any]) -> bool:
        """Whether a record is of a format that is known for more than the unit of its durations."""
        return self.plans.of(record, 1 << 30).format is not PLAIN

    def names_trace(self, record: dict[str, Any]) -> bool:
        """Whether a key of a record is known to hold a trace id."""
        return "trace" in self.plans.of(record, 1 << 30).concepts

    def kind(self, line: str, made: Record | None) -> Kind:
        """The kind of a line. made: what it became, None where it was rejected."""
        names, form, record = self.record(line)
        under = envelopes.unwrap(line)
        if self.own.knows_whole(line, under.text, under.record):
            names, form, record, under = (), TEXT, None, envelopes.Unwrapped(line, None, envelopes.BARE)
        fit = self.own.of_text(under.text) if record is None or form != GENERAL else None
        fit = fit or (self.own.of_record(record) if record is not None else None)
        if isinstance(fit, Fit):
            return self._own_kind(names, fit, made)
        if record is None or isinstance(fit, Ambiguous):
            return Kind(names, form, (), ())
        bare, record = record, named(record)
        plan = self.plans.of(record, 1 << 30)
        if form == GENERAL:
            form = plan.format.name or next((member.name for member in UNITS if member.fits and member.fits(record)), GENERAL)
        if plan.format.read is not None and (told := plan.format.read(record)):
            record, plan = told[0], self.plans.told(told[0], plan.format)
        uses = _uses(plan, record, made)
        if record is not bare:
            uses = (use if use.key in bare else use._replace(key=BARE.get(use.key, use.key)) for use in uses)
        return Kind(names, form, tuple(uses), _attributes(plan))

    def _own_kind(self, names: tuple[str, ...], fit: Fit, made: Record | None) -> Kind:
        """The kind of a line of a user's format: what that names, and what the general rules find besides."""
        rewritten = fit.format.rewritten(fit.record, UTC)
        plan = self.plans.of(rewritten, 1 << 30)
        named = {KEYS[concept] for concept, _ in fit.format.keys}
        others = (use for use in _uses(plan, rewritten, made) if use.key in fit.record and use.key not in named)
        attributes = tuple(key for key in _attributes(plan) if key in fit.record)
        return Kind(names, fit.format.name, (*_own_uses(fit), *others), attributes)


def _document(lines: str) -> tuple[tuple[str, ...], str]:
    """(envelopes of the first line, text under those of all lines) of what stands on several; an element of an array without its
    comma."""
    first, *_ = each = lines.split("\n")
    names = layers_of(first)
    inner = [envelopes.unwrap(line).text for line in each] if names else each
    return names, "\n".join(inner).strip().removesuffix(",")


def _attributes(plan: Plan) -> tuple[str, ...]:
    return tuple(values.key for group in plan.attributes for values in group.values)


def layers_of(line: str) -> tuple[str, ...]:
    """The names of the envelopes of a line, outermost first; of a document: those of its first line."""
    names: list[str] = []
    while len(names) < MAX_LAYERS:
        layer = next(_layers(line), None)
        if layer is None:
            break
        line, name = layer
        names.append(name)
    return tuple(names)


def _layers(line: str) -> Iterator[tuple[str, str]]:
    record = envelopes.decoded(line)
    for envelope in ENVELOPES:
        found: Peeled | None = None
        if record is None and envelope.peel is not None:
            found = envelope.peel(line, UTC)
        elif record is not None and envelope.peel_object is not None:
            found = envelope.peel_object(record)
        elif record is not None and envelope.peel_many is not None:
            found = next(iter(envelope.peel_many(record) or ()), None)
        if found is not None:
            yield found.inner, envelope.name


def _uses(plan: Plan, record: Mapping[str, Any], made: Record | None) -> Iterator[Use]:
    for concept, path in zip(plan.concepts, plan.paths, strict=True):
        value: Any = record
        for step in path:
            value = value[step]
        yield Use(".".join(path), concept, _how(concept, value, plan.unit, made), _shown(value))


def _own_uses(fit: Fit) -> Iterator[Use]:
    told = fit.format.told
    for concept, keys in fit.format.keys:
        values = [value_at(fit.record, key) for key in keys]
        if all(map(has, values)):
            hows = _HOWS.get("time" if concept in TIMES else concept, ())
            how = " ".join(told[name] for name in hows if name in told)
            yield Use(" ".join(keys), concept, how, _shown(values[0]))


def _how(concept: str, value: Any, unit: str, made: Record | None) -> str:
    """How a value was read, as far as that is a question."""
    if concept in TIMES:
        return _how_time(value)
    if concept in ("trace", "span", "parent"):
        return _how_id(value)
    if concept != "duration":
        return ""
    if isinstance(value, str) and duration_text_ns(value) is not None:
        return "the value has its unit"
    if unit:
        return f"{unit}: the key says so"
    if made is None or not made.flags & (Flag.UNIT_LIBRARY | Flag.UNIT_ASSUMED):
        return ""
    return f"{_unit_used(value, made)}: the convention of the library" if made.flags & Flag.UNIT_LIBRARY else "ms, assumed"


def _unit_used(value: Any, made: Record) -> str:
    """The unit in which a number became the duration of a record."""
    number = number_or_none(str(value)) or 0.0
    return next((unit for unit, size in NS.items() if made.duration_ns == round(number * size)), "?")


def _how_time(value: Any) -> str:
    if instant_ns(value) is None:
        return "no time"
    if unit := unit_since_1970(value):
        return f"{unit} since 1970, by its size"
    return "" if _ZONE.search(str(value)) else "no zone: read in that of --input-tz"


def _how_id(value: Any) -> str:
    found = parse_trace_id(str(value)) if isinstance(value, (str, int)) else None
    return "no id" if found is None else "not hexadecimal: kept as it is" if found.text else ""


def _shown(value: Any) -> str:
    return " ".join(str(value).split())
