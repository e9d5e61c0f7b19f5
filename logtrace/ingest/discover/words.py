"""Which keys hold words: service, operation, message, level, errors, phase and kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from logtrace.ingest.discover.complaints import (
    Signs,
    complaint,
    failed_rows,
    rare_with_complaint,
    strange_words,
    troubled,
    verdict,
)
from logtrace.ingest.discover.hints import NONE, STRONG, hint
from logtrace.ingest.discover.ids import Guess, Ids
from logtrace.ingest.discover.names import (
    glued,
    nameless_operation,
    nameless_service,
    operation,
    operation_of_each,
    service_score,
    take,
)
from logtrace.ingest.discover.outcomes import fails, succeeds
from logtrace.ingest.discover.phases import find_phase, is_nameless
from logtrace.ingest.discover.rows import Column
from logtrace.ingest.discover.tokens import ENDING, STARTING
from logtrace.ingest.vocabulary.levels import is_error, severity, status_error
from logtrace.ingest.vocabulary.readings import level_of

_FINE = frozenset(["ok", "success", "succeeded", "successful"])
_KINDS = frozenset(("client", "server", "internal", "producer", "consumer"))
_HTTP = frozenset(("200", "201", "204"))
_YES_NO = frozenset(("true", "false", "yes", "no", "y", "n", "0", "1", "ja", "nein", "ok", "nok", "ko", "si", "oui", "non"))
_AMBIGUOUS = frozenset(["log", "all", "fine", "success", "trace", "alert"])
"""Words of severity that say other things as well."""

_FEW, _LEVELS, _WIDTH = 40, 8, 40
_MOSTLY, _RARE = 0.5, 0.2
_CODES = 1_000


class Words(NamedTuple):
    """What was found; None and () where nothing was. levels: words that have to be told, with their level; failed: values of
    phase or status that have to be told, by which work failed, also if that is assumed; strange_outcomes: words of status where
    nobody knows which say so; doubtful: a yes or no that may say so, where nothing else does."""

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
    failed_assumed: bool = False
    strange_outcomes: tuple[str, ...] = ()
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
    level = take(free, _level_score, 2.0)
    found = {
        "kind": take(free, _kind_score, 1.0),
        "success": take(free, _success_score, 1.5),
        "status": take(free, _status_score, 1.5),
        "error": take(free, _error_score, 1.5),
        "service": take(free, lambda column: service_score(column, trace), 2.5) or nameless_service(free, trace, span),
        "message": take(free, _message_score, 1.5),
    }
    found["operation"] = operation(free, trace, found["service"])
    if found["operation"] is None and (service := found["service"]) is not None:
        found["operation"] = nameless_operation(free, service, trace) or operation_of_each(free, service, trace)
    if found["message"] is None:
        found["message"] = take(free, _message_score, 0.6 if found["operation"] else 0.2)
    failed = tuple(text for text in phase.ends if fails(text))
    failed = failed if len(failed) < len(phase.ends) else ()
    signs = Signs(level=level, phase=phase.key and columns[phase.key.key], failed=failed)
    rare = _with_complaint(found, free, signs)
    told = {concept: None if column is None else Guess(column.key, _values(column)) for concept, column in found.items()}
    if not (failed or rare or found["error"]) and (said := _troubled(found, free, signs, trace)) is not None:
        told["error"] = Guess(said.key, f"ASSUMED: some lines alone have it, and tell of trouble: {_values(said)}")
        told["message"] = None if said is found["message"] else told["message"]
    if told["operation"] is told["message"] is None and (service := found["service"]) is not None and (both := glued(service)):
        told["service"], told["operation"] = (Guess(key, f"ASSUMED: a part of {_values(service)}") for key in both)
    levels, strange = ((), ()) if level is None else _levels(level)
    if told["operation"] is None and phase.worded and phase.key is not None:
        told["operation"] = Guess(phase.key.key, "what stands before the words that begin or end it")
    if (status := found["status"]) is not None:
        failed += tuple(sorted(text for text in status.distinct if fails(text) and not status_error(text)))
    failed += tuple(text for text in rare if text not in failed)
    return Words(
        **told, phase=phase.key, starts=phase.starts, ends=phase.ends, failed=failed, failed_assumed=bool(rare),
        strange_outcomes=() if failed else strange_words(status) if status is not None else _strange_ends(phase.ends),
        doubtful=None if failed or any(map(told.get, ("error", "success", "status"))) else _doubtful(free, found["message"]),
        level=None if level is None else Guess(level.key, _values(level)), levels=levels, strange_levels=strange,
    )  # fmt: skip


def _with_complaint(found: dict[str, Column | None], free: dict[str, Column], signs: Signs) -> tuple[str, ...]:
    """Takes the column that says what went wrong as that of errors, where it stands on just the lines that failed. Returns the
    value of the status that must then say so, where no other sign does."""
    status, success, error, message = (found[concept] for concept in ("status", "success", "error", "message"))
    signs = signs._replace(status=status, success=success)
    if error is not None and not error.numbers:
        return ()
    candidates = [column for column in (*free.values(), message) if column is not None]
    rare: tuple[str, ...] = ()
    rows = failed_rows(signs)
    said = complaint(candidates, rows or failed_rows(Signs(error=error)), whole=not rows)
    if said is None and not rows and status is not None and strange_words(status):
        with_text = rare_with_complaint(status, candidates)
        rare, said = ((with_text[0],), with_text[1]) if with_text else ((), None)
    if said is None and not rows and status is error is None:
        ended = [] if signs.phase is None else [signs.phase]
        if (known := verdict(ended, candidates) or verdict(list(free.values()), candidates)) is not None:
            rare, said = (known.text,), known.said
            if free.pop(known.column.key, None) is not None:
                found["status"] = known.column
    if said is not None:
        found["error"] = said
        free.pop(said.key, None)
        if said is message:
            found["message"] = None
    return rare


def _troubled(
    found: Mapping[str, Column | None], free: Mapping[str, Column], signs: Signs, trace: Mapping[int, str]
) -> Column | None:
    """The column that tells of trouble on some lines, where nothing else says whether work failed."""
    status, success, message = (found[concept] for concept in ("status", "success", "message"))
    if success is not None or failed_rows(signs._replace(status=status)):
        return None
    return troubled([column for column in (*free.values(), message) if column is not None], len(trace))


def _strange_ends(ends: tuple[str, ...]) -> tuple[str, ...]:
    """The values of a phase that end work, where there are several, and nobody knows what one of them says of it."""
    return () if len(ends) < 2 or all(_goes_well(text.lower()) for text in ends) else ends


def _doubtful(free: Mapping[str, Column], message: Column | None) -> Guess | None:
    """A column of two values such as 0 and 1, of which one is rare: whether that is a failure, nobody tells. Or messages of which
    some begin with a word for one."""
    for column in free.values():
        counts = Counter(text.lower() for text in column.texts.values())
        if len(counts) == 2 and counts.keys() <= _YES_NO and min(counts.values()) < _RARE * counts.total():
            return Guess(column.key, ", ".join(f"{text} ({count:,} times)" for text, count in counts.most_common()))
    said = [text for text in message.texts.values() if fails(text.split(" ")[0])] if message is not None else []
    return Guess(message.key, f"{len(said):,} begin as {_cut(said[0])}") if message is not None and said else None


def _is_object(column: Column) -> bool:
    """Whether all texts are JSON objects, whose members have columns of their own."""
    return all(text[:1] == "{" and text[-1:] == "}" for text in column.distinct)


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
    told = (hint(column.key, "status") and len(words) <= _LEVELS) or all(map(_goes_well, words - failing))
    if (told and words > failing > set()) or words <= _FINE:
        return 2.0 + hint(column.key, "status")
    codes = all(text.isdecimal() and len(text) == 3 for text in column.distinct)
    if codes and is_nameless(column.key) and len(column.distinct) <= _FEW and not column.distinct.isdisjoint(_HTTP):
        return 2.0
    return hint(column.key, "status") + codes * 0.5 if len(column.distinct) <= _FEW and hint(column.key, "status") else 0.0


def _goes_well(word: str) -> bool:
    return succeeds(word) or word in STARTING or word in ENDING


def _error_score(column: Column) -> float:
    """A column that is empty or false on most lines, under a name that says error; of several, the one that says it in words."""
    if hint(column.key, "error") == NONE or not any(is_error(value) for value in column.cells.values()):
        return 0.0
    yes_no = all(text.lower() in _YES_NO for text in column.distinct)
    spaced = sum(" " in text for text in column.distinct) / len(column.distinct)
    return hint(column.key, "error") + 0.5 * ((yes_no and len(column.distinct) > 1) or _are_exit_codes(column)) + 0.2 * spaced


def _are_exit_codes(column: Column) -> bool:
    """Whether small numbers, mostly 0, stand under a name that says `exit`, `rc` or the like."""
    codes = column.numbers and all(isinstance(value, int) and -1 <= value < _CODES for value in column.cells.values())
    zeros = sum(not value for value in column.cells.values())
    return codes and hint(column.key, "error") > NONE and _MOSTLY * len(column.cells) < zeros < len(column.cells)


def _message_score(column: Column) -> float:
    if not column.strings or any(text[:1] == "{" for text in column.distinct):
        return 0.0
    spaced = sum(" " in text for text in column.distinct) / len(column.distinct)
    return hint(column.key, "message") + spaced
