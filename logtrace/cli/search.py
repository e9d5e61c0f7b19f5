"""`logtrace search`: the requests that are like this."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from logtrace.cli import complete, params
from logtrace.cli.empty import going_on, tell_of_none
from logtrace.cli.files import FilesCommand, from_option, opened_store
from logtrace.cli.options import reading, store_option, window
from logtrace.cli.screen import Screen
from logtrace.cli.talk import say
from logtrace.cli.together import refuse_together
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from datetime import tzinfo

    from rich.console import RenderableType

    from logtrace.api import Store
    from logtrace.query.found import Page

MOST = 1_000_000_000
ERRORS = ("any", "span")
_DURATION: dict[str, Any] = {"type": params.duration, "metavar": "DURATION"}
_SPANS: dict[str, Any] = {"type": click.IntRange(0, MOST), "metavar": "N"}


class SearchCommand(FilesCommand):
    """--error may stand alone; where its value is the next word, that is no expression."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(_with_kind(args)))


def _with_kind(args: Sequence[str]) -> Iterator[str]:
    rest = iter([*args, None])
    word = next(rest)
    while word is not None:
        following = next(rest)
        if word == "--error" and following in ERRORS:
            word, following = f"--error={following}", next(rest)
        yield "--error=any" if word == "--error" else word
        word = following


def asking(body: Callable[..., None]) -> Callable[..., None]:
    """The flags of what is searched for, as query.flags.Flags names them."""
    for option in reversed((
        click.option("--service", metavar="NAME", shell_complete=complete.services, help="A span of it."),
        click.option("--operation", metavar="NAME", shell_complete=complete.operations, help="A span of that name."),
        click.option("-a", "--attr", "attributes", multiple=True, metavar="KEY=VALUE", help="A span with it."),
        click.option(
            "--error", type=click.Choice(ERRORS), metavar="[=span]",
            help="An error anywhere; =span leaves out spans that only a line of level error calls failed.",
        ),
        click.option("--min-duration", "min_ns", help="A span of at least 250ms, 1.5s, …", **_DURATION),
        click.option("--max-duration", "max_ns", help="A span of at most that.", **_DURATION),
        click.option("--min-trace-duration", "min_trace_ns", help="The whole trace took at least that.", **_DURATION),
        click.option("--max-trace-duration", "max_trace_ns", help="The whole trace took at most that.", **_DURATION),
        click.option("--min-spans", help="At least so many spans.", **_SPANS),
        click.option("--max-spans", help="At most so many spans.", **_SPANS),
    )):  # fmt: skip
        body = option(body)
    return body


@click.command("search", cls=SearchCommand)
@click.argument("expression", default="")
@asking
@click.option("--text", metavar="TEXT", help="A log line with this text.")
@window
@click.option(
    "--sort", type=click.Choice(["newest", "oldest", "slowest", "errors", "spans"]), default="newest", show_default=True,
    help="Of all that match: most recent first, slowest first, most errors first, …",
)  # fmt: skip
@click.option("-n", "--limit", type=click.IntRange(1, MOST), default=20, show_default=True, help="So many a page.")
@click.option("--page", type=click.IntRange(1, MOST), default=1, show_default=True, help="Which page of the answer.")
@click.option("--ids", is_flag=True, help="Trace ids alone, one a line.")
@from_option
@store_option
@reading
def command(
    screen: Screen, store: str | None, files: tuple[str, ...], since_ns: int | None, until_ns: int | None, sort: str, limit: int,
    page: int, ids: bool, text: str | None, **asked: Any,
) -> None:  # fmt: skip
    """Requests by service, operation, attributes, errors, durations.

    What is asked of a span has to hold for one and the same span. EXPRESSION says more than the flags do; see:
    logtrace help search.

    \b
    logtrace search --service edge-mcp --min-duration 5s --sort slowest
    logtrace search "error = true and user.tier = 'enterprise'" --since 1h
    logtrace search --error --ids | xargs -n1 logtrace show
    logtrace search -a ws.connection_id=conn-abc123 --from /var/log/mcp
    """
    from logtrace.query.flags import Flags, node_of
    from logtrace.views.json.shapes import page_json

    refuse_together("ids", "as_json")
    given = {name: value for name, value in asked.items() if value is not None}
    attributes = [_pair(word) for word in asked["attributes"]]
    node = node_of(Flags(**{**given, "attributes": attributes}))
    with opened_store(store, files) as opened:
        opened.require_service(asked["service"])
        found = opened.search(
            node, text=text, since_ns=since_ns, until_ns=until_ns, order=sort, limit=limit, offset=(page - 1) * limit
        )
        if not found.hits:
            opened.require_known(asked["service"], asked["operation"], [key for key, _ in attributes])
        if ids and not screen.json:
            _ids(found)
        else:
            screen.answer(lambda: _table(found, screen.zone, opened, page), lambda: page_json(found, sort, page))
        if not screen.json:
            _say(found, page, ids)
        if not found.hits and page == 1:
            anywhere = opened.search(node, text=text, limit=1) if (since_ns, until_ns) != (None, None) else found
            for note in [note for note in anywhere.notes if note not in found.notes]:
                say(note)
            tell_of_none(opened, "no trace matches", anywhere.hits[0].summary.start_ns if anywhere.hits else None, screen.zone)


def _table(found: Page, zone: tzinfo, opened: Store, page: int) -> list[RenderableType]:
    from logtrace.views.lists.hits import hits_table

    more = [going_on(f"page {page:,}", "--page", str(page + 1))] if found.more else []
    return [hits_table(found.hits, zone, opened.id_length), *more] if found.hits else []


def _ids(found: Page) -> None:
    from logtrace.views.elements.text import clean

    for hit in found.hits:
        click.echo(clean(hit.summary.trace_id))


def _say(found: Page, page: int, ids: bool) -> None:
    """Says what a reader of the answer should know; beside bare ids also that they go on."""
    for note in found.notes:
        say(note)
    if found.more and ids:
        say(f"page {page:,}; there are more", f"--page {page + 1} shows the next, --limit N more at once")
    elif not found.hits and page > 1:
        say(f"there is no page {page:,}")


def _pair(word: str) -> tuple[str, str]:
    key, sign, value = word.partition("=")
    if not sign or not key:
        raise UsageError(f"--attr {word} has no value", "write --attr KEY=VALUE, such as --attr user.id=u-17")
    return key, value
