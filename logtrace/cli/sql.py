"""`logtrace sql`: questions that no other verb answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import click

from logtrace.cli.csv_text import csv_line
from logtrace.cli.options import coloured, in_json, paged, store_option, talking
from logtrace.cli.place import store_place
from logtrace.cli.screen import Screen, echo_pieces, is_terminal
from logtrace.cli.stdin import STDIN, stdin
from logtrace.cli.talk import say
from logtrace.cli.together import refuse_together
from logtrace.errors import UsageError
from logtrace.views.json.text import json_text

TABLE_ROWS = 1_000


@click.command("sql")
@click.argument("query", metavar="QUERY")
@click.option("--csv", "as_csv", is_flag=True, help="CSV; cells that a spreadsheet would run as formulas are defused.")
@store_option
@in_json
@coloured
@paged
@talking
def command(query: str, store: str | None, as_csv: bool, as_json: bool, no_color: bool, no_pager: bool) -> None:
    """The rows of a SQL query; with --json one JSON object a line. Reads only.

    The views are traces, spans and logs; see: logtrace help sql. With - the query is read from stdin.

    \b
    logtrace sql "SELECT service, count(*) FROM spans GROUP BY service"
    logtrace sql --csv "SELECT * FROM traces WHERE error_count > 0"
    """
    from logtrace import api

    refuse_together("as_csv", "as_json")
    with api.open(store_place(store)) as opened:
        columns, rows = opened.sql(stdin().read() if query == STDIN else query)
        if not columns:
            raise UsageError("that is no question: it gives no columns", "logtrace help sql has examples")
        if as_csv or as_json:
            echo_pieces(_csv(columns, rows) if as_csv else _json_lines(columns, rows))
        else:
            _table(Screen(colour=not no_color, pager=not no_pager), columns, rows)


def _table(screen: Screen, columns: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    from logtrace.views.lists.rows_table import rows_table

    shown = list(islice(rows, TABLE_ROWS))
    screen.answer(lambda: [rows_table(columns, shown)], dict)
    if next(rows, None) is not None:
        say(f"these are the first {TABLE_ROWS:,} rows", "--json and --csv give all")


def _csv(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    to_terminal = is_terminal()
    yield csv_line(columns, to_terminal)
    yield from (csv_line(row, to_terminal) for row in rows)


def _json_lines(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    return (json_text(dict(zip(columns, row, strict=True))) + "\n" for row in rows)
