"""Prune: traces that no rule keeps any longer go, with their lines, and the file gets smaller.

facts of all traces → their fates → rows taken out, lines blanked in their chunks → space given back

A line that goes leaves an empty line, so that all others keep their numbers: a chunk of line ends takes no room. All of it is
one transaction, so that a run that is killed has changed nothing.
"""

from __future__ import annotations

import time
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from logtrace.analysis.preservation import (
    OTHERS,
    PINNED,
    QUIET_NS,
    SAMPLE,
    SIZE,
    Dropped,
    Facts,
    Fate,
    Policy,
    Pruned,
    beyond,
    dropped_by_reason,
    fate,
    kept_by_rule,
)
from logtrace.errors import ConfigError, UsageError
from logtrace.ids import TraceId
from logtrace.ingest.files.file_names import service_of
from logtrace.ingest.records import Decoder, Settings
from logtrace.jobs.assembly.errands import Errands
from logtrace.jobs.intake.handler import Handler
from logtrace.jobs.verbs.unknown import unknown
from logtrace.jobs.workers.pool import Pool, make_pool
from logtrace.model import Record
from logtrace.query.ast import Node
from logtrace.query.grammar import parse
from logtrace.sections import ALWAYS_KEPT
from logtrace.store.file.database import require_store, writing
from logtrace.store.reading.lines import chunks
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.upkeep import preserve
from logtrace.store.upkeep.status import size_of
from logtrace.store.writing.chunks import give_back_space, replace_chunk
from logtrace.store.writing.writer import Writer

EXAMPLES = 5
_BATCH = 2_000
_WORTH = 0.2
"""Where so much of a file is free, following gives it back; where so many traces are gone, search is made anew."""

_ROUNDS = 3


class Judged(NamedTuple):
    """What becomes of each trace, and what of the rules no trace answers to."""

    fates: list[tuple[Facts, Fate]]
    readings: preserve.Readings
    policy: Policy
    now_ns: int
    unmatched: tuple[str, ...] = ()

    @property
    def gone(self) -> dict[int, str]:
        """Low half → why, of those all of whose traces go: lines name no more than that, some of them."""
        stays = {facts.low for facts, why in self.fates if why.stays}
        return {facts.low: why.why for facts, why in self.fates if not why.stays and facts.low not in stays}


def judge(reader: SqliteReader, policy: Policy, now_ns: int, *, reevaluate: bool = False) -> Judged:
    """What becomes of each trace of a store. Raises ConfigError for a condition that is no expression."""
    rules = [_condition(reader, f"preservation rule {rule.name!r}", rule.condition) for rule in policy.rules]
    asked = policy.always if policy.share < 1 else ()
    always = [_condition(reader, "preservation.always", text) for text in asked]
    pinned = {(pin.low, pin.high) for pin in preserve.pins(reader)}
    before = {} if reevaluate else preserve.preserved(reader)
    readings = preserve.Readings(reader, now_ns)
    rows = preserve.trace_rows(reader)
    read = readings.of_traces([row.low for row in rows])
    found = [
        Facts(
            row.low, row.high, row.end_ns, read.get(row.low, row.end_ns or now_ns),
            tuple(number for number, each in enumerate(rules) if row[:2] in each.keys),
            any(row[:2] in each.keys for each in always), row[:2] in pinned, before.get(row[:2]), row.spans, row.lines,
        )
        for row in rows
    ]  # fmt: skip
    own = [each for text, each in zip(asked, always, strict=True) if text not in ALWAYS_KEPT]
    unmatched = tuple(_unmatched(reader, [*rules, *own])) if found else ()
    return Judged([(facts, fate(facts, policy, now_ns)) for facts in found], readings, policy, now_ns, unmatched)


class _Condition(NamedTuple):
    """An expression of the configuration, and the traces that it holds for."""

    name: str
    node: Node
    keys: set[preserve.Key]


def _condition(reader: SqliteReader, name: str, text: str) -> _Condition:
    try:
        node = parse(text)
    except UsageError as error:
        raise ConfigError(f"{name}: {error.message}", error.hint) from error
    return _Condition(name, node, preserve.matching(reader, node))


def _unmatched(reader: SqliteReader, asked: Iterable[_Condition]) -> Iterator[str]:
    """Which conditions hold for no trace because nothing has a name that stands in them."""
    for each in asked:
        if not each.keys:
            yield from (f"{each.name} matched nothing: {why}" for why in unknown(reader, each.node))


def prune(store: Path, policy: Policy, *, dry: bool = False, reevaluate: bool = False, now_ns: int | None = None) -> Pruned:
    """Lets go what no rule keeps, and gives the space back; dry: only says what would go. See api.prune.

    Raises StoreError where there is no store.
    """
    now_ns = time.time_ns() if now_ns is None else now_ns
    if dry:
        with SqliteReader(store) as reader:
            return _told(store, _within_size(store, judge(reader, policy, now_ns, reevaluate=reevaluate)))
    require_store(store)
    with writing(store), closing(Writer(store)) as writer:
        before = size_of(store)
        done: list[Pruned] = []
        while len(done) < _ROUNDS and (not done or (_is_large(store, policy) and done[-1].dropped)):
            with closing(make_pool(Handler, size_of(store) * 4)) as pool:
                done.append(pruned_by(writer, pool, policy, now_ns, reevaluate=reevaluate))
            give_back_space(writer)
        notes = (*done[0].notes, *((_too_large(done[-1]),) if _is_large(store, policy) else ()))
        return summed(done)._replace(dry=False, bytes_before=before, bytes_after=size_of(store), notes=notes)


def _too_large(done: Pruned) -> str:
    """Why a store is still over its cap."""
    if all(each.rule == PINNED for each in done.kept):
        return "the store is larger than preservation.max_size, and only pinned traces, or lines without a trace, are left"
    return "the store is still larger than preservation.max_size; the next prune goes on"


def _is_large(store: Path, policy: Policy) -> bool:
    return policy.max_bytes is not None and size_of(store) > policy.max_bytes


def pruned_by(
    writer: Writer, pool: Pool, policy: Policy, now_ns: int, *, reevaluate: bool = False, following: bool = False
) -> Pruned:
    """One prune by who writes the store already. following: names stay known, because workers know their numbers; space is
    given back where it is worth it."""
    with SqliteReader(writer.path) as reader:
        judged = _within_size(writer.path, judge(reader, policy, now_ns, reevaluate=reevaluate))
        words = _words(reader, pool, judged.gone) if len(judged.gone) > _WORTH * len(judged.fates) else None
        writer.begin()
        for chunk_id, data in _blanked(reader, judged):
            if data.strip(b"\r\n"):
                replace_chunk(writer, chunk_id, data)
            else:
                preserve.forget_chunk(writer, chunk_id)
    _write(writer, judged, reevaluate, following)
    if words is not None:
        preserve.begin_documents(writer)
        writer.add_documents(words)
    writer.commit()
    if following and preserve.free_share(writer) > _WORTH:
        give_back_space(writer)
    return _told(writer.path, judged)._replace(dry=False)


def _write(writer: Writer, judged: Judged, reevaluate: bool, following: bool) -> None:
    gone = judged.gone
    if reevaluate:
        preserve.forget_promises(writer)
    preserve.note_readings(writer, judged.now_ns)
    for start in range(0, len(gone), _BATCH):
        preserve.take_out(writer, list(gone)[start : start + _BATCH], gone)
    if gone:
        preserve.forget_messages(writer)
    if gone and not following:
        preserve.forget_names(writer)
    _save(writer, judged)


def _within_size(store: Path, judged: Judged) -> Judged:
    """As judged, with further traces that go where the store is to be smaller than what stays."""
    total = sum(facts.lines for facts, _ in judged.fates)
    stays = [(facts, why) for facts, why in judged.fates if why.stays]
    lines = sum(facts.lines for facts, _ in stays)
    if judged.policy.max_bytes is None or not total or size_of(store) * lines / total <= judged.policy.max_bytes:
        return judged
    room = judged.policy.max_bytes / size_of(store) * total * _ROOM
    over = {facts[:2] for facts in beyond(stays, lines - int(room))}
    return judged._replace(fates=[(f, Fate(False, SIZE) if why.stays and f[:2] in over else why) for f, why in judged.fates])


_ROOM = 0.9


def _save(writer: Writer, judged: Judged) -> None:
    """Keeps what was promised, and which traces stand for others."""
    rules = {rule.name for rule in judged.policy.rules}
    promises = (
        (facts.low, facts.high, why.why, why.until_ns)
        for facts, why in judged.fates
        if why.stays and why.why in rules and why.until_ns is not None
    )
    preserve.save_promises(writer, promises)
    if judged.policy.share < 1:
        quiet = [f[:2] for f, why in judged.fates if why.stays and why.why == SAMPLE and _is_quiet(f, judged.now_ns)]
        preserve.save_shares(writer, quiet, judged.policy.share)


def _is_quiet(facts: Facts, now_ns: int) -> bool:
    return now_ns >= facts.since_ns + QUIET_NS


def _blanked(reader: SqliteReader, judged: Judged) -> Iterator[tuple[int, bytes]]:
    """(id, bytes) of the chunks that lose lines."""
    gone, decoders = judged.gone, dict[str, Decoder]()
    loose = {chunk_id for chunk_id, max_ns in preserve.loose_chunks(reader) if _is_over(judged, chunk_id, max_ns)}
    for chunk in chunks(reader, sorted(preserve.chunks_of(reader, list(gone)) | loose)):
        decoder = decoders.setdefault(chunk.settings, Decoder(Settings.of_text(chunk.settings)))
        decoder.source(service_of(chunk.path))
        data = without(chunk.data, decoder, gone, loose=chunk.id in loose)
        if data != chunk.data:
            yield chunk.id, data


def _is_over(judged: Judged, chunk_id: int, max_ns: int | None) -> bool:
    """Whether lines of a chunk that belong to no trace may go: they stay as long as traces that no rule holds for."""
    default_ns = judged.policy.default_ns
    since_ns = max(judged.readings.of_chunk(chunk_id), max_ns or 0)
    return default_ns is not None and since_ns + default_ns <= judged.now_ns


def without(data: bytes, decoder: Decoder, gone: Container[int], *, loose: bool) -> bytes:
    """A chunk in which the lines of some traces are empty; loose: also lines of no trace. A line that tells of several traces
    stays as long as one of them."""
    lines = data.split(b"\n")
    going: set[int] = set()
    staying: set[int] = set()
    first = parts = 0
    for index, made, many in decoder.lines(data):
        first, parts = (index, many) if many else (first, parts)
        trace = made.trace if isinstance(made, Record) else None
        goes = loose if trace is None else trace.low in gone
        (going if goes else staying).update(range(first, first + parts))
    for index in going - staying:
        lines[index] = b"\r" if lines[index].endswith(b"\r") else b""
    return b"\n".join(lines)


def _words(reader: SqliteReader, pool: Pool, gone: Container[int]) -> list[tuple[int, str]]:
    """What search knows of all traces that stay, oldest first."""
    rows = sorted(preserve.trace_rows(reader), key=lambda row: row.end_ns or 0)
    lows = list(dict.fromkeys(row.low for row in rows if row.low not in gone))
    errands = Errands(pool, reader.path)
    parts = (lows[start : start + _BATCH] for start in range(0, len(lows), _BATCH))
    errands.ask("words", ((number, part, []) for number, part in enumerate(parts)))
    found: dict[int, list[tuple[int, str]]] = dict(errands.answers("words"))
    return [pair for number in sorted(found) for pair in found[number]]


def _told(store: Path, judged: Judged) -> Pruned:
    gone = judged.gone
    fates = [(facts, why if why.stays or facts.low in gone else Fate(True, OTHERS)) for facts, why in judged.fates]
    examples = tuple(str(TraceId(facts.low, facts.high)) for facts, why in fates if not why.stays)[:EXAMPLES]
    size = size_of(store)
    return Pruned(kept_by_rule(fates), dropped_by_reason(fates), True, size, size, examples, judged.unmatched)


def summed(done: Sequence[Pruned]) -> Pruned:
    """Several prunes as one: what the last one keeps, what all of them dropped."""
    found: dict[str, Dropped] = {}
    for each in (dropped for pruned in done for dropped in pruned.dropped):
        known = found.get(each.why, Dropped(each.why, 0, 0, 0))
        found[each.why] = Dropped(each.why, *(one + more for one, more in zip(known[1:], each[1:], strict=True)))
    return done[-1]._replace(dropped=tuple(found.values()), examples=done[0].examples)
