"""Dialects of the user's own, `[formats.NAME]` of a configuration: which key means what, in which unit.

A record that fits is rewritten under the keys of the alias table, with times and durations in nanoseconds, so that the
same rules read it as any other; what the format does not name stays as it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

import orjson

from logtrace.ingest.own.texts import in_columns, matched, within
from logtrace.ingest.vocabulary.levels import is_error
from logtrace.ingest.vocabulary.mend import dumped
from logtrace.ingest.vocabulary.readings import duration_in_text, duration_ns, instant_of, level_of, strptime_ns
from logtrace.ingest.vocabulary.ways import ABSENT, has, value_at
from logtrace.units import instant_ns

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

THE_TRACE = "{trace}"
"""Among words for no parent: the id of the trace."""

TIMES = ("time", "start", "end")
_NO = frozenset({"false", "no", "n", "0", "nok", "ko"})
_BETWEEN = " -_.:/|"


class Ambiguous(NamedTuple):
    """Formats that fit a record equally well and read it differently: none of them is taken."""

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
        return found is not ABSENT and (self.value is None or _text(found) == self.value)


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
        return all(condition.holds(record) for condition in self.conditions) and self._is_timed(record)

    def _is_timed(self, record: dict[str, Any]) -> bool:
        """Whether what stands where a line of text has its time is one: a form alone fits lines of other dialects too."""
        keys = dict(self.keys).get("time", ()) if _is_of_text(self) else ()
        parts = [value_at(record, key) for key in keys]
        if not parts or not all(map(has, parts)):
            return True
        value = parts[0] if len(parts) == 1 else " ".join(map(str, parts))
        if form := self.told.get("time_format", ""):
            return strptime_ns(str(value), form) is not None
        return instant_ns(instant_of(value, "", self.told.get("time_unit", ""), UTC)) is not None

    def of_object(self, record: dict[str, Any]) -> dict[str, Any] | None:
        """The record with what the pattern finds in one of its texts; None where that is not of its form."""
        if not (key := self.told.get("text", "")):
            return record
        text, pattern = value_at(record, key), self.told["pattern"]
        groups = matched(text, pattern) if isinstance(text, str) else None
        return None if groups is None else {**record, **within(key, groups, pattern)}

    def of_line(self, text: str) -> dict[str, Any] | None:
        """The record of a line of text, where the format is one of text that fits its form; else None."""
        if pattern := self.told.get("pattern", ""):
            return matched(text, pattern)
        return in_columns(text, self.told.get("separator", ""), self.told.get("columns", ()))

    def rewritten(self, record: dict[str, Any], zone: tzinfo) -> dict[str, Any]:
        """The record under the keys of the alias table."""
        found: dict[str, Any] = {}
        rest = record
        for concept, keys in self.keys:
            if concept == "operation" and keys == dict(self.keys).get("phase"):
                continue  # what stands beside the word for the phase, if one is there
            values = [value for value in (value_at(record, key) for key in keys) if value is not ABSENT]
            if len(values) == len(keys):
                rest = _without(rest, keys)
                value = values[0] if len(values) == 1 else " ".join(map(str, values))
                found.update(self._read(concept, value, zone))
        if "service_name" in self.told and not found.get("service"):
            found["service"] = self.told["service_name"]
        if self._says_failed(record) and not is_error(found.get("error", rest.get("error"))):
            found["error"] = True
        if self._is_silent(found):
            found["message"] = value_at(record, self._told_by("phase")[0])
        self._with_times(found)
        if "parent_span_id" in found and str(found["parent_span_id"]) in self._roots(found):
            found["parent_span_id"] = None
        clashing = {key: value for key, value in rest.items() if key in found}
        made = {**found, **{key: value for key, value in rest.items() if key not in found}}
        return {**made, "fields": {**clashing, **_object(made.get("fields"))}} if clashing else made

    def _told_by(self, *concepts: str) -> list[str]:
        """The keys that hold concepts."""
        return [key for concept, keys in self.keys if concept in concepts for key in keys]

    def _says_failed(self, record: dict[str, Any]) -> bool:
        """Whether a word for phase or status says that the work failed, or no success is told."""
        words = [_text(value) for key in self._told_by("phase", "status") if has(value := value_at(record, key))]
        yes_no = [_text(value) for key in self._told_by("success") if has(value := value_at(record, key))]
        failed = self.told.get("failed", ())
        return any(_beside(word, failed) is not None for word in words) or any(word.lower() in _NO for word in yes_no)

    def _is_silent(self, found: dict[str, Any]) -> bool:
        """Whether nothing but the word for its phase tells what a line is about: `PaymentStarted`."""
        named = {concept for concept, _ in self.keys}
        return "phase" in named and found.get("event") in ("start", "end") and named.isdisjoint(("operation", "message"))

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
        if concept in TIMES:
            return {KEYS[concept]: instant_of(value, told.get("time_format", ""), told.get("time_unit", ""), zone)}
        if concept == "duration" and "duration_unit" in told:
            return {"duration_ns": duration_ns(value, told["duration_unit"])}
        if concept == "duration" and isinstance(value, str) and (own := duration_in_text(value)) is not None:
            return {"duration_ns": own}
        if concept == "phase":
            return self._phase(value)
        if concept == "level":
            return {"level": told.get("levels", {}).get(str(value)) or level_of(str(value)) or value}
        if concept == "success":
            return {"status": "error"} if _text(value).lower() in _NO else {}
        return {KEYS[concept]: value}

    def _phase(self, value: Any) -> dict[str, Any]:
        """What the value of the key of the phase says; where it ends or begins with a word that tells (`PaymentStarted`), the
        rest is what was done, unless another key names that."""
        for event in ("start", "end"):
            if (rest := _beside(value, self.told.get(f"{event}s", ()))) is not None:
                named = self._told_by("operation") not in ([], self._told_by("phase"))
                return {"event": event, "operation": rest} if rest and not named else {"event": event}
        return {"event": value}

    def _roots(self, found: dict[str, Any]) -> set[str]:
        """What a parent may be where there is none, as text: some count down to -1."""
        told = [found.get("trace_id", "") if word == THE_TRACE else word for word in self.told.get("roots", ())]
        return {*map(str, told), str(found.get("span_id", "")), ""}


class OwnFormats:
    """The formats of a run. text: see Settings.formats."""

    def __init__(self, text: str, zone: tzinfo = UTC) -> None:
        self.formats = tuple(OwnFormat.of(table) for table in orjson.loads(text or "[]"))
        self.of_lines = tuple(member for member in self.formats if _is_of_text(member))
        self.keyed = tuple(member for member in self.formats if not _is_of_text(member))
        self.zone = zone

    def read(self, record: dict[str, Any]) -> dict[str, Any] | Ambiguous:
        """A record by the format that fits it best; itself where none does."""
        found = self.of_record(record)
        return record if found is None else self._rewritten(found)

    def read_text(self, text: str) -> dict[str, Any] | Ambiguous | None:
        """A line of text by the format of text that fits it best; None where none does."""
        found = self.of_text(text)
        return None if found is None else self._rewritten(found)

    def of_record(self, record: dict[str, Any]) -> Fit | Ambiguous | None:
        """The format that fits a record best, with the most conditions; None where none does."""
        made = [(member, seen) for member in self.keyed if (seen := member.of_object(record)) is not None]
        return _best([Fit(member, seen) for member, seen in made if member.fits(seen)]) if made else None

    def of_text(self, text: str) -> Fit | Ambiguous | None:
        """The format of text that fits a line best; None where none does."""
        made = [(member, record) for member in self.of_lines if (record := member.of_line(text)) is not None]
        return _best([Fit(member, record) for member, record in made if member.fits(record)]) if made else None

    def knows_whole(self, line: str, text: str, record: dict[str, Any] | None) -> bool:
        """Whether a line is of a format of text as it stands, and what is under its envelopes, a text or a record, of none."""
        if not self.of_lines or text == line or self.of_text(line) is None:
            return False
        return (self.of_text(text) if record is None else self.of_record(record)) is None

    def _rewritten(self, found: Fit | Ambiguous) -> dict[str, Any] | Ambiguous:
        return found if isinstance(found, Ambiguous) else found.format.rewritten(found.record, self.zone)


class Fit(NamedTuple):
    """A format with the record that it fits."""

    format: OwnFormat
    record: dict[str, Any]

    @property
    def weight(self) -> tuple[int, int]:
        """How well it fits: by its conditions, then by the keys of the record that it names."""
        named = sum(has(value_at(self.record, key)) for _, keys in self.format.keys for key in keys)
        return len(self.format.conditions), named


def _best(fitting: Sequence[Fit]) -> Fit | Ambiguous | None:
    """The one with the most conditions, of these the one that names most keys of the record; several of them count as one
    where they read it alike."""
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    weights = [fit.weight for fit in fitting]
    best = [fit for fit, weight in zip(fitting, weights, strict=True) if weight == max(weights)]
    if len(best) > 1 and any(_reading(fit) != _reading(best[0]) for fit in best[1:]):
        return Ambiguous(tuple(fit.format.name for fit in best))
    return best[0]


def _reading(fit: Fit) -> dict[str, Any]:
    return fit.format.rewritten(fit.record, UTC)


def _is_of_text(member: OwnFormat) -> bool:
    return bool(member.told.get("separator") or member.told.get("pattern")) and not member.told.get("text")


def _split(text: str) -> tuple[str, str | None]:
    key, sign, value = text.partition("=")
    return key.strip(), value.strip() if sign else None


def _beside(value: Any, words: Sequence[str]) -> str | None:
    """What a value has beside one of some words, that it is ("") or ends or begins with as a word of its own: `PaymentStarted`,
    `start payment`; None where it does neither."""
    if not isinstance(value, str) or value in words:
        return "" if value in words else None
    for word in filter(None, words):
        for rest, sign in ((value.removesuffix(word), -1), (value.removeprefix(word), 0)):
            if rest != value and _is_apart(rest[sign], word[0 if sign else -1], before=bool(sign)):
                return rest.strip(_BETWEEN)
    return None


def _is_apart(sign: str, letter: str, *, before: bool) -> bool:
    """Whether a word begins or ends between the sign beside it and its own letter there: at a gap, or at a large letter."""
    first, second = (sign, letter) if before else (letter, sign)
    return sign in _BETWEEN or (first.islower() and second.isupper())


def _listed(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dumped(value).decode()


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
