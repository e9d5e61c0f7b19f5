"""Dialects of the user's own, `[formats.NAME]` of a configuration: which key means what, in which unit.

A record that fits is rewritten under the keys of the alias table, with times and durations in nanoseconds, so that the
same rules read it as any other; what the format does not name stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, NamedTuple

import orjson

from logtrace import units
from logtrace.ingest.formats.pairs import scalar, split_pairs

KEYS = {
    "trace": "trace_id",
    "span": "span_id",
    "parent": "parent_span_id",
    "time": "timestamp",
    "start": "start_time",
    "end": "end_time",
    "duration": "duration",
    "service": "service",
    "operation": "operation",
    "message": "message",
    "level": "level",
    "kind": "kind",
    "phase": "event",
    "error": "error",
    "success": "status",
    "status": "status",
}
"""What a format can name → the key of the alias table under which it is read."""

_TIMES = ("time", "start", "end")
_NO = frozenset({"false", "no", "n", "0", "nok", "ko"})
_PAIR = re.compile(r"([A-Za-z_@][\w.@/-]{0,99})\s*[:=]\s*(.*)", re.ASCII | re.DOTALL)
_DIGITS = re.compile(r"(?<=[.,:]\d{6})\d{1,3}(?!\d)", re.ASCII)  # %f takes six
_ABSENT = object()


class Ambiguous(NamedTuple):
    """Formats that fit a record equally well: none of them is taken."""

    names: tuple[str, ...]

    @property
    def reason(self) -> str:
        return f"fits {' and '.join(self.names)}"


class Condition(NamedTuple):
    """What a record must have: a key, with this text as its value (None: with any)."""

    key: str
    value: str | None

    def __str__(self) -> str:
        return self.key if self.value is None else f"{self.key}={self.value}"

    def holds(self, record: dict[str, Any]) -> bool:
        found = value_at(record, self.key)
        return found is not _ABSENT and (self.value is None or _text(found) == self.value)


class OwnFormat(NamedTuple):
    """One format. keys: (concept, the keys that hold it; several only of a time in parts); told: all else it says."""

    name: str
    conditions: tuple[Condition, ...]
    keys: tuple[tuple[str, tuple[str, ...]], ...]
    told: Mapping[str, Any]

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> OwnFormat:
        """The format of a checked table of the configuration, with its name under "name"."""
        keys = {concept: _listed(table[concept]) for concept in KEYS if table.get(concept)}
        wanted = _listed(table.get("match") or keys.get("trace", ()))
        conditions = tuple(Condition(*_split(text)) for text in wanted)
        return cls(table["name"], conditions, tuple(keys.items()), table)

    def fits(self, record: dict[str, Any]) -> bool:
        return all(condition.holds(record) for condition in self.conditions)

    def columns(self, text: str) -> dict[str, Any] | None:
        """The record of a line of text in columns; None where it has fewer, or is the line of their names. The
        last column takes the rest of the line.

        A column without a name may hold `key=value` pairs, and a message before them; as the last one, any number of
        further columns.
        """
        names, separator = self.told.get("columns", ()), self.told.get("separator", "")
        parts = text.split(None if separator == " " else separator, len(names) - 1) if separator else []
        if not parts or len(parts) != len(names) or [part.strip() for part in parts] == list(names):
            return None
        record: dict[str, Any] = {}
        for name, part in zip(names[:-1], parts, strict=False):
            record.update(_cell(name, part))
        last = [parts[-1]] if names[-1] or separator == " " else parts[-1].split(separator)
        for part in last:
            record.update(_cell(names[-1], part))
        return record if separator in text else None

    def rewritten(self, record: dict[str, Any], zone: tzinfo) -> dict[str, Any]:
        """The record under the keys of the alias table."""
        found: dict[str, Any] = {}
        rest = record
        for concept, keys in self.keys:
            values = [value for value in (value_at(record, key) for key in keys) if value is not _ABSENT]
            if len(values) == len(keys):
                rest = _without(rest, keys)
                value = values[0] if len(values) == 1 else " ".join(map(str, values))
                found.update(self._read(concept, value, zone))
        if "service_name" in self.told and not found.get("service"):
            found["service"] = self.told["service_name"]
        self._with_times(found)
        if found.get("parent_span_id", _ABSENT) in self._roots(found):
            found["parent_span_id"] = None
        clashing = {key: value for key, value in rest.items() if key in found}
        made = {**found, **{key: value for key, value in rest.items() if key not in found}}
        return {**made, "fields": {**clashing, **_object(made.get("fields"))}} if clashing else made

    def _with_times(self, found: dict[str, Any]) -> None:
        """Adds what a time means: a start; where starts and ends stand on lines of their own, what begins or ends there."""
        if self.told.get("time_is") == "start" and "timestamp" in found:
            found.setdefault("start_time", found["timestamp"])
        one = [key for key in ("start_time", "end_time") if found.get(key) is not None]
        if len(one) == 1 and self.told.get("start") and self.told.get("end") and not found.keys() & {"duration", "duration_ns"}:
            found.setdefault("event", one[0].removesuffix("_time"))
            if found.get("timestamp") is None:
                found["timestamp"] = found[one[0]]

    def _read(self, concept: str, value: Any, zone: tzinfo) -> dict[str, Any]:
        """The value of a concept under its key, as the general rules take it."""
        told = self.told
        if concept in _TIMES:
            return {KEYS[concept]: _instant(value, told.get("time_format", ""), told.get("time_unit", ""), zone)}
        if concept == "duration" and "duration_unit" in told:
            return {"duration_ns": duration_ns(value, told["duration_unit"])}
        if concept == "phase":
            return {"event": "start" if value in told.get("starts", ()) else "end" if value in told.get("ends", ()) else value}
        if concept == "level":
            return {"level": told.get("levels", {}).get(str(value), value)}
        if concept == "success":
            return {"status": "error"} if _text(value).lower() in _NO else {}
        return {KEYS[concept]: value}

    def _roots(self, found: dict[str, Any]) -> tuple[Any, ...]:
        """What a parent may be where there is none."""
        return (*self.told.get("roots", ()), found.get("span_id", ""), "")


class OwnFormats:
    """The formats of a run. text: see Settings.formats."""

    def __init__(self, text: str, zone: tzinfo = UTC) -> None:
        self.formats = tuple(OwnFormat.of(table) for table in orjson.loads(text or "[]"))
        self.zone = zone

    def read(self, record: dict[str, Any]) -> dict[str, Any] | Ambiguous:
        """A record by the format that fits it best (with the most conditions); itself where none does."""
        fitting = [member for member in self.formats if not member.told.get("separator") and member.fits(record)]
        return self._best(fitting, [record] * len(fitting)) or record

    def read_text(self, text: str) -> dict[str, Any] | Ambiguous | None:
        """A line of text by the format that fits it best; None where none does."""
        made = [(member, member.columns(text)) for member in self.formats]
        fitting = [(member, record) for member, record in made if record is not None and member.fits(record)]
        return self._best([member for member, _ in fitting], [record for _, record in fitting])

    def _best(self, fitting: Sequence[OwnFormat], records: Sequence[dict[str, Any]]) -> dict[str, Any] | Ambiguous | None:
        most = max((len(member.conditions) for member in fitting), default=0)
        best = [at for at, member in enumerate(fitting) if len(member.conditions) == most]
        if not best:
            return None
        if len(best) > 1:
            return Ambiguous(tuple(fitting[at].name for at in best))
        return fitting[best[0]].rewritten(records[best[0]], self.zone)


def value_at(value: Any, key: str) -> Any:
    """What stands under a key: the literal key, or a way into objects and lists (`ctx.ids.0`); _ABSENT where nothing does."""
    if value.__class__ is list:
        head, _, rest = key.partition(".")
        inner = value[int(head)] if head.isdecimal() and len(head) < 6 and int(head) < len(value) else _ABSENT
        return value_at(inner, rest) if rest and inner is not _ABSENT else inner
    if value.__class__ is not dict:
        return _ABSENT
    if key in value:
        return value[key]
    at = key.find(".")
    while at > 0:
        inner = value_at(value.get(key[:at]), key[at + 1 :])
        if inner is not _ABSENT:
            return inner
        at = key.find(".", at + 1)
    return _ABSENT


def has(value: Any) -> bool:
    """Whether `value_at` found something."""
    return value is not _ABSENT


def _cell(name: str, part: str) -> dict[str, Any]:
    """What a column says."""
    plain = _bare(part)
    return {name: scalar(plain)} if name else pairs_in(plain) or ({"message": plain} if plain else {})


def pairs_in(part: str) -> dict[str, Any]:
    """The pairs of a column: `key: value`, or several `key=value`; none where it is just text."""
    message, found = split_pairs(part)
    if found:
        return {"message": message, **found} if message else found
    pair = _PAIR.fullmatch(part)
    return {pair[1]: scalar(pair[2].strip())} if pair else {}


def duration_ns(value: Any, unit: str) -> int | None:
    """A duration in nanoseconds: by the unit its text has, else by `unit`. A decimal comma is one. None where it is none."""
    if value.__class__ is str:
        own = units.duration_text_ns(value)
        if own is not None:
            return own
        value = units.number_or_none(value.strip().replace(",", "."))
    if value.__class__ is bool or not isinstance(value, (int, float)) or abs(value) > 1e18:
        return None
    return round(value * units.NS[unit])


def _instant(value: Any, form: str, unit: str, zone: tzinfo) -> Any:
    """A time in nanoseconds where form or unit say how; else as it is, for the general rules."""
    if form and value.__class__ is str and (read := strptime_ns(value, form, zone)) is not None:
        return read
    number = units.number_or_none(value) if value.__class__ is str else value
    if unit and number.__class__ in (int, float) and abs(number) < 1e19:
        return int(number) * units.NS[unit] if number.__class__ is int else round(number * units.NS[unit] / 1000) * 1000
    return value


def strptime_ns(text: str, form: str, zone: tzinfo = UTC) -> int | None:
    """The instant of a text in a form of `datetime.strptime`, read in `zone` where it names none; None where it is not so."""
    try:
        at = datetime.strptime(_DIGITS.sub("", text.strip()), form)  # noqa: DTZ007 - the zone is given below
    except ValueError:
        return None
    since = (at if at.tzinfo else at.replace(tzinfo=zone)) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * units.NS_PER_S + since.microseconds * 1000


def _split(text: str) -> tuple[str, str | None]:
    key, sign, value = text.partition("=")
    return key.strip(), value.strip() if sign else None


def _listed(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _bare(part: str) -> str:
    """A column without space and brackets around it, also a bracket that closes beyond it."""
    part = part.strip()
    for opening, closing in ("[]", "()"):
        opened, closed = part.count(opening), part.count(closing)
        if part[:1] == opening and (opened > closed or (opened == 1 and part[-1:] == closing)):
            part = part[1:].strip()
        if part[-1:] == closing and part.count(closing) > part.count(opening):
            part = part[:-1].strip()
    return part


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _without(record: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    """A record without what stands under keys; the record itself is not changed. What stands in a list stays."""
    for key in keys:
        if key in record:
            record = {name: value for name, value in record.items() if name != key}
            continue
        heads = [key[:at] for at, sign in enumerate(key) if sign == "." and has(value_at(record.get(key[:at]), key[at + 1 :]))]
        if heads and isinstance(record[heads[0]], dict):
            record = {**record, heads[0]: _without(record[heads[0]], (key[len(heads[0]) + 1 :],))}
    return record
