"""Which keys hold words: service, operation, message, level, errors, phase and kind."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from typing import NamedTuple

from logtrace.ingest.discover.hints import NONE, STRONG, hint
from logtrace.ingest.discover.ids import Guess, Ids
from logtrace.ingest.discover.phases import fails, find_phase
from logtrace.ingest.discover.rows import Column
from logtrace.ingest.formats.levels import is_error, severity, status_error
from logtrace.ingest.formats.readings import level_of
from logtrace.patterns import lazy_pattern

_FINE = frozenset(["ok", "success", "succeeded", "successful"])
_STATUS = _FINE | frozenset(["good", "done", "fine", "passed", "complete", "completed"])
_KINDS = frozenset(("client", "server", "internal", "producer", "consumer"))
_NAME = lazy_pattern(r"[A-Za-z][\w.:@/-]{0,60}")
_YES_NO = frozenset(("true", "false", "yes", "no", "y", "n", "0", "1", "ja", "nein", "ok", "nok", "ko", "si", "oui", "non"))
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"))
_AMBIGUOUS = frozenset(["log", "all", "fine", "success", "trace", "alert"])
"""Words of severity that say other things as well."""

_FEW, _LEVELS, _LONGEST, _WIDTH = 40, 8, 80, 40
_MOSTLY, _RARE = 0.5, 0.2
_CODES = 1_000


class Words(NamedTuple):
    """What was found; None and () where nothing was. levels: words that have to be told, with their level; failed: values of
    phase or status that have to be told, by which work failed; doubtful: a yes or no that may say so, where nothing else does."""

    service: Guess | None = None
    operation: Guess | None = None
    message: Guess | None = None
    level: Guess | None = None
    levels: tuple[tuple[str, str], ...] = ()
    strange_levels: tuple[str, ...] = ()
    kind: Guess | None = None
    phase: Guess | None = None
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    error: Guess | None = None
    success: Guess | None = None
    status: Guess | None = None
    doubtful: Guess | None = None


def find_words(columns: Mapping[str, Column], ids: Ids, taken: set[str], *, timed: bool) -> Words:
    """The words among the columns that are not taken. timed: durations, or starts and ends, are known from elsewhere."""
    free = {key: column for key, column in columns.items() if key not in taken and column.cells and not _is_object(column)}
    trace = columns[ids.trace.key].texts if ids.trace else {}
    span = columns[ids.span.key].texts if ids.span else {}
    phase = find_phase(free, columns, ids, timed=timed)
    level = _take(free, _level_score, 2.0)
    found = {
        "kind": _take(free, _kind_score, 1.0),
        "success": _take(free, _success_score, 1.5),
        "status": _take(free, _status_score, 1.5),
        "error": _take(free, _error_score, 1.5),
        "service": _take(free, lambda column: _service_score(column, trace), 2.5) or _nameless_service(free, trace, span),
        "message": _take(free, _message_score, 1.5),
    }
    found["operation"] = _operation(free, trace, found["service"])
    if found["operation"] is None and (service := found["service"]) is not None:
        found["operation"] = _nameless_operation(free, service, trace) or _operation_of_each(free, service, trace)
    if found["message"] is None:
        found["message"] = _take(free, _message_score, 0.6 if found["operation"] else 0.2)
    told = {concept: None if column is None else Guess(column.key, _values(column)) for concept, column in found.items()}
    levels, strange = ((), ()) if level is None else _levels(level)
    if told["operation"] is None and phase.worded and phase.key is not None:
        told["operation"] = Guess(phase.key.key, "what stands before the words that begin or end it")
    failed = [text for text in phase.ends if fails(text)]
    failed = failed if len(failed) < len(phase.ends) else []
    if (status := found["status"]) is not None:
        failed += sorted(text for text in status.distinct if fails(text) and not status_error(text))
    return Words(
        **told, phase=phase.key, starts=phase.starts, ends=phase.ends, failed=tuple(failed),
        doubtful=None if failed or any(map(told.get, ("error", "success", "status"))) else _doubtful(free),
        level=None if level is None else Guess(level.key, _values(level)), levels=levels, strange_levels=strange,
    )  # fmt: skip


def _doubtful(free: Mapping[str, Column]) -> Guess | None:
    """A column of two values such as 0 and 1, of which one is rare: whether that is a failure, nobody tells."""
    for column in free.values():
        counts = Counter(text.lower() for text in column.texts.values())
        if len(counts) == 2 and counts.keys() <= _YES_NO and min(counts.values()) < _RARE * counts.total():
            return Guess(column.key, ", ".join(f"{text} ({count:,} times)" for text, count in counts.most_common()))
    return None


def _is_object(column: Column) -> bool:
    """Whether all texts are JSON objects, whose members have columns of their own."""
    return all(text[:1] == "{" and text[-1:] == "}" for text in column.distinct)


def _take(free: dict[str, Column], score: Callable[[Column], float], least: float) -> Column | None:
    """The column with the best score, no longer free; None where none reaches the least."""
    best = max(free.values(), key=score, default=None)
    if best is None or score(best) < least:
        return None
    return free.pop(best.key)


def _values(column: Column) -> str:
    counts = Counter(column.texts.values()).most_common(3)
    more = ", …" if len(column.distinct) > len(counts) else ""
    return ", ".join(_cut(text) for text, _ in counts) + more


def _cut(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _WIDTH else plain[: _WIDTH - 1] + "…"


def _level_score(column: Column) -> float:
    """Words of severity, or few values under a name that says so."""
    known = sum(level_of(text) is not None for text in column.distinct)
    if len(column.distinct) > _LEVELS or not known or (hint(column.key, "level") == NONE and _is_no_level(column)):
        return 0.0
    return 2.0 * known / len(column.distinct) + hint(column.key, "level")


def _is_no_level(column: Column) -> bool:
    """Whether what stands on all lines is likelier anything else than that all of them are errors, or debugging: a letter for an
    end (`F`, `E`), a word of the path (`/log`)."""
    (text, *others) = column.distinct
    return not others and text.lower() != "i" and (len(text) == 1 or text.lower() in _AMBIGUOUS)


def _levels(column: Column) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """(words with their level that the general rules do not know, words nobody knows)."""
    unknown = sorted(text for text in column.distinct if not severity(text))
    told = tuple((text, level) for text in unknown if (level := level_of(text)) is not None)
    return told, tuple(text for text in unknown if level_of(text) is None)


def _kind_score(column: Column) -> float:
    plain = {text.lower().rpartition("_")[2] for text in column.distinct}
    return 1.0 + hint(column.key, "kind") if plain <= _KINDS else 0.0


def _success_score(column: Column) -> float:
    yes_no = all(text.lower() in _YES_NO for text in column.distinct)
    named = hint(column.key, "success")
    noes = sum(not is_error(value) for value in column.cells.values())
    return 2.0 if yes_no and (named == STRONG or (named and 0 < noes < _RARE * len(column.cells))) else 0.0


def _status_score(column: Column) -> float:
    words = {text.lower() for text in column.distinct}
    if _are_exit_codes(column):
        return 0.0
    failing = {word for word in words if fails(word)}
    if not failing and hint(column.key, "error") == STRONG:
        return 0.0
    told = (hint(column.key, "status") and len(words) <= _LEVELS) or words - failing <= _STATUS
    if (told and words > failing > set()) or words <= _FINE:
        return 2.0 + hint(column.key, "status")
    codes = all(text.isdecimal() and len(text) == 3 for text in column.distinct)
    return hint(column.key, "status") + codes * 0.5 if len(column.distinct) <= _FEW and hint(column.key, "status") else 0.0


def _error_score(column: Column) -> float:
    """A column that is empty or false on most lines, under a name that says error."""
    if hint(column.key, "error") == NONE or not any(is_error(value) for value in column.cells.values()):
        return 0.0
    yes_no = all(text.lower() in _YES_NO for text in column.distinct)
    return hint(column.key, "error") + 0.5 * ((yes_no and len(column.distinct) > 1) or _are_exit_codes(column))


def _are_exit_codes(column: Column) -> bool:
    """Whether small numbers, mostly 0, stand under a name that says `exit`, `rc` or the like."""
    codes = column.numbers and all(isinstance(value, int) and -1 <= value < _CODES for value in column.cells.values())
    zeros = sum(not value for value in column.cells.values())
    return codes and hint(column.key, "error") > NONE and _MOSTLY * len(column.cells) < zeros < len(column.cells)


def _service_score(column: Column, trace: Mapping[int, str]) -> float:
    """Few short names that come again in many traces, several of them in one."""
    if not column.strings or len(column.distinct) > _FEW or not all(_NAME.fullmatch(text) for text in column.distinct):
        return 0.0
    score = 1.5 * hint(column.key, "service") - 1.5 * (hint(column.key, "operation") == STRONG)
    groups: dict[str, set[str]] = defaultdict(set)
    for row, text in column.texts.items():
        if row in trace:
            groups[trace[row]].add(text)
    several = sum(len(found) > 1 for found in groups.values()) / len(groups) if groups else 0.0
    again = len(groups) > 1 and all(sum(text in found for found in groups.values()) > 1 for text in column.distinct)
    score += 0.01 * (not any("." in text for text in column.distinct))  # as in names of loggers
    return score + several + 0.5 * again + 0.5 * any("-" in text for text in column.distinct)


def _nameless_service(free: dict[str, Column], trace: Mapping[int, str], span: Mapping[int, str]) -> Column | None:
    """A column of names, one for each span, several in a trace and the same in all, that another column of names divides
    further: the operation; where each name does one thing only, the first of such columns. It is no longer free; None where
    there is none, or several.
    """
    least = 1.4 if len(set(trace.values())) > 1 else 1.0
    names = [column for column in free.values() if column.strings and 1 < len(column.distinct) <= _FEW and not column.ids]
    fitting = [
        column for column in names if _service_score(column, trace) >= least and _is_of_spans(column, trace, span)
    ]  # fmt: skip
    divided = [column for column in fitting if any(_divides(other, column) for other in names if other is not column)]
    if not divided and fitting and all(_owned(fitting[0], other) and _owned(other, fitting[0]) for other in fitting[1:]):
        divided = fitting[:1]
    return free.pop(divided[0].key) if len(divided) == 1 else None


def _is_of_spans(column: Column, trace: Mapping[int, str], span: Mapping[int, str]) -> bool:
    """Whether all lines of a span have the same value."""
    told = {(trace[row], span[row], text) for row, text in column.texts.items() if row in trace and row in span}
    return len(told) == len({(of_trace, of_span) for of_trace, of_span, _ in told})


def _nameless_operation(free: dict[str, Column], service: Column, trace: Mapping[int, str]) -> Column | None:
    """The coarsest column of short texts that divides the service further and comes again in other traces, no longer free; None
    where there is none."""
    short = [column for column in free.values() if column.strings and not column.ids and len(column.distinct) <= _FEW]
    several = len(set(trace.values())) > 1
    fitting = [
        column for column in short
        if max(map(len, column.distinct)) <= _LONGEST and _divides(column, service)
        and (not several or _again(column, trace) >= _MOSTLY)
    ]  # fmt: skip
    found = min(fitting, key=lambda column: len(column.distinct), default=None)
    return None if found is None else free.pop(found.key)


def _operation_of_each(free: dict[str, Column], service: Column, trace: Mapping[int, str]) -> Column | None:
    """The one column of short texts of which each service has its own, the same in several traces; it is no longer free. None
    where there is none, or several."""
    short = [column for column in free.values() if column.strings and not column.ids and 1 < len(column.distinct) <= _FEW]
    several = len(set(trace.values())) > 1
    fitting = [
        column for column in short
        if max(map(len, column.distinct)) <= _LONGEST and _owned(column, service)
        and (not several or all(len(found) > 1 for found in _traces_of(column, trace).values()))
    ]  # fmt: skip
    return free.pop(fitting[0].key) if len(fitting) == 1 else None


def _divides(fine: Column, coarse: Column) -> bool:
    """Whether each value of one column comes with one value of the other, and there are more of them."""
    return _owned(fine, coarse) and len(fine.distinct) > len(coarse.distinct)


def _owned(fine: Column, coarse: Column) -> bool:
    """Whether each value of one column comes with one value of the other."""
    return len({(text, coarse.texts.get(row, "")) for row, text in fine.texts.items()}) == len(fine.distinct)


def _message_score(column: Column) -> float:
    if not column.strings or any(text[:1] == "{" for text in column.distinct):
        return 0.0
    spaced = sum(" " in text for text in column.distinct) / len(column.distinct)
    return hint(column.key, "message") + spaced


def _operation_score(column: Column, trace: Mapping[int, str]) -> float:
    """Short names that come again in other traces: more of them than of services, fewer than of lines."""
    if not column.strings or column.ids or any(len(text) > _LONGEST for text in column.distinct) or column.distinct <= _METHODS:
        return 0.0
    if len(column.distinct) == 1 and hint(column.key, "operation") < STRONG:
        return 0.0
    again = _again(column, trace) if len(set(trace.values())) > 1 else 0.5
    few = len(column.distinct) <= max(_FEW, len(column.cells) / 2)
    return 1.5 * hint(column.key, "operation") + again + 0.5 * (len(column.distinct) > 1) - 2.0 * (not few)


def _operation(free: dict[str, Column], trace: Mapping[int, str], service: Column | None) -> Column | None:
    """The column that names the work, no longer free. One that the service tells as well, as a logger's name does, only where no
    other fits."""
    own = {key: column for key, column in free.items() if service is None or not _owned(service, column)}
    for some in (own, free):
        if (found := _take(some, lambda column: _operation_score(column, trace), 2.0)) is not None:
            free.pop(found.key, None)
            return found
    return None


def _again(column: Column, trace: Mapping[int, str]) -> float:
    """The part of a column's texts that stand in several traces."""
    traces = _traces_of(column, trace)
    return sum(len(found) > 1 for found in traces.values()) / len(traces)


def _traces_of(column: Column, trace: Mapping[int, str]) -> dict[str, set[str]]:
    """The traces in which each text of a column stands."""
    found: dict[str, set[str]] = {text: set() for text in column.distinct}
    for row, text in column.texts.items():
        if row in trace:
            found[text].add(trace[row])
    return found
