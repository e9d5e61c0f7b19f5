"""What the machines of a job do, one after the other in this process: no Spark, the same functions."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from logtrace.account import Account
from logtrace.ingest.settings import DEFAULTS, Settings
from logtrace.jobs.intake.ingest import ingest
from logtrace.parquet.rows import Columns, Names, told
from logtrace.scale.counted import account_of, places_of
from logtrace.scale.inputs import splits
from logtrace.scale.learn import learned, sampled
from logtrace.scale.parse import Parser
from logtrace.scale.rebuild import MOST_ROWS, Rebuilder, Sample
from logtrace.scale.shuffled import COUNTED, FIELDS, REJECTED, ROW
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.whole import Spelling, all_traces, whole_rows

PARTS = 3
ALL = Sample()
_AT = {name: place for place, name in enumerate(FIELDS)}


class Made:
    """What a job made. spans: rows of Parquet; rejected: (path, line, reason)."""

    def __init__(
        self, inputs: Sequence[object], size: int, settings: Settings = DEFAULTS, *,
        sample: Sample = ALL, most_rows: int = MOST_ROWS, seed: int = 0, workers: int = 1,
    ) -> None:  # fmt: skip
        found, unreadable = splits([str(each) for each in inputs], size)
        parsers = [Parser(settings, range(PARTS)) for _ in range(workers)]
        rows = [row for split in found for part in parsers[split.number % workers].read(split) for row in part]
        random.Random(seed).shuffle(rows)
        counted = {row[_AT["split"]]: orjson.loads(row[_AT["extra"]]) for row in rows if row[_AT["what"]] == COUNTED}
        places = places_of(found, counted)
        spans = [row for row in rows if row[_AT["what"]] == ROW]
        chosen = set(sampled(row[_AT["trace_low"]] for row in spans))
        model = learned(row for row in spans if row[_AT["trace_low"]] in chosen)
        rebuilder = Rebuilder(model, places, sample, most_rows)
        self.spans = [each for part in range(PARTS) for each in rebuilder.rows(_ordered(spans, part))]
        self.rejected = sorted(_rejected(rows, places))
        self.account: Account = account_of(found, unreadable, counted, (0, 0), 0.0)


def _ordered(rows: Iterable[Sequence[Any]], part: int) -> list[Sequence[Any]]:
    """The rows of a part as Spark sorts them."""
    mine = [row for row in rows if row[0] == part]
    keys = [_AT[name] for name in ("trace_low", "start_ns", "span_key", "lines")]
    return sorted(mine, key=lambda row: [(row[at] is not None, row[at]) for at in keys])


def _rejected(rows: Iterable[Sequence[Any]], places: Sequence[tuple[str, int]]) -> Iterable[tuple[str, int, str]]:
    for row in rows:
        if row[_AT["what"]] == REJECTED:
            path, first = places[row[_AT["split"]]]
            yield from ((path, first + line, row[_AT["operation"]]) for line in orjson.loads(row[_AT["lines"]]))


def ingested(store: Path, inputs: Sequence[object], settings: Settings = DEFAULTS) -> tuple[list[Columns], Account]:
    """What an ingest makes of the same inputs, as rows of Parquet."""
    account = ingest(store, [str(each) for each in inputs], settings)
    with FragmentReader(store) as reader:
        spelling = Spelling(reader)
        names = Names(reader.operation, reader.attribute_pair, spelling.place, spelling.span_text, reader.body)
        return [told(each.row, each.trace, names) for each in whole_rows(reader, all_traces(reader))], account


def counted(rows: Iterable[Columns]) -> Counter[bytes]:
    """Rows as a multiset, without where they are put."""
    return Counter(
        orjson.dumps({name: value for name, value in row.items() if name not in ("date", "bucket")}, option=orjson.OPT_SORT_KEYS)
        for row in rows
    )
