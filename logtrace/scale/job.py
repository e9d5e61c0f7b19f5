"""The job on Spark: see the drawing in `logtrace.scale`. What machines do are the functions of parse, learn and rebuild.

Rows are kept on the disks of the workers between both passes. Whatever fails is done again by Spark: all that a worker makes
follows from the bytes of its splits.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from logtrace.account import Account
from logtrace.ingest.files.sources import Unreadable
from logtrace.ingest.settings import Settings
from logtrace.parquet.meta import Meta, Model
from logtrace.parquet.schema import META, SPANS
from logtrace.scale.counted import Counted, account_of, places_of
from logtrace.scale.inputs import SPLIT, Split
from logtrace.scale.rebuild import BUCKETS, Rebuilder, Sample
from logtrace.scale.shuffled import COUNTED, REJECTED, ROW
from logtrace.scale.stored import Place

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame, SparkSession

Batches = Iterator["pyarrow.RecordBatch"]

OUT_ROWS = 2_000
"""Rows of an Arrow batch on the way to Parquet."""


class Plan(NamedTuple):
    """What is to be done. parts: how many tasks put traces together: BUCKETS or a multiple of it."""

    splits: Sequence[Split]
    unreadable: Sequence[Unreadable]
    output: str
    settings: Settings
    sample: Sample = Sample()
    parts: int = BUCKETS


def run(spark: SparkSession, plan: Plan) -> Account:
    """Does a plan. The output is whole when its `_logtrace.json` is there, which comes last."""
    from pyspark import StorageLevel

    started = time.monotonic()
    keys = _keys(spark, plan.parts)
    rows = _parsed(spark, plan, keys).persist(StorageLevel.DISK_ONLY)
    try:
        counted = _counted(rows)
        places = places_of(plan.splits, counted)
        model = _learned(rows)
        _rejected(rows, places, f"{_uri(plan.output)}/rejected")
        _spans(rows, plan, Rebuilder(model, places, plan.sample))
    finally:
        rows.unpersist()
    account = account_of(
        plan.splits, plan.unreadable, counted, _written(spark, f"{_uri(plan.output)}/{SPANS}"), time.monotonic() - started
    )
    _write_meta(plan.output, Meta(model, account.as_json()))
    return account


def _uri(place: str) -> str:
    """A place as Spark is to take it: a path is one of a file system that all machines see, whatever else is usual there."""
    return place if "://" in place else f"file://{os.path.abspath(place)}"


def _keys(spark: SparkSession, parts: int) -> list[int]:
    """A number for each part that Spark's hash brings to the task of that number: no task gets two of them, and none nothing."""
    from pyspark.sql import functions as f

    numbers = spark.range(64 * parts).select(f.col("id").cast("int").alias("key"))
    rows = numbers.select("key", f.expr(f"pmod(hash(key), {parts})").alias("part")).groupBy("part").agg(f.min("key").alias("key"))
    found = {row["part"]: row["key"] for row in rows.collect()}
    return [found[part] for part in range(parts)]


def _parsed(spark: SparkSession, plan: Plan, keys: list[int]) -> DataFrame:
    """Splits → shuffled rows."""
    from logtrace.scale import shuffled

    settings = tuple(plan.settings)

    def parse(batches: Batches) -> Batches:
        from logtrace.scale.parse import Parser

        parser = Parser(Settings(*settings), keys)
        for batch in batches:
            for split in batch.to_pylist():
                yield from map(shuffled.batch, parser.read(Split(**split)))

    tasks = max(sum(split.end - split.start for split in plan.splits) // SPLIT, 2 * spark.sparkContext.defaultParallelism)
    given = spark.sparkContext.parallelize([tuple(split) for split in plan.splits], min(len(plan.splits), tasks))
    table = spark.createDataFrame(given, "number int, path string, place string, start long, end long, size long")
    return table.mapInArrow(parse, _struct(shuffled.schema()))


def _struct(schema: pyarrow.Schema) -> Any:
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(schema)


def _counted(rows: DataFrame) -> Counted:
    """What each split counted, by number."""
    found = rows.where(f"what = {COUNTED}").select("split", "extra").collect()
    return {row["split"]: orjson.loads(row["extra"]) for row in found}


def _learned(rows: DataFrame) -> Model:
    """The model, from a sample of all traces."""
    from logtrace.scale.learn import learned, sampled

    def lows(batches: Batches) -> Batches:
        import pyarrow as pa

        from logtrace.scale.learn import sampled

        found: list[int] = []
        for batch in batches:
            found = sampled(chain(found, batch.column(0).unique().to_pylist()))
        yield pa.RecordBatch.from_pydict({"low": pa.array(found, pa.int64())})

    spans = rows.where(f"what = {ROW}")
    chosen = sampled(row["low"] for row in spans.select("trace_low").mapInArrow(lows, "low long").collect())
    return learned(tuple(row) for row in spans.where(spans["trace_low"].isin(chosen)).collect()) if chosen else learned([])


def _rejected(rows: DataFrame, places: Sequence[Place], output: str) -> None:
    """The table of rejected lines: path, line, reason."""
    told = _broadcast(rows, places)

    def lines(batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            found = [
                (told()[row["split"]][0], told()[row["split"]][1] + line, row["operation"])
                for row in batch.to_pylist()
                for line in orjson.loads(row["lines"])
            ]
            columns = zip(*found, strict=True) if found else ((), (), ())
            yield pa.RecordBatch.from_arrays(
                [pa.array(column, kind) for column, kind in zip(columns, (pa.string(), pa.int64(), pa.string()), strict=True)],
                ["path", "line", "reason"],
            )

    given = rows.where(f"what = {REJECTED}").select("split", "operation", "lines")
    given.mapInArrow(lines, "path string, line long, reason string").write.parquet(output, compression="zstd")


def _broadcast(rows: DataFrame, value: Any) -> Callable[[], Any]:
    """Sends a value to all machines once."""
    sent = rows.sparkSession.sparkContext.broadcast(value)
    return lambda: sent.value


def _spans(rows: DataFrame, plan: Plan, rebuilder: Rebuilder) -> None:
    """Shuffled rows → Parquet, partitioned by date and bucket."""
    import pyarrow as pa

    from logtrace.parquet.schema import schema

    told = _broadcast(rows, rebuilder)
    out = schema().append(pa.field("date", pa.string())).append(pa.field("bucket", pa.int32()))

    def rebuild(batches: Batches) -> Batches:
        from itertools import islice

        made = told().rows(row for batch in batches for row in zip(*(column.to_pylist() for column in batch), strict=True))
        while some := list(islice(made, OUT_ROWS)):
            yield pa.RecordBatch.from_arrays(
                [pa.array([row[field.name] for row in some], field.type) for field in out], schema=out
            )

    spans = rows.where(f"what = {ROW}").repartition(plan.parts, "part")
    ordered = spans.sortWithinPartitions("trace_low", "start_ns", "span_key", "lines")
    made = ordered.mapInArrow(rebuild, _struct(out))
    made.write.partitionBy("date", "bucket").parquet(f"{_uri(plan.output)}/{SPANS}", compression="zstd")


def _written(spark: SparkSession, place: str) -> tuple[int, int]:
    """(spans, traces) of what was written."""
    from pyspark.sql import functions as f
    from pyspark.sql.types import StringType, StructField, StructType

    told = StructType([StructField("trace_id", StringType()), StructField("span_id", StringType())])
    written = spark.read.schema(told).parquet(place)
    row = written.agg(f.count("span_id").alias("spans"), f.countDistinct("trace_id").alias("traces")).collect()[0]
    return row["spans"], row["traces"]


def _write_meta(output: str, meta: Meta) -> None:
    from logtrace.scale.inputs import file_system

    system, place = file_system(output)
    with system.open_output_stream(f"{place}/_{META}.json") as file:
        file.write(meta.text().encode())
