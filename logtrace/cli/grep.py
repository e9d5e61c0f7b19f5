"""`logtrace grep`: log lines by text or pattern."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import click

from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.json_text import json_text
from logtrace.cli.options import reading, store_option
from logtrace.cli.screen import Screen, colours_wanted
from logtrace.cli.together import refuse_together

if TYPE_CHECKING:
    from logtrace.api import Store
    from logtrace.jobs.hits import NamedLine
    from logtrace.model import LogLine
    from logtrace.views.plain import Shown

    Runs = Iterator[Sequence[tuple[LogLine, bool]]]

NOT_FOUND = 1


@click.command("grep", cls=FilesCommand)
@click.argument("pattern")
@click.option("-F", "--fixed-strings", "literal", is_flag=True, help="PATTERN is text as it is, not a pattern.")
@click.option("-i", "--ignore-case", is_flag=True, help="Letter case does not count.")
@click.option("-v", "--invert-match", "invert", is_flag=True, help="Lines without it.")
@click.option("-l", "--trace-ids", "ids", is_flag=True, help="The ids of the traces with such lines alone, one a line.")
@click.option("-c", "--count", is_flag=True, help="How many lines of each file alone.")
@click.option("-C", "--context", type=click.IntRange(1), metavar="LINES", help="So many lines of the trace around each.")
@from_option
@store_option
@reading
def command(
    screen: Screen, store: str | None, files: tuple[str, ...], pattern: str, literal: bool, ignore_case: bool, invert: bool,
    ids: bool, count: bool, context: int | None,
) -> None:  # fmt: skip
    """Raw log lines by text or pattern (RE2), with trace, span and service.

    Exit code 0 where a line was found, 1 where none was, as grep has it.

    \b
    logtrace grep "broken pipe"
    logtrace grep -l -i "rate exceeded" | xargs -n1 logtrace show
    logtrace grep -C 3 "panic: .*nil" --from /var/log/mcp/*.log
    """
    refuse_together("ids", "count", "context")
    how = {"literal": literal, "ignore_case": ignore_case, "invert": invert}
    with opened_store(store, files) as opened:
        if count:
            found = _counts(opened.grep_counts(pattern, **how), screen)
        elif ids:
            found = _ids(opened.hits(pattern, **how), screen)
        elif context or screen.json:
            found = _runs(_in_context(opened, opened.grep_together(pattern, **how), context), screen, bool(context))
        else:
            found = _lines(opened.hits(pattern, **how), screen)
    if not found:
        raise click.exceptions.Exit(NOT_FOUND)


def _counts(totals: dict[str, int], screen: Screen) -> int:
    """Prints the number of lines of each file, of a single one without its name as grep does; how many in all."""
    from logtrace.views.json_shapes import VERSION
    from logtrace.views.text import clean

    for path, number in totals.items():
        if screen.json:
            click.echo(json_text({"version": VERSION, "path": path, "lines": number}))
        else:
            click.echo(f"{clean(path)}:{number}" if len(totals) > 1 else number)
    return sum(totals.values())


def _ids(lists: Iterator[list[NamedLine]], screen: Screen) -> int:
    """Prints each trace once, when its first line is found; how many there are."""
    from logtrace.views.json_shapes import VERSION
    from logtrace.views.text import clean

    seen: set[str] = {""}
    with screen.output() as out:
        for lines in lists:
            for trace_id in dict.fromkeys([line.trace_id for line in lines]):
                if trace_id not in seen:
                    seen.add(trace_id)
                    shape = {"version": VERSION, "trace_id": trace_id}
                    out.write((json_text(shape) if screen.json else clean(trace_id)) + "\n")
    return len(seen) - 1


def _runs(runs: Runs, screen: Screen, parted: bool) -> bool:
    """Prints runs of lines, of context parted by `--`; whether there was one."""
    if not screen.json:
        return _lines(([line for line, _ in run] for run in runs), screen, parted)
    first = next(runs, None)
    if first is not None:
        _json_lines(chain([first], runs), screen)
    return first is not None


def _lines(lists: Iterator[Sequence[Shown]], screen: Screen, parted: bool = False) -> bool:
    """Prints lines as they are found; whether there was one."""
    first = next(lists, None)
    if first is not None:
        write = _coloured if screen.colour and colours_wanted() else _plain
        write(chain([first], lists), screen, parted)
    return first is not None


def _in_context(store: Store, lists: Iterator[list[LogLine]], context: int | None) -> Runs:
    if context:
        return store.in_context(chain.from_iterable(lists), context)
    return ([(line, True) for line in lines] for lines in lists)


def _json_lines(runs: Runs, screen: Screen) -> None:
    from logtrace.views.json_shapes import VERSION, log_line_json

    with screen.output() as out:
        for run in runs:
            out.writelines(json_text({"version": VERSION, **log_line_json(line), "hit": hit}) + "\n" for line, hit in run)


def _coloured(lists: Iterator[Sequence[Shown]], screen: Screen, parted: bool) -> None:
    from logtrace.views.grep import coloured_line

    with screen.console() as console:
        for number, lines in enumerate(lists):
            if parted and number:
                console.print("--", soft_wrap=True)
            for line in lines:
                console.print(coloured_line(line), soft_wrap=True)


def _plain(lists: Iterator[Sequence[Shown]], screen: Screen, parted: bool) -> None:
    from logtrace.views.plain import plain_lines

    with screen.output() as out:
        for number, lines in enumerate(lists):
            if parted and number:
                out.write("--\n")
            out.write(plain_lines(lines))
