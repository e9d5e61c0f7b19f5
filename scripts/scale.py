#!/usr/bin/env python3
"""Measures what bounds each stage of `logtrace scale`, on one core and without Spark: for the plan past this machine.

    .venv/bin/python scripts/scale.py LOGS…      (scripts/make_logs.py OUT 200000 writes some)

The functions are those that run on the machines of a cluster. See: logtrace help scale.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import orjson
import pyarrow as pa

from logtrace.ingest.settings import DEFAULTS
from logtrace.parquet.files import pieces
from logtrace.parquet.meta import Meta
from logtrace.parquet.rows import Columns
from logtrace.scale import shuffled
from logtrace.scale.counted import places_of
from logtrace.scale.inputs import splits
from logtrace.scale.learn import learned, sampled
from logtrace.scale.parse import Parser
from logtrace.scale.rebuild import Rebuilder
from logtrace.units import format_bytes

_AT = {name: place for place, name in enumerate(shuffled.FIELDS)}


def main(paths: Sequence[str]) -> None:
    found, _ = splits(paths)
    parser, rows = Parser(DEFAULTS, [0]), list[tuple[Any, ...]]()
    begun = time.process_time()
    for split in found:
        for part in parser.read(split):
            rows += part
    took = time.process_time() - begun
    size, spans = sum(split.end - split.start for split in found), [row for row in rows if row[_AT["what"]] == shuffled.ROW]
    counted = {row[_AT["split"]]: row for row in rows if row[_AT["what"]] == shuffled.COUNTED}
    told = {number: orjson.loads(row[_AT["extra"]]) for number, row in counted.items()}
    lines = sum(each["lines"] for each in told.values())
    say("parse", f"{format_bytes(size / took)}/s, {lines / took:,.0f} lines/s a core")

    packed = sum(map(shuffle_bytes, chunks(spans, 20_000)))
    say("shuffle", f"{packed / lines:,.0f} bytes a line, {packed / size:.1%} of the logs (lz4)")

    begun = time.process_time()
    chosen = set(sampled(row[_AT["trace_low"]] for row in spans))
    model = learned(row for row in spans if row[_AT["trace_low"]] in chosen)
    say("learn", f"{time.process_time() - begun:.1f} s on the driver, whatever the size: {len(chosen):,} traces")

    spans.sort(key=lambda row: (row[_AT["trace_low"]], row[_AT["start_ns"]] or 0, row[_AT["span_key"]]))
    begun = time.process_time()
    made = list(Rebuilder(model, places_of(found, told)).rows(spans))
    took = time.process_time() - begun
    say("rebuild", f"{len(made) / took:,.0f} spans/s a core")

    begun = time.process_time()
    written = sum(map(len, pieces(by_trace(made), Meta(model).text())))
    took = time.process_time() - begun
    say("write", f"{len(made) / took:,.0f} spans/s a core; {format_bytes(written * 1e6 / len(made))} a million spans")
    say("in all", f"Parquet is {written / size:.1%} of the logs")


def by_trace(rows: Sequence[Columns]) -> Iterator[Columns]:
    return ({name: value for name, value in row.items() if name not in ("date", "bucket")} for row in rows)


def shuffle_bytes(rows: Sequence[Sequence[Any]]) -> int:
    """Of rows as Spark sends them: by column, each batch packed."""
    sink = pa.BufferOutputStream()
    batch = shuffled.batch(rows)
    with pa.ipc.new_stream(sink, batch.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as writer:
        writer.write_batch(batch)
    return int(sink.getvalue().size)


def chunks(rows: Sequence[Any], many: int) -> Iterator[Sequence[Any]]:
    return (rows[start : start + many] for start in range(0, len(rows), many))


def say(what: str, told: str) -> None:
    print(f"{what:10} {told}")


if __name__ == "__main__":
    main(sys.argv[1:])
