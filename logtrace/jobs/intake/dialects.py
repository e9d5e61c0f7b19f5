"""Why lines gave what they gave, and what a configuration could say about them: `logtrace formats explain`."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import orjson

from logtrace.errors import InputError
from logtrace.ids import NO_SPAN
from logtrace.ingest import envelopes
from logtrace.ingest.discover.explained import Counted, Explained, FileKinds, Format, KindCount, Outcome, Suggestion
from logtrace.ingest.discover.kinds import GENERAL, TEXT, Kind, Reader, Use
from logtrace.ingest.discover.layout import Layout, layouts, within_texts
from logtrace.ingest.discover.proposal import Proposal, Setting, is_sure, proposals, renamed, with_ids_of
from logtrace.ingest.discover.rows import Row, flat
from logtrace.ingest.files import sources
from logtrace.ingest.files.file_names import service_of
from logtrace.ingest.files.paths import expand
from logtrace.ingest.files.sources import Opened
from logtrace.ingest.formats import FORMATS
from logtrace.ingest.formats.texts import TEXTS
from logtrace.ingest.own.dialects import KEYS, OwnFormats
from logtrace.ingest.records import Decoder, Settings
from logtrace.jobs.intake.samples import Sample, first_lines, joined, lines_of_each
from logtrace.model import Flag, Record

_ALIKE = 0.75
_FEWEST = 2
_A_LITTLE = 0.03


def known_formats(settings: Settings) -> list[Format]:
    """All formats and envelopes, the user's own first."""
    own = [
        Format("own", each.name, f"lines with {', '.join(map(str, each.conditions))}")
        for each in OwnFormats(settings.formats).formats
    ]
    libraries = [Format("json", each.name, each.about) for each in FORMATS]
    texts = [Format("text", each.NAME, each.ABOUT) for each in TEXTS]
    return [*own, *libraries, *texts, *(Format("envelope", each.name, each.example) for each in envelopes.ENVELOPES)]


class _Read(NamedTuple):
    """A line that was read: its kind, its number, its record or the reason why there is none."""

    kind: Kind
    number: int
    made: Record | str


def explain_files(paths: Sequence[str], settings: Settings) -> Explained:
    """What the first lines of files are, and tables for the dialects among them that are not understood.

    Raises InputError where there is no file to read.
    """
    files, unreadable = expand(list(paths))
    samples: dict[str, list[Sample]] = {}
    for path in files:
        looked = sources.inspect(path) if path != sources.STDIN else [Opened(path, "stdin", 0, 0, b"")]
        for found in looked:
            if isinstance(found, Opened):
                samples[found.path] = list(first_lines(found, lines_of_each(len(files))))
            else:
                unreadable.append(found)
    if not samples:
        told = "; ".join(f"{path}: {reason}" for path, reason in unreadable)
        raise InputError(f"there is no file to read: {told}", "name log files, folders or patterns")
    return Explained(
        tuple(_file_kinds(path, lines, settings) for path, lines in samples.items()),
        tuple(_suggestions([line for lines in samples.values() for line in lines], settings)),
    )


def _file_kinds(path: str, samples: Sequence[Sample], settings: Settings) -> FileKinds:
    """The kinds of the lines of a file, the most frequent first."""
    decoder, reader = Decoder(settings), Reader(settings.formats, settings.trace_key)
    decoder.source(service_of(path))
    found: dict[tuple[object, ...], list[_Read]] = defaultdict(list)
    texts: dict[int, str] = {}
    for index, made, parts in decoder.lines(b"\n".join(sample.data for sample in samples)):
        record = made if isinstance(made, Record) else None
        if index not in texts:
            texts[index] = "\n".join(sample.text for sample in samples[index : index + parts])
        kind = reader.kind(texts[index], record)
        found[kind.envelopes, kind.format, record is None].append(_Read(kind, samples[index].number, made))
    counts = [_count(lines) for lines in found.values()]
    return FileKinds(path, len(samples), tuple(sorted(counts, key=lambda count: (-count.lines, count.first))))


def _count(lines: Sequence[_Read]) -> KindCount:
    """What lines of one envelope and format have in common."""
    traced = [line.made for line in lines if isinstance(line.made, Record) and line.made.trace is not None]
    uses: dict[tuple[str, str, str], list[Use]] = defaultdict(list)
    for use in (use for line in lines for use in line.kind.uses):
        uses[use.key, use.concept, use.how].append(use)
    attributes = dict.fromkeys(key for line in lines for key in line.kind.attributes)
    return KindCount(
        lines[0].kind.envelopes, lines[0].kind.format, len(lines), lines[0].number, len(traced),
        sum(bool(record.role) for record in traced),
        tuple(Counted(same[0], len(same)) for same in uses.values()),
        tuple(key for key in attributes if key not in {key for key, _, _ in uses}),
        dict(Counter(line.made for line in lines if isinstance(line.made, str))),
    )  # fmt: skip


# what a configuration could add


def _suggestions(samples: Sequence[Sample], settings: Settings) -> Iterator[Suggestion]:
    """A table for each dialect that gives more with it than without; one without a trace id only where that is all."""
    names: Counter[str] = Counter()
    tried = [(lines, _tried(lines, candidates, settings)) for lines, candidates in _dialects(samples)]
    if any(found.proposal.trace for _, found in tried):
        tried = _apart([(lines, found) for lines, found in tried if found.proposal.trace])
    for lines, (proposal, before, after) in tried:
        if before.traced and _are_known(lines):
            continue
        names[proposal.name] += 1
        number = names[proposal.name]
        named = proposal if number == 1 else proposal._replace(name=f"{proposal.name}-{number}")
        if _is_better(before, after) or _is_surer(before, after, named) or not (before.traced or after.traced):
            yield Suggestion(named, before, after)


def _apart(tried: Sequence[tuple[list[Sample], Suggestion]]) -> list[tuple[list[Sample], Suggestion]]:
    """Of tables for the same lines, read as a format knows them and as text, the one that gives more."""
    best = sorted(range(len(tried)), key=lambda at: -_worth(tried[at][1]))
    kept: list[int] = []
    known: set[Sample] = set()
    for at in best:
        if 2 * len(known.intersection(tried[at][0])) <= len(tried[at][0]):
            kept.append(at)
            known.update(tried[at][0])
    return [tried[at] for at in sorted(kept)]


def _tried(samples: Sequence[Sample], candidates: Iterable[Proposal], settings: Settings) -> Suggestion:
    """The proposal for a dialect that gives most when it is used, of equal ones the first; where none gives traces, and also
    those that are known without it, the first, as one that found no trace id: a number that comes and goes as well is no
    better id than one that a key says is one.
    """
    before = _outcome(samples, settings)
    first: Proposal | None = None
    found: list[Suggestion] = []
    for proposal in candidates:
        first = first or proposal
        if proposal.trace:
            after = _outcome(samples, settings._replace(formats=orjson.dumps([proposal.table()]).decode()))
            found += [Suggestion(proposal, before, after)] if after.ids and _keeps_traces(before, after) else []
    assert first is not None
    return max(found, key=_worth, default=Suggestion(first._replace(trace=False), before, before))


def _keeps_traces(before: Outcome, after: Outcome) -> bool:
    """Whether all traces that lines have anyway are there, and others only where more lines belong to one."""
    return before.ids <= after.ids and (after.ids == before.ids or after.traced > before.traced)


def _worth(found: Suggestion) -> float:
    """How much a table gives: lines of traces, spans and parents for each line, traces that are trees of those, and a little for
    each thing that it found."""
    after, settings = found.after, found.proposal.settings
    given = (after.traced + after.spans + after.parents) / max(1, after.lines) + after.trees / max(1, after.traces)
    return given + _A_LITTLE * sum(setting.value is not None for setting in settings if setting.key in KEYS)


def _are_known(samples: Sequence[Sample]) -> bool:
    """Whether all lines are of formats that know more than a guess could tell."""
    reader = Reader("", "")
    records = (reader.record(sample.text)[2] for sample in samples)
    return all(record is not None and reader.knows(record) for record in records)


def _is_better(before: Outcome, after: Outcome) -> bool:
    """Whether a tenth more lines belong to a trace, tell a span or name a parent, and nothing is lost."""
    more = max(after.traced - before.traced, after.spans - before.spans, after.parents - before.parents)
    return more > 0.1 * after.traced and after.traced >= before.traced and after.spans >= before.spans


def _is_surer(before: Outcome, after: Outcome, proposal: Proposal) -> bool:
    """Whether a table tells another unit of durations than the one that is assumed where nothing does, and nothing is lost."""
    if not before.assumed or after.traced < before.traced or after.spans < before.spans:
        return False
    told = (setting for setting in proposal.settings if setting.key == "duration_unit")
    return any(setting.value != "ms" and "ASSUMED" not in setting.why for setting in told)


def _dialects(samples: Sequence[Sample]) -> Iterator[tuple[list[Sample], Iterator[Proposal]]]:
    """Each dialect among lines, with what its keys seem to mean, the likeliest first."""
    reader = Reader("", "")
    rows: list[tuple[Sample, Row]] = []
    texts: dict[str, list[tuple[Sample, str]]] = defaultdict(list)
    for sample in joined(samples):
        line = sample.text
        names, form, record = reader.record(line)
        service = (envelopes.unwrap(line).outer.service if names else "") or service_of(sample.path)
        if record is not None:
            rows.append((sample, Row(flat(record), service)))
        if form == TEXT or (form != GENERAL and record is not None and not reader.names_trace(record)):
            texts[sample.path].append((sample, service))
    groups = _alike(rows)
    for group in groups:
        name, own = _name(sample for sample, _ in group), [row for _, row in group]
        others = [row for other in groups if other is not group for _, row in other]
        with_others = filter(None, (with_ids_of(others, name, own),)) if others else ()
        yield [sample for sample, _ in group], chain(_of_objects(name, own), with_others)
    for path, found in texts.items():
        under = [envelopes.unwrap(sample.text) for sample, _ in found]
        if len({bool(each.outer.layers) for each in under}) > 1:  # what is on some lines alone is theirs
            under = [envelopes.Unwrapped(sample.text, None, envelopes.BARE) for sample, _ in found]
        told = [(each.text, service) for each, (_, service) in zip(under, found, strict=True)]
        timed = all(each.outer.time_ns is not None for each in under)
        parted = layouts(told, timed=timed) if len(found) > _FEWEST else iter(())
        if (first := next(parted, None)) is not None:
            yield [sample for sample, _ in found], _in_columns(service_of(path), chain((first,), parted))


def _of_objects(name: str, rows: Sequence[Row]) -> Iterator[Proposal]:
    """The proposals for objects; where no key of theirs holds a trace id, or tells how long work took, those that look into their
    texts. Where no key names the work, those first whose texts say what was done and how it ended."""
    found = list(proposals(name, rows))
    traced = [proposal for proposal in found if proposal.trace]
    if traced and not any(proposal.tells("operation") for proposal in traced):
        ended = _in_columns(name, within_texts(rows))
        yield from (proposal for proposal in ended if is_sure(proposal) and all(map(proposal.tells, ("operation", "failed"))))
    yield from found
    whole = any(proposal.tells("span") for proposal in traced)
    if not whole or not any(map(_tells_lengths, traced)):
        inside = filter(is_sure, _in_columns(name, within_texts(rows)))
        wanted = ("phase", "duration") if whole else ("parent",) if traced else ("trace",)
        yield from (proposal for proposal in inside if any(map(proposal.tells, wanted)))


def _tells_lengths(proposal: Proposal) -> bool:
    """Whether a proposal says how long work took; whole sentences that begin and end work say more than that."""
    told = {setting.key: setting.value for setting in proposal.settings if setting.value is not None}
    return (
        "duration" in told or {"start", "end"} <= told.keys() or ("starts" in told and not any(map(_is_spaced, told["starts"])))
    )


def _is_spaced(text: str) -> bool:
    return " " in text


def _in_columns(name: str, parted: Iterable[Layout]) -> Iterator[Proposal]:
    """The proposals for text in each of several layouts, the likeliest layout first."""
    for layout in parted:
        yield from map(renamed, proposals(name, layout.rows, [Setting(key, value, "") for key, value in layout.told.items()]))


def _name(samples: Iterable[Sample]) -> str:
    """The service that most of the lines' files tell."""
    counts = Counter(service_of(sample.path) for sample in samples)
    return max(counts, key=lambda name: counts[name])


def _alike(rows: Sequence[tuple[Sample, Row]]) -> list[list[tuple[Sample, Row]]]:
    """Rows by dialect: those that share keys."""
    groups: list[tuple[set[str], list[tuple[Sample, Row]]]] = []
    for sample, row in rows:
        keys = row.values.keys()
        shared = [len(keys & known) / max(1, min(len(keys), len(known))) for known, _ in groups]
        best = max(range(len(groups)), key=lambda at: shared[at], default=None)
        if best is None or shared[best] < _ALIKE:
            groups.append((set(keys), [(sample, row)]))
        else:
            groups[best][0].update(keys)
            groups[best][1].append((sample, row))
    return [found for _, found in groups if len(found) > _FEWEST]


def _outcome(samples: Sequence[Sample], settings: Settings) -> Outcome:
    """What lines give with some settings."""
    by_path: dict[str, list[bytes]] = defaultdict(list)
    for sample in samples:
        by_path[sample.path].append(sample.data)
    records: list[Record] = []
    for path, lines in by_path.items():
        decoder = Decoder(settings)
        decoder.source(service_of(path))
        made = (result for _, result, _ in decoder.lines(b"\n".join(lines)))
        records += [record for record in made if isinstance(record, Record) and record.trace is not None]
    return Outcome(
        len(samples), len(records), frozenset(record.trace for record in records if record.trace is not None),
        sum(bool(record.role) and (record.time_ns, record.start_ns) != (None, None) for record in records),
        sum(record.parent is not None for record in records),
        sum(bool(record.flags & Flag.UNIT_ASSUMED) for record in records), sum(map(_is_tree, _spans_of(records))),
    )  # fmt: skip


def _spans_of(records: Iterable[Record]) -> Iterable[dict[int, int | None]]:
    """The parents of the spans of each trace."""
    found: dict[object, dict[int, int | None]] = defaultdict(dict)
    for record in records:
        if record.span != NO_SPAN:
            parents = found[record.trace]
            parents[record.span] = parents.get(record.span) or record.parent
    return found.values()


def _is_tree(parents: dict[int, int | None]) -> bool:
    """Whether just one of several spans is no child of another."""
    return len(parents) > 1 and sum(parent not in parents for parent in parents.values()) == 1
