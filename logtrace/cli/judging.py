"""What `check` and `lint` share: files or a store, the format of the report, how it ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logtrace.cli import empty
from logtrace.cli.options import coloured, parsing_later, store_option, talking, window, zoned
from logtrace.cli.screen import Screen, ascii_only
from logtrace.cli.write import write_file

if TYPE_CHECKING:
    from logtrace.analysis.verdicts import Report
    from logtrace.api import Store

FINDINGS = 10
FORMATS = ("terminal", "json", "junit", "sarif", "github", "markdown")


def judging(body: Callable[..., None]) -> Callable[..., None]:
    """The arguments and options of both."""
    options = (
        click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(readable=False)),
        click.option("--strict", is_flag=True, help="Notes count, and rules that matched nothing."),
        click.option(
            "--format", "form", type=click.Choice(FORMATS), default="terminal", show_default=True, help="Of the report."
        ),
        click.option("--json", "as_json", is_flag=True, help="As --format json."),
        click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the report there."),
        zoned,
        window,
        store_option,
        coloured,
        talking,
    )
    for option in reversed(options):
        body = option(body)
    return parsing_later(body)


def tell_of_window(opened: Store, report: Report, window: tuple[int | None, int | None], zone: tzinfo) -> None:
    """Says so where a window holds no trace, and what time would hold one."""
    if not report.traces and window != (None, None):
        empty.tell(opened, None, zone, of_spans=False)


def tell(ctx: click.Context, report: Report, form: str, output: Path | None, strict: bool, no_color: bool) -> None:
    """Shows or writes a report, and ends with 10 where there are findings."""
    report = report.strictly() if strict else report
    if form == "terminal":
        _show(report, output, no_color, _read_again(ctx.params["paths"]))
    else:
        from logtrace.views.verdicts import text_of

        text = text_of(report, form)
        if output is None:
            click.echo(text, nl=False)
        else:
            write_file(output, text.encode(), force=True)
    if report.failed:
        ctx.exit(FINDINGS)


def _read_again(paths: Sequence[str]) -> Sequence[str] | None:
    """The words by which `show` reads what was looked at; None where that is nothing anybody wants to see, or stdin."""
    from logtrace.cli.steps import MOST_FILES, where

    if not paths:
        return where()
    return paths if len(paths) <= MOST_FILES and "-" not in paths else None


def _show(report: Report, output: Path | None, no_color: bool, again: Sequence[str] | None) -> None:
    from logtrace.views.elements.glyphs import signs
    from logtrace.views.elements.markdown import plain_lines
    from logtrace.views.verdicts.terminal import ReportView

    if output is not None:
        text = "".join(f"{line}\n" for line in plain_lines(ReportView(report, signs(False), again)))
        write_file(output, text.encode(), force=True)
        return
    Screen(colour=not no_color, pager=False).answer(lambda: [ReportView(report, signs(ascii_only()), again)], dict)
