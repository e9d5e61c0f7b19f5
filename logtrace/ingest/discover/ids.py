"""Which keys hold the ids of trace, span and parent.

The evidence is structure first: values of a parent key occur as values of a span key within the same trace; a trace id
stands on several lines that are near each other, and on lines of several services. Names of keys only tip the balance.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from itertools import permutations, product
from typing import NamedTuple

from logtrace.ingest.discover.hints import STRONG, hint, is_of_somebody
from logtrace.ingest.discover.rows import PART, Column
from logtrace.ingest.own.dialects import THE_TRACE

_TRACES, _PAIRS = 6, 40
"""So many candidates, of traces and of spans with their parents, are tried together."""

_LINKED = 0.6
"""The least part of parents that have to be found among the spans."""

_LIKELY = 3.0
_CLOSELY, _WIDELY = 0.5, 0.75


class Guess(NamedTuple):
    """A key and why it was taken."""

    key: str
    why: str


class Ids(NamedTuple):
    """What was found; None where nothing was. roots: values of the parent key that mean that there is none."""

    trace: Guess | None = None
    span: Guess | None = None
    parent: Guess | None = None
    roots: tuple[str, ...] = ()


class _Links(NamedTuple):
    """How well span and parent keys go together within a trace key."""

    score: float
    linked: int
    named: int
    roots: tuple[str, ...]


def find_ids(columns: Mapping[str, Column], services: Mapping[int, str], rows: int, no_trace: Set[str] = frozenset()) -> Ids:
    """The best combination of keys. services: the service of a row, where one is known; no_trace: keys of no trace id."""
    may_be = [column for column in columns.values() if column.ids and len(column.cells) > 1]
    if not may_be:
        return Ids()
    scored = {column.key: _trace_score(column, services, rows) for column in may_be}
    traces = sorted((c for c in may_be if c.key not in no_trace), key=lambda column: -scored[column.key])[:_TRACES]
    best: tuple[float, Column, Column, Column, _Links] | None = None
    for trace, (span, parent) in product(traces, _naming(may_be)):
        if trace.key not in (span.key, parent.key) and (links := _links(trace, span, parent)) is not None:
            score = scored[trace.key] + _span_score(span) + 2 * hint(parent.key, "parent") + links.score
            if best is None or score > best[0]:
                best = (score, trace, span, parent, links)
    if best is not None:
        _, trace, span, parent, links = best
        return Ids(
            Guess(trace.key, _shared(trace)),
            Guess(span.key, f"{len(span.distinct):,} values; {parent.key} names them"),
            Guess(parent.key, f"{links.linked:,} of {links.named:,} values are a {span.key} of the same {trace.key}"),
            links.roots,
        )
    likely = [
        column
        for column in traces
        if scored[column.key] >= _LIKELY and _comes_and_goes(column, rows) and not _is_parent_alone(column.key)
    ]
    return _without_parents(likely, may_be)


def _is_parent_alone(key: str) -> bool:
    """Whether a key names what called a line, and no trace: several lines share that, too."""
    return hint(key, "parent") > hint(key, "trace")


def _naming(columns: Sequence[Column]) -> list[tuple[Column, Column]]:
    """Pairs of columns (span, parent) of which the second has values of the first, those that share most of them first."""
    spans = [each for each in columns if len(each.distinct) > 1 and (hint(each.key, "parent") < STRONG or PART in each.key)]
    pairs = [
        (len(span.distinct & parent.distinct) / len(parent.distinct) + 0.1 * hint(parent.key, "parent"), span, parent)
        for span, parent in permutations(columns, 2)
        if not span.distinct.isdisjoint(parent.distinct) and any(span is each for each in spans)
    ]
    pairs.sort(key=lambda found: -found[0])
    return [(span, parent) for _, span, parent in pairs[:_PAIRS]]


def _comes_and_goes(column: Column, rows: int) -> bool:
    """Whether values stand close together, each at its time, as those of requests do; regions, users and versions, which many
    lines share as well, come again all the time. A name that says what it is needs less of that."""
    named = hint(column.key, "trace")
    if named == STRONG:
        return True
    places: dict[str, list[int]] = defaultdict(list)
    for row, text in column.texts.items():
        places[text].append(row)
    if is_of_somebody(column.key) or (len(places) == 1 and not named):
        return False
    spread = sum(where[-1] - where[0] + 1 for where in places.values()) / (len(places) * rows)
    return len(places) == 1 or spread <= (_WIDELY if named else _CLOSELY)


def _without_parents(likely: Sequence[Column], may_be: Iterable[Column]) -> Ids:
    if not likely:
        return Ids()
    trace = likely[0]
    fitting = [c for c in may_be if c.key != trace.key and hint(c.key, "span") == STRONG and hint(c.key, "parent") < STRONG]
    span = max((c for c in fitting if _finer(c, trace)), key=lambda column: len(column.distinct), default=None)
    if span is None:
        return Ids(Guess(trace.key, _shared(trace)))
    named = [c for c in may_be if c.key not in (trace.key, span.key) and hint(c.key, "parent") == STRONG and _alike(c, span)]
    parent = max(named, key=lambda column: len(column.cells), default=None)
    return Ids(
        Guess(trace.key, _shared(trace)),
        Guess(span.key, f"{len(span.distinct):,} values, each within one {trace.key}"),
        None if parent is None else Guess(parent.key, f"named like a parent; no value of it is a {span.key} in these lines"),
    )


def _alike(parent: Column, span: Column) -> bool:
    """Whether two columns look like ids of one kind."""
    lengths = [{len(text) for text in column.distinct} for column in (parent, span)]
    return parent.random == span.random and not lengths[0].isdisjoint(lengths[1])


def _shared(column: Column) -> str:
    counts = Counter(column.texts.values())
    fewest, most = min(counts.values()), max(counts.values())
    lines = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
    return f"{len(counts):,} {'value' if len(counts) == 1 else 'values'}, each on {lines} lines"


def _trace_score(column: Column, services: Mapping[int, str], rows: int) -> float:
    """How much a column looks like a trace id; from about 3 on it is likely."""
    groups: dict[str, list[int]] = defaultdict(list)
    for row, text in column.texts.items():
        groups[text].append(row)
    sizes = [len(group) for group in groups.values()]
    several = sum(size > 1 for size in sizes) / len(sizes)
    if not any(size > 1 for size in sizes):
        return -5.0
    score = 1.5 * hint(column.key, "trace") - 1.5 * (hint(column.key, "parent") == STRONG) + 1.5 * several
    score -= 3.0 * is_of_somebody(column.key)
    score += 1.5 * column.random - (0 if column.strings else 0.5)
    score += len(column.cells) / rows
    told = [{services[row] for row in group if row in services} for group in groups.values()]
    across = sum(len(found) > 1 for found in told) / len(told)
    score += 1.5 * across
    if len(groups) == 1:
        return score - 1.0
    near = sum(group[-1] - group[0] < max(20, rows / 3) for group in groups.values()) / len(groups)
    return score + 1.5 * near - 1.5 * (len(groups) < 3 and rows > 50)


def _span_score(column: Column) -> float:
    return (
        hint(column.key, "span") + column.random - hint(column.key, "trace") + min(1.0, len(column.distinct) / len(column.cells))
    )


def _finer(span: Column, trace: Column) -> bool:
    """Whether each value of one column stands with one value of the other, and there are no fewer of them."""
    owner: dict[str, str] = {}
    for row, text in span.texts.items():
        if row in trace.texts and owner.setdefault(text, trace.texts[row]) != trace.texts[row]:
            return False
    return len(span.distinct) >= len(trace.distinct)


def _links(trace: Column, span: Column, parent: Column) -> _Links | None:
    """How parent values meet span values within traces; None where they do not."""
    spans: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row, text in span.texts.items():
        if row in trace.texts:
            spans[trace.texts[row], text].add(parent.texts.get(row, ""))
    rows = [row for row in parent.texts if row in trace.texts and row in span.texts]
    named = [row for row in rows if parent.texts[row] not in (span.texts[row], trace.texts[row]) and _is_some(parent.texts[row])]
    linked = [row for row in named if (trace.texts[row], parent.texts[row]) in spans]
    words = Counter(parent.texts[row] for row in named if (trace.texts[row], parent.texts[row]) not in spans)
    traces = {where for where, _ in spans}
    above = {(trace.texts[row], span.texts[row], parent.texts[row]) for row in named}
    tops = {word: [where for where, _, named_there in above if named_there == word] for word in words}
    roots = tuple(word for word, where in tops.items() if len(where) <= 2 * len(traces) and _is_root_word(word, where, parent))
    real = len(named) - sum(words[word] for word in roots)
    if any(parent.texts[row] == trace.texts[row] and (trace.texts[row],) * 2 not in spans for row in rows):
        roots = (*roots, THE_TRACE)
    several = len({text for _, text in spans}) > 1 and len(spans) > len(traces)
    if not linked or not several or len(linked) < _LINKED * real:
        return None
    one_parent = sum(len(found) == 1 for found in spans.values()) / len(spans)
    rooted = _rooted(traces, trace, span, parent, roots)
    score = 3 * len(linked) / real + 2 * one_parent + 1.5 * rooted
    return _Links(score if one_parent > 0.5 else score - 3, len(linked), real, roots)


def _is_some(text: str) -> bool:
    """Whether a text is an id at all: zeros mean none."""
    return bool(text.strip("0-"))


def _is_root_word(word: str, traces: Sequence[str], parent: Column) -> bool:
    """Whether a value that is no span means that there is no parent: it is unlike all others, or stands so in several traces.

    traces: those of the spans that have it.
    """
    unlike = word.isalpha() and not all(text.isalpha() for text in parent.distinct - {word})
    return unlike or word[:1] == "-" or len(set(traces)) > 1


def _rooted(traces: set[str], trace: Column, span: Column, parent: Column, roots: tuple[str, ...]) -> float:
    """The part of traces that have just one span without a parent, as a tree has."""
    tops: dict[str, set[str]] = defaultdict(set)
    for row, text in span.texts.items():
        if row in trace.texts:
            above = parent.texts.get(row, "")
            if not _is_some(above) or above in roots or above in (text, trace.texts[row]):
                tops[trace.texts[row]].add(text)
    return sum(len(tops[name]) == 1 for name in traces) / len(traces)
