"""`logtrace grep`: log lines by text or pattern."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import TextIOWrapper
from itertools import chain
from typing import IO, TYPE_CHECKING

import click

from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option
from logtrace.cli.screen import Screen, colours_wanted
from logtrace.cli.talk import say
from logtrace.cli.together import refuse_together
from logtrace.units import counted
from logtrace.views.json.text import json_text

if TYPE_CHECKING:
    from logtrace.api import Store
    from logtrace.jobs.lines.hits import NamedLines
    from logtrace.jobs.workers.forked import Made
    from logtrace.model import LogLine

    Runs = Iterator[Sequence[tuple[LogLine, bool]]]

NOT_FOUND = 1

_PARTED = b"--\n"
_UTF8 = ("utf-8", "utf8")


@click.command("grep", cls=FilesCommand)
@click.argument("pattern")
@click.option("-F", "--fixed-strings", "literal", is_flag=True, help="PATTERN is text as it is, not a pattern.")
@click.option("-i", "--ignore-case", is_flag=True, help="Letter case does not count.")
@click.option("-v", "--invert-match", "invert", is_flag=True, help="Lines without it.")
@click.option("-l", "--trace-ids", "ids", is_flag=True, help="The ids of the traces with such lines alone, one a line.")
@click.option("-c", "--count", is_flag=True, help="How many lines of each file alone.")
@click.option("-C", "--context", type=click.IntRange(1), metavar="LINES", help="So many lines of its trace (-) around each (:).")
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
            found = _runs(_in_context(opened, opened.grep_together(pattern, **how), context), screen)
        else:
            found = _hits(opened, pattern, how, screen)
    if not found:
        raise click.exceptions.Exit(NOT_FOUND)


def _counts(totals: dict[str, int], screen: Screen) -> int:
    """Prints the number of lines of each file, of a single one without its name as grep does; how many in all."""
    from logtrace.views.elements.text import clean
    from logtrace.views.json.shapes import VERSION

    for path, number in totals.items():
        if screen.json:
            click.echo(json_text({"version": VERSION, "path": path, "lines": number}))
        else:
            click.echo(f"{clean(path)}:{number}" if len(totals) > 1 else number)
    return sum(totals.values())


def _ids(found: Iterator[NamedLines], screen: Screen) -> bool:
    """Prints each trace once, when its first line is found; tells of lines that name none. Whether there was a line."""
    from logtrace.views.elements.text import clean
    from logtrace.views.json.shapes import VERSION

    seen = {b""}
    without = 0
    with screen.output() as out:
        for lines in found:
            without += lines.traces.count(b"")
            for trace in dict.fromkeys(lines.traces):
                if trace not in seen:
                    seen.add(trace)
                    trace_id = trace.decode("utf-8", "surrogatepass")
                    shape = {"version": VERSION, "trace_id": trace_id}
                    out.write((json_text(shape) if screen.json else clean(trace_id)) + "\n")
    if without:
        say(f"{counted(without, 'line')} found {'belongs' if without == 1 else 'belong'} to no trace")
    return len(seen) > 1 or without > 0


def _hits(store: Store, pattern: str, how: dict[str, bool], screen: Screen) -> bool:
    """Prints lines as they are found; whether there was one."""
    from logtrace.views.lines.plain import plain_lines

    if screen.colour and colours_wanted():
        return _coloured(store.hits(pattern, **how), screen)
    return _written(store.shown_hits(plain_lines, pattern, **how), screen)


def _runs(runs: Runs, screen: Screen) -> bool:
    """Prints runs of lines, as text marked and parted as grep does it with context; whether there was one."""
    from logtrace.jobs.lines.hits import named_lines
    from logtrace.jobs.workers.forked import Made
    from logtrace.views.lines.plain import plain_lines

    if screen.json:
        return _written(map(Made, map(_json_lines, runs)), screen)
    found = (named_lines([_marked(line, hit) for line, hit in run]) for run in runs)
    if screen.colour and colours_wanted():
        return _coloured(found, screen, parted=True)
    return _written((Made(_PARTED * (number > 0) + plain_lines(lines)) for number, lines in enumerate(found)), screen)


def _marked(line: LogLine, hit: bool) -> LogLine:
    """A line behind grep's mark of one that was found, or of one around it."""
    return line._replace(text=f"{':' if hit else '-'} {line.text}")


def _in_context(store: Store, lists: Iterator[list[LogLine]], context: int | None) -> Runs:
    if context:
        return store.in_context(chain.from_iterable(lists), context)
    return ([(line, True) for line in lines] for lines in lists)


def _json_lines(run: Sequence[tuple[LogLine, bool]]) -> bytes:
    from logtrace.views.json.shapes import VERSION, log_line_json

    shapes = ({"version": VERSION, **log_line_json(line), "hit": hit} for line, hit in run)
    return "".join([json_text(shape) + "\n" for shape in shapes]).encode()


def _coloured(found: Iterator[NamedLines], screen: Screen, parted: bool = False) -> bool:
    from logtrace.views.lines.grep import coloured_line

    first = next(found, None)
    if first is None:
        return False
    with screen.console() as console:
        for number, lines in enumerate(chain([first], found)):
            if parted and number:
                console.print("--", soft_wrap=True)
            for line in lines.rows():
                console.print(coloured_line(line), soft_wrap=True)
    return True


def _written(pieces: Iterator[Made], screen: Screen) -> bool:
    """Writes what is UTF-8, without a detour where that is the output's encoding; whether there was anything."""
    first = next(pieces, None)
    if first is None:
        return False
    with screen.output() as out:
        out.flush()
        file = _file(out)
        for piece in chain([first], pieces):
            out.write(piece.taken().decode()) if file is None else piece.move(file)
    return True


def _file(out: IO[str]) -> int | None:
    """The file that all goes to as it is; None where there is none, or it is to be told in another encoding."""
    if isinstance(out, TextIOWrapper) and out.encoding.lower() in _UTF8:
        with suppress(OSError):
            return out.fileno()
    return None
