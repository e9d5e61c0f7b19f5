"""`logtrace scale`: more logs than one machine holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from logtrace.cli.ingest import require_use
from logtrace.cli.options import coloured, in_json, parsing, talking
from logtrace.cli.screen import Screen

if TYPE_CHECKING:
    from logtrace.ingest.settings import Settings


@click.command("scale")
@click.argument("run", type=click.Choice(["run"]), expose_value=False)
@click.option(
    "--input", "inputs", multiple=True, required=True, metavar="PATH", help="Folder, pattern or URI of logs; repeatable."
)
@click.option("--output", required=True, metavar="DIR", help="Where the Parquet goes: a folder or URI that is not there yet.")
@click.option("--master", metavar="URL", help="Where Spark runs: local[8], spark://…, yarn, k8s://…; else as spark-submit says.")
@click.option(
    "--parts", type=click.IntRange(1), metavar="N", help="Tasks that put traces together; else 64, twice the cores pay."
)
@click.option("--split", "split_bytes", type=click.IntRange(1 << 16), metavar="BYTES", help="Of an object that one task reads.")
@parsing
@in_json
@coloured
@talking
def command(
    settings: Settings, inputs: tuple[str, ...], output: str, master: str | None, parts: int | None, split_bytes: int | None,
    as_json: bool, no_color: bool,
) -> None:  # fmt: skip
    """Read logs of any size on Apache Spark, into Parquet that --store parquet:DIR reads.

    Lines are read and put together as `ingest` does, by the same code, and every line is accounted for: rejected ones in
    DIR/rejected. A sample is kept as logtrace.toml says. An object that can't be read is named, and the rest goes on.

    \b
    logtrace scale run --input logs/ --output traces --master 'local[4]'
    logtrace scale run --input s3a://logs/ --output s3a://out --master yarn
    logtrace stats --store parquet:traces
    """
    from logtrace import api, config
    from logtrace.views.upkeep.account import ingest_summary

    account = api.scale(inputs, output, settings=settings, master=master, parts=parts, split_bytes=split_bytes)
    Screen(json=as_json, colour=not no_color, pager=False).answer(
        lambda: [ingest_summary(account, ("--store", f"{config.PARQUET}{output}"))], account.as_json
    )
    require_use(account)
