"""Lines of text of an unknown layout → columns: what parts them, and what stands in each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, takewhile
from operator import or_
from typing import Any, NamedTuple

from logtrace.ingest.discover.aligned import aligned
from logtrace.ingest.discover.clocks import as_clock
from logtrace.ingest.discover.hints import UNITS, unit_in, words_of
from logtrace.ingest.discover.outcomes import fails, succeeds
from logtrace.ingest.discover.phased import tell_phases
from logtrace.ingest.discover.phases import are_phases
from logtrace.ingest.discover.prose import patterns
from logtrace.ingest.discover.rows import PART, Column, Row, columns_of, flat, may_be_id
from logtrace.ingest.discover.written import Written
from logtrace.ingest.own.texts import in_columns, is_directive, matched, pairs_in, parted, within
from logtrace.ingest.vocabulary.pairs import split_pairs
from logtrace.ingest.vocabulary.ways import PARTING, path_of
from logtrace.patterns import lazy_pattern
from logtrace.units import NS

SEPARATORS = ("|", "\t", ";", "]", " - ", ",", " :: ", "  ", " ")
"""In the order in which they are tried."""

JOINED = "\0"
"""Between the names of two columns that are one time."""

_MOST, _TEXTS, _MOST_ENDED = 30, 2, 100
_WORD = lazy_pattern(r"\w+")
_HEADING = lazy_pattern(r"[^\W\d][\w .-]{0,40}")
_PAIRED = lazy_pattern(r"[A-Za-z_@][\w.@/-]*=", re.ASCII)
_LABEL = lazy_pattern(r"[^\w\s]?[^\W\d][\w.-]*[:=](?=\S|$)|[^\w\s]+(?=\w)")
_USUALLY, _MOSTLY, _SOME, _NEARLY, _FEW_RESTS = 0.8, 0.6, 0.3, 0.95, 30


class Layout(NamedTuple):
    """How lines are parted, and the lines read in this way. told: what a format of one's own says about it: `separator` and
    `columns` (names, "" for one that holds `key=value` pairs), or `pattern`."""

    told: dict[str, Any]
    rows: tuple[Row, ...]


def layouts(lines: Sequence[tuple[str, str]], *, timed: bool = False) -> Iterator[Layout]:
    """The layouts of lines of text, each with the service that is known of it, that give a time and ids; the likeliest first.

    timed: whether their envelopes tell a time.
    """
    told = _named_fields([text for text, _ in lines])
    lines = [(text, service) for text, service in lines if not is_directive(text)]
    if told is not None and (named := _read(*told, lines)) is not None:
        yield named
    found = [_parted(separator, lines) for separator in SEPARATORS[:-1]]
    bare = [(text.rstrip(), service) for text, service in lines]  # as they are read
    sentences = [_by_pattern(Written().pattern(parts), bare) for parts in patterns([text for text, _ in bare])]
    if not any(layout is not None and len(layout.rows) >= _NEARLY * len(lines) for layout in sentences):
        found.append(_parted(SEPARATORS[-1], lines))
    sentences += [_by_pattern(pattern, bare) for pattern in aligned([text for text, _ in bare])]
    for layout in found + sentences:
        if layout is not None and _is_of_use(columns_of(layout.rows).values(), timed=timed):
            yield layout


def _named_fields(texts: Sequence[str]) -> tuple[str, tuple[str, ...]] | None:
    """(separator, names) that a line `#Fields:` tells, as the W3C's extended log format has it (IIS and others)."""
    told = next((text[len(_FIELDS) :] for text in texts if text.startswith(_FIELDS) and is_directive(text)), "")
    separator = "\t" if "\t" in told.strip() else " "
    names = tuple(told.strip().split(None if separator == " " else separator))
    return (separator, names) if len(set(names)) == len(names) > 2 else None


_FIELDS = "#Fields:"


def _by_pattern(pattern: str, lines: Sequence[tuple[str, str]]) -> Layout | None:
    """The lines by a pattern; None where it has no group, or too few lines have its form."""
    if "(?P<" not in pattern:
        return None
    made = [(matched(text, pattern), service) for text, service in lines]
    rows = tuple(Row(flat(record), service) for record, service in made if record is not None)
    return Layout({"pattern": pattern}, rows) if len(rows) >= _SOME * len(lines) else None


def within_texts(rows: Sequence[Row]) -> Iterator[Layout]:
    """Rows with what stands in sentences under one of their keys; the key that says most comes first."""
    told = (_tells_phases, _tells_outcomes)
    columns = [
        column for column in columns_of(rows).values()
        if _holds_sentences(column, len(rows)) or any(tells(column) for tells in told)
    ]  # fmt: skip
    columns.sort(key=lambda column: -sum(map(len, column.texts.values())))
    for column in columns[:_TEXTS]:
        for parts in patterns(list(column.texts.values())):
            pattern = Written().pattern(parts)
            made = {at: matched(text, pattern) for at, text in column.texts.items()} if "(?P<" in pattern else {}
            found = {at: within(column.key, groups, pattern) for at, groups in made.items() if groups is not None}
            if len(found) >= _SOME * len(rows):
                yield Layout(
                    {"text": column.key, "pattern": pattern},
                    tuple(Row({**row.values, **flat(found.get(at, {}))}, row.service) for at, row in enumerate(rows)),
                )


def _holds_sentences(column: Column, rows: int) -> bool:
    """Whether texts of several words stand under a key, hardly any of them twice."""
    several = sum(" " in text and len(_WORD.findall(text)) > 2 for text in column.distinct)
    return column.strings and several > _SOME * rows and as_clock(column) is None


def _tells_phases(column: Column) -> bool:
    return column.strings and any(" " in text for text in column.distinct) and tell_phases(column.texts.values())


def _tells_outcomes(column: Column) -> bool:
    """Whether all texts say behind what was done how it ended, some well, others not (`charge: done`)."""
    texts = [words_of(text) for text in column.distinct] if column.strings and len(column.distinct) <= _MOST_ENDED else []
    bad = [any(map(fails, words[1:])) for words in texts]
    well = [succeeds(words[-1]) and len(words) > 1 for words in texts if words]
    return any(bad) and any(well) and len(well) == len(bad) and all(map(or_, bad, well))


def _parted(separator: str, lines: Sequence[tuple[str, str]]) -> Layout | None:
    """The lines in as many columns as most of those have that are parted at all; with spaces: most of those with pairs."""
    base = [text for text, _ in lines if (split_pairs(text)[1] if separator == " " else separator in text)]
    if len(base) < _SOME * len(lines) and separator == " ":
        base = [text for text, _ in lines]
    if len(base) < _SOME * len(lines):
        return None
    counts = Counter(len(parted(text, separator)) for text in base)
    enough = [count for count in counts if sum(n for more, n in counts.items() if more >= count) >= _USUALLY * len(base)]
    width = min(max(enough, default=0), _MOST)
    if separator == " " and (heads := _words_before_pairs(base)):
        return _read(separator, (*(f"column{at}" for at in range(1, heads + 1)), ""), lines)
    if width < 3:
        return None
    told = _header(base[0], separator, width) or [f"column{at}" for at in range(1, width + 1)]
    read = [record for text in base if (record := in_columns(text, separator, told)) is not None]
    names = tuple("" if _holds_pairs([str(record[name]) for record in read]) else name for name in told)
    if separator == " " and "" in names:
        names = names[: names.index("") + 1]  # values may have spaces: pairs are read from all the rest
    while names[-2:] == ("", ""):
        names = names[:-1]  # the last stands for any number of pairs
    return _read(separator, names, lines)


def _read(separator: str, names: tuple[str, ...], lines: Sequence[tuple[str, str]]) -> Layout | None:
    """The lines in columns; None where what stands in a column of one line stands in another one of the next."""
    made = [(in_columns(text, separator, names), service) for text, service in lines]
    read = [(record, service) for record, service in made if record is not None]
    if _are_shifted([record for record, _ in read], [name for name in names[:-1] if name], separator):
        return None
    return Layout({"separator": separator, "columns": list(names)}, tuple(Row(flat(record), service) for record, service in read))


def _are_shifted(records: Sequence[dict[str, Any]], names: Sequence[str], separator: str) -> bool:
    """Whether a label (`flow:`), or between spaces a word of most lines, stands now in one column, now in another: these are
    sentences, and no columns."""
    places: dict[str, Counter[str]] = {}
    for record in records:
        for name in names:
            text = str(record.get(name, ""))
            label = _LABEL.match(text)
            mark = label[0] if label else text if separator == " " and not any(map(str.isdigit, text)) else ""
            if mark:
                places.setdefault(mark, Counter())[name] += 1
    usual = [
        where for mark, where in places.items() if where.total() >= (_SOME if _LABEL.match(mark) else _MOSTLY) * len(records)
    ]
    return any(max(where.values()) < _USUALLY * where.total() for where in usual)


def _words_before_pairs(texts: Sequence[str]) -> int:
    """How many words stand in columns before a message of now more, now fewer words and pairs; 0 where all lines have as
    many words before their pairs, or none.

    The last word that all have is the first of the message where longer messages begin in another way than short ones.
    """
    heads = [head for text in texts if (head := list(takewhile(lambda word: not _PAIRED.match(word), text.split())))]
    counts = sorted(map(len, heads))
    if not counts or len(heads) < _NEARLY * len(texts) or counts[0] == counts[-1]:
        return 0
    fewest = counts[int((1 - _NEARLY) * len(counts))]
    told = [head for head in heads if len(head) >= fewest]
    short, long = ({head[fewest - 1] for head in told if (len(head) > fewest) is more} for more in (False, True))
    return fewest - 1 if short.isdisjoint(long) else fewest


def _header(line: str, separator: str, width: int) -> list[str]:
    """The names in a first line that has nothing but names; [] where it is a line like the others."""
    names = [part.strip() for part in parted(line, separator)] if separator != " " else []
    plain = all(_HEADING.fullmatch(name) for name in names) and len(set(names)) == len(names)
    return names if plain and len(names) == width else []


def _holds_pairs(values: Sequence[str]) -> bool:
    said = [value for value in values if value]
    return bool(said) and sum(bool(pairs_in(value)) for value in said) >= _USUALLY * len(said)


def _is_of_use(columns: Iterable[Column], *, timed: bool) -> bool:
    found = list(columns)
    ids = [column for column in found if column.ids and 1 < len(column.distinct) < len(column.cells)]
    return bool(ids) and (timed or any(as_clock(column) or _with_next(column, found) for column in found))


def with_joined_time(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows; where a time stands in two columns (day and time of day, time and zone, seconds and the rest) they are one."""
    columns = list(columns_of(rows).values())
    joined = next((both for column in columns if (both := _with_next(column, columns))), None)
    if joined is None:
        return tuple(rows)
    parts = joined.key.split(JOINED)
    made = []
    for at, row in enumerate(rows):
        rest = {key: value for key, value in row.values.items() if key not in parts}
        made.append(Row({joined.key: joined.texts.get(at), **rest}, row.service))
    return tuple(made)


def with_paths(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows; where a key holds ways from the first to the last span (`a3/b7/c1`), also with the last of each and the one
    before that."""
    found = {key: paths for key, column in columns_of(rows).items() if (paths := _paths_in(column))}
    if not found:
        return tuple(rows)
    parts = tuple(f"{key}{PART}" for key in found)
    made = [{key: value for key, value in row.values.items() if not key.startswith(parts)} for row in rows]
    for key, paths in found.items():
        for at, path in paths.items():
            made[at] |= {f"{key}{PART}-{number}": part for number, part in enumerate(path[:-3:-1], 1)}
    return tuple(Row(values, row.service) for values, row in zip(made, rows, strict=True))


def with_phases(rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows; where all values of several parts under a key end with a word for a beginning or an end (`reserve.begin`),
    also with that word and the one before it."""
    found = [key for key, column in columns_of(rows).items() if _ends_with_phases(column)]
    if not found:
        return tuple(rows)
    made = []
    for row in rows:
        parts = {key: path_of(text) for key in found if isinstance(text := row.values.get(key), str)}
        more = {f"{key}{PART}-{at}": part for key, path in parts.items() for at, part in enumerate(path[:-3:-1], 1)}
        made.append(Row({**row.values, **more}, row.service))
    return tuple(made)


def _ends_with_phases(column: Column) -> bool:
    signs = set(PARTING).intersection("".join(column.distinct)) if column.strings else set()
    paths = [path_of(text) for text in column.distinct] if len(signs) == 1 else []
    several = [path for path in paths if len(path) > 1]
    said = sum(len(path_of(text)) > 1 for text in column.texts.values()) if several else 0
    return len(several) > 1 and said >= _SOME * len(column.cells) and are_phases({path[-1].lower() for path in several})


def _paths_in(column: Column) -> dict[int, list[str]]:
    """The parts of texts of now more, now fewer ids with one sign between them, by row; {} where texts are anything else."""
    signs = set(PARTING).intersection("".join(column.distinct)) if column.strings else set()
    if len(signs) != 1 or len(column.distinct) < 2:
        return {}
    paths = {at: path_of(text) for at, text in column.texts.items()}
    several = len({len(path) for path in paths.values()}) > 1
    return paths if several and all(map(may_be_id, chain.from_iterable(paths.values()))) else {}


def _with_next(column: Column, columns: Sequence[Column]) -> Column | None:
    """A column and the one that follows it as one time, under both their names; None where they are none."""
    at = next(number for number, each in enumerate(columns) if each is column)
    if at + 1 == len(columns):
        return None
    other = columns[at + 1]
    cells = {row: f"{text} {other.texts[row]}" for row, text in column.texts.items() if row in other.texts}
    both = Column(f"{column.key}{JOINED}{other.key}", cells)
    if len(cells) < 2 or not (column.strings or _is_rest(column, other)) or (clock := as_clock(both)) is None:
        return None
    alone = as_clock(column)  # what the other adds may be read as the name of a zone and be none
    return both if alone is None or not clock.instants.items() <= alone.instants.items() else None


def _is_rest(seconds: Column, rest: Column) -> bool:
    """Whether a number tells what is left of the second that another tells: both are called alike but for
    their units; or all of the second is met."""
    own, others = ({*words_of(column.key)} - UNITS.keys() for column in (rest, seconds))
    if not (seconds.numbers and rest.numbers and own <= others):
        return False
    if own and unit_in(seconds.key) == "s":
        return True
    parts = [value * NS.get(unit_in(rest.key), 0) / NS["s"] for value in rest.cells.values()]
    return len(rest.distinct) > _FEW_RESTS and min(parts) < _SOME and _NEARLY < max(parts) < 1
