"""All guesses about one dialect as the table `[formats.NAME]` that a configuration takes, each line with its reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple

from logtrace.ingest.discover.clocks import SINCE_WHEN
from logtrace.ingest.discover.hints import STRONG, hint
from logtrace.ingest.discover.ids import Guess, Ids, find_ids
from logtrace.ingest.discover.layout import JOINED, with_joined_time, with_paths, with_phases
from logtrace.ingest.discover.rows import PART, Column, Row, columns_of
from logtrace.ingest.discover.times import Times, find_times
from logtrace.ingest.discover.words import Words, find_words
from logtrace.ingest.own.dialects import KEYS
from logtrace.ingest.vocabulary.aliases import ALIASES
from logtrace.ingest.vocabulary.readings import is_yearless
from logtrace.model import plain_key
from logtrace.patterns import lazy_pattern

_CONDITIONS = 4
_TRIES = 3
_COLUMN = lazy_pattern(r"column\d+")
_NAMED_GROUP = lazy_pattern(r"\(\?P<(\w+)>")
_GROUP = lazy_pattern(r"\(\?P<(column\d+)>")
_USUAL = frozenset(plain_key(key) for keys in ALIASES.values() for key in keys)
_NAME = lazy_pattern(r"[^A-Za-z0-9_-]+")


class Setting(NamedTuple):
    """One line of a table: its key, its value (None: a blank to be filled in by a person), and why."""

    key: str
    value: Any
    why: str

    def toml(self) -> str:
        """The line, a comment where it is a blank."""
        told = f"{self.key} = {_toml(self.value)}" if self.value is not None else f'# {self.key} = ""'
        return f"{told}  # {_printable(self.why)}" if self.why else told


class Proposal(NamedTuple):
    """A table for a dialect. trace: whether a trace id was found, without which nothing else is of use."""

    name: str
    settings: tuple[Setting, ...]
    trace: bool

    def toml(self) -> str:
        """The table as text, one block without blank lines; without a trace id all of it is a comment."""
        lines = [f"[formats.{self.name}]", *(setting.toml() for setting in self.settings)]
        return "\n".join(lines if self.trace else [f"# {line.removeprefix('# ')}" for line in lines]) + "\n"

    def tells(self, key: str) -> bool:
        """Whether the table has a value for a key."""
        return any(setting.key == key and setting.value is not None for setting in self.settings)

    def table(self) -> dict[str, Any]:
        """The table as the configuration reads it, with its name."""
        return {"name": self.name, **{setting.key: setting.value for setting in self.settings if setting.value is not None}}


def proposals(name: str, rows: Sequence[Row], layout: Sequence[Setting] = ()) -> Iterator[Proposal]:
    """What the keys of rows of one dialect seem to mean, the likeliest first: each has another trace id. Behind one that is sure
    only others that are. As `propose`."""
    tried: set[str] = set()
    sure = False
    for _ in range(_TRIES):
        found = propose(name, rows, layout, tried)
        if tried and (not found.trace or (sure and not is_sure(found))):
            return
        yield found
        sure = sure or is_sure(found)
        tried |= {setting.value for setting in found.settings if setting.key == "trace"}


def propose(
    name: str, rows: Sequence[Row], layout: Sequence[Setting] = (), no_trace: Set[str] = frozenset(), ids: Ids | None = None
) -> Proposal:
    """What the keys of rows of one dialect seem to mean. layout: how its lines are parted, where they are text; no_trace: keys
    that are known to hold no trace id; ids: what is known of ids from elsewhere.
    """
    rows = with_phases(with_paths(with_joined_time(rows)))
    columns = columns_of(rows)
    if ids is None:
        ids = find_ids(columns, _services(columns, rows), len(rows), no_trace)
    times = find_times(columns, ids)
    taken = {found.key for group in (ids, times) for found in group if isinstance(found, Guess)}
    taken |= {key.partition(PART)[0] for key in taken}  # ids put together name no work
    timed = times.duration is not None or (times.start is not None and times.end is not None)
    words = find_words(columns, ids, taken, timed=timed)
    settings = [
        Setting("match", _conditions(columns, ids, times, words) or None, "what a line must have"), *layout,
        *_id_settings(ids), *_time_settings(times, words, columns), *_word_settings(words),
    ]  # fmt: skip
    return Proposal(_NAME.sub("-", name).strip("-") or "mine", tuple(settings), ids.trace is not None)


def with_ids_of(others: Sequence[Row], name: str, rows: Sequence[Row]) -> Proposal | None:
    """The proposal for rows that tell only with those of other dialects what their ids are, under the same keys; None where they
    have no such key.

    A gateway logs requests, which all lack parents; workers log what they do for them, in other words.
    """
    pooled = with_paths([*rows, *others])
    columns = columns_of(pooled)
    ids = find_ids(columns, _services(columns, pooled), len(pooled))
    own = columns_of(with_paths(rows))
    if ids.trace is None or ids.trace.key not in own:
        return None
    span, parent = (guess if guess is not None and guess.key in own else None for guess in (ids.span, ids.parent))
    return propose(name, rows, ids=Ids(ids.trace, span, parent, ids.roots))


def is_sure(proposal: Proposal) -> bool:
    """Whether more than a number that several lines share tells which is the trace: spans and their parents, or its name."""
    told = {setting.key: setting.value for setting in proposal.settings if setting.value is not None}
    return "parent" in told or ("trace" in told and hint(told["trace"], "trace") == STRONG)


def renamed(proposal: Proposal) -> Proposal:
    """A proposal for lines of text, whose columns have the names of what they mean."""
    columns: list[str] = next((_columns(setting) for setting in proposal.settings if setting.key in ("columns", "pattern")), [])
    text = "".join([f"{setting.value}." for setting in proposal.settings if setting.key == "text"])
    taken = {name for setting in proposal.settings if setting.key == "pattern" for name in _NAMED_GROUP.findall(setting.value)}
    concepts: dict[str, str] = {}
    for setting in proposal.settings:
        parts = setting.value if setting.key == "time" and isinstance(setting.value, list) else [setting.value]
        if setting.key in KEYS:
            parts = [str(part or "").removeprefix(text) for part in parts]
            numbered = {
                part: setting.key + (str(at) if len(parts) > 1 else "") for at, part in enumerate(parts, 1) if part in columns
            }
            concepts = {**{part: name for part, name in numbered.items() if name not in taken}, **concepts}
    return proposal._replace(settings=tuple(_with_names(setting, concepts, text) for setting in proposal.settings))


def _columns(setting: Setting) -> list[str]:
    return list(setting.value) if setting.key == "columns" else _GROUP.findall(setting.value)


def _with_names(setting: Setting, names: Mapping[str, str], before: str) -> Setting:
    """before: what stands before the names of columns, where they are those of a text in an object."""

    def name(key: str) -> str:
        told = key.removeprefix(before)
        found = _COLUMN.match(told)
        return key[: len(key) - len(told)] + names.get(found[0], found[0]) + told[found.end() :] if found else key

    why = _COLUMN.sub(lambda found: names.get(found[0], found[0]), setting.why)
    if setting.key == "pattern":
        return setting._replace(value=_GROUP.sub(lambda found: f"(?P<{name(found[1])}>", setting.value), why=why)
    if setting.key in KEYS or setting.key in ("match", "columns"):
        value = list(map(name, setting.value)) if isinstance(setting.value, list) else setting.value and name(setting.value)
        return setting._replace(value=value, why=why)
    return setting._replace(why=why)


def _services(columns: Mapping[str, Column], rows: Sequence[Row]) -> dict[int, str]:
    """The service of each row: what its envelope or file tells, with the values of the keys that are named like one."""
    named = [
        column
        for key, column in columns.items()
        if hint(key, "service") and column.strings and not column.ids and len(column.distinct) < 40
    ]
    return {
        number: "|".join([row.service, *(column.texts.get(number, "") for column in named)]) for number, row in enumerate(rows)
    }


def _conditions(columns: Mapping[str, Column], ids: Ids, times: Times, words: Words) -> list[str]:
    """Keys that all lines with a trace id have: that of the trace first, then those that other dialects will not have."""
    if ids.trace is None:
        return []
    rows = columns[ids.trace.key].cells.keys()
    told = [guess.key for group in (ids, times, words) for guess in group if isinstance(guess, Guess)]
    others = [key for key in dict.fromkeys(told) if key != ids.trace.key and JOINED not in key]
    always = [key for key in others if key in columns and rows <= columns[key].cells.keys()]
    always.sort(key=lambda key: plain_key(key) in _USUAL)
    return [ids.trace.key, *always[: _CONDITIONS - 1]]


def _id_settings(ids: Ids) -> list[Setting]:
    settings = [
        _of("trace", ids.trace, "no key has ids that come and go with lines as those of requests do"),
        _of("span", ids.span, "no key tells spans apart: each line with a duration will be a span"),
        _of("parent", ids.parent, "no key has values that are span ids: parents will be inferred from times"),
    ]
    if ids.roots:
        settings.append(Setting("roots", list(ids.roots), "in place of a parent"))
    return settings


def _time_settings(times: Times, words: Words, columns: Mapping[str, Column]) -> list[Setting]:
    time = times.time or times.end or times.start
    settings = [_of("time", time, "no key has times")]
    if time is not None and JOINED in time.key:
        settings = [Setting("time", time.key.split(JOINED), time.why)]
    if times.start:
        settings.append(_of("start", times.start, ""))
    if times.end:
        settings.append(_of("end", times.end, ""))
    if times.form:
        settings.append(Setting("time_format", times.form, _day_or_month(times.form, columns, time)))
    if times.time_unit:
        settings.append(Setting("time_unit", times.time_unit, SINCE_WHEN.get(times.time_unit, "of numbers since 1970")))
    if times.duration or not (words.phase or (times.start and times.end)):
        settings.append(_of("duration", times.duration, "no key has durations"))
    if times.unit:
        settings.append(Setting("duration_unit", times.unit, times.unit_why))
    if times.time_is:
        settings.append(Setting("time_is", times.time_is, times.time_is_why))
    return settings


def _day_or_month(form: str, columns: Mapping[str, Column], time: Guess | None) -> str:
    """Says so where no year is told, or day and month could be the other way round."""
    if is_yearless(form):
        return "ASSUMED: no year is written; it is the last that had such a day"
    if time is None or time.key not in columns or not any(way in form for way in ("%d/%m", "%m/%d", "%d-%m")):
        return ""
    parts = [pair for text in columns[time.key].distinct for pair in re.findall(r"(\d\d)[/-](\d\d)[/-]\d", text)]
    sure = any(int(part) > 12 for pair in parts for part in pair)
    return "" if sure else "ASSUMED: day and month may be the other way round"


def _word_settings(words: Words) -> list[Setting]:
    settings = []
    if words.phase:
        settings += [
            _of("phase", words.phase, ""),
            Setting("starts", list(words.starts) or None, "" if words.starts else "no line of these says that work begins"),
            Setting("ends", list(words.ends), ""),
        ]  # fmt: skip
    settings += [
        _of("service", words.service, "no key looks like a service; the file's name tells it, or service_name"),
        _of("operation", words.operation, "no key names the work; the message will stand for it"),
        _of("message", words.message, "no key holds sentences"),
        _of("level", words.level, "no key has words such as info, error"),
    ]
    if words.levels:
        settings.append(Setting("levels", dict(words.levels), ""))
    if words.strange_levels:
        strange = ", ".join(words.strange_levels)
        settings.append(Setting("levels", None, f"not known: {strange}" + ("; add them above" if words.levels else "")))
    if words.failed:
        assumed = "ASSUMED: only lines with it say what went wrong"
        settings.append(
            Setting("failed", list(words.failed), assumed if words.failed_assumed else "by these the work went wrong")
        )
    if words.strange_outcomes:
        strange = ", ".join(words.strange_outcomes)
        settings.append(Setting("failed", None, f"not known: {strange}; name those by which the work went wrong"))
    if words.doubtful is not None:
        settings.append(Setting("error", None, f"{words.doubtful.key} may say so: {words.doubtful.why}; or success"))
    told = {"kind": words.kind, "error": words.error, "success": words.success, "status": words.status}
    return settings + [_of(concept, guess, "") for concept, guess in told.items() if guess is not None]


def _of(concept: str, guess: Guess | None, missing: str) -> Setting:
    return Setting(concept, None, missing) if guess is None else Setting(concept, guess.key, guess.why)


def _toml(value: Any) -> str:
    """A value as TOML writes it; a text with backslashes as it is between single quotes, where that can be."""
    if isinstance(value, str) and "\\" in value and value.isprintable() and "'''" not in value and value[-1] != "'":
        return f"'''{value}'''" if "'" in value else f"'{value}'"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_quoted(key)} = {_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return _quoted(str(value))


def _quoted(text: str) -> str:
    """A TOML string; what a terminal would not show stands as an escape."""
    shown = (sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in json.dumps(text, ensure_ascii=False))
    return "".join(shown)


def _printable(text: str) -> str:
    """A comment: one line, nothing but what can be seen."""
    return "".join(sign if sign.isprintable() else "·" for sign in text)
