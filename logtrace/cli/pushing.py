"""What `push` is made of: its options, and its three ways: once, following, comparing."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from logtrace.cli import params
from logtrace.cli.empty import tell_of_none
from logtrace.cli.options import Body
from logtrace.cli.place import store_path
from logtrace.cli.screen import Screen
from logtrace.cli.talk import say
from logtrace.errors import RemoteError, UsageError
from logtrace.patterns import lazy_pattern
from logtrace.units import counted

if TYPE_CHECKING:
    from logtrace.delivery import Pushed
    from logtrace.jobs.push.choice import Choice
    from logtrace.jobs.push.session import How
    from logtrace.jobs.push.target import Tls

FINDINGS = 10
_FILE = click.Path(path_type=Path)
_HEADER = lazy_pattern(r"([\w!#$%&'*+.^`|~-]+)\s*[:=]\s*(.*)")


class Header(click.ParamType):  # type: ignore[type-arg] # older ones have none
    """NAME: VALUE, or NAME=VALUE; several in the variable, with commas between."""

    name = "header"

    def convert(self, value: str | tuple[str, str], param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        if isinstance(value, tuple):
            return value
        found = _HEADER.fullmatch(value)
        if found is None or not value.isascii() or not value.isprintable():
            self.fail("a header is written as 'NAME: VALUE'", param, ctx)  # and not shown: it may be a secret
        return found[1].lower(), found[2].strip()

    def split_envvar_value(self, rv: str) -> list[str]:
        return [each for each in rv.split(",") if each.strip()]


def choosing(body: Body) -> Body:
    """Which traces."""
    return click.option("--where", metavar="EXPRESSION", help="Traces it holds for; see: logtrace help search.")(body)


def sending(body: Body) -> Body:
    """How they are sent."""
    at_least_one = click.IntRange(1, 1_000_000)
    for option in reversed((
        click.option("--protocol", type=click.Choice(["http", "grpc"]), help="Where the scheme of URL is not to tell."),
        click.option("--batch", type=at_least_one, default=512, show_default=True, help="So many spans a request."),
        click.option("--rate", type=click.FloatRange(0, min_open=True), metavar="N", help="So many spans a second at most."),
        click.option("--no-gzip", is_flag=True, help="Send it as it is, not compressed."),
        click.option("--retry", "retry_ns", type=params.duration, default="5m", show_default=True, metavar="DURATION",
                     help="So long a request is tried again."),
        click.option("--again", is_flag=True, help="Also what the receiver took before."),
        click.option("--ask", metavar="URL",
                     help="Of what it may not have taken send what this Jaeger lacks (http://HOST:16686)."),
        click.option("--only-new", is_flag=True, help="Not what changed since the receiver took it: Jaeger would show both."),
        click.option("--name", default="", metavar="NAME", help="Remember the receiver by it; else by its address."),
    )):  # fmt: skip
        body = option(body)
    return body


def connecting(body: Body) -> Body:
    """How one is let in."""
    for option in reversed((
        click.option("--header", "headers", type=Header(), multiple=True, metavar="'NAME: VALUE'",
                     help="Sent with each request; LOGTRACE_PUSH_HEADERS keeps secrets out of sight."),
        click.option("--ca", type=_FILE, metavar="FILE", help="Certificates to trust (PEM); else those of the system."),
        click.option("--cert", type=_FILE, metavar="FILE", help="The certificate of this client (PEM)."),
        click.option("--key", type=_FILE, metavar="FILE", help="Its key, where that is in another file."),
        click.option("--timeout", "timeout_ns", type=params.duration, default="10s", show_default=True, metavar="DURATION",
                     help="For each request with all of its answer."),
    )):  # fmt: skip
        body = option(body)
    return body


@dataclass(frozen=True)
class Asked:
    """The options of a call."""

    screen: Screen
    quiet: bool
    store: str | None
    since_ns: int | None
    until_ns: int | None
    where: str | None
    protocol: str | None
    batch: int
    rate: float | None
    no_gzip: bool
    retry_ns: int
    again: bool
    ask: str | None
    only_new: bool
    name: str
    headers: tuple[tuple[str, str], ...]
    ca: Path | None
    cert: Path | None
    key: Path | None
    timeout_ns: int

    @property
    def path(self) -> Path:
        """The store."""

        return store_path(self.store)

    def choice(self, ids: tuple[str, ...]) -> Choice:
        """Which traces."""
        from logtrace.jobs.push.choice import Choice

        return Choice(ids, self.where, self.since_ns, self.until_ns)

    def how(self) -> How:
        """How they are sent. Raises UsageError for what can't stand together."""
        from logtrace.jobs.push.session import How
        from logtrace.jobs.push.target import web_target

        if self.again and self.only_new:
            raise UsageError("--again sends what was taken before, --only-new does not", "leave one out")
        return How(
            self.name,
            self.batch,
            not self.no_gzip,
            self.timeout_s,
            self.retry_ns / 1e9,
            self.rate,
            self.again,
            self.only_new,
            None if self.ask is None else web_target(self.ask, dict(self.headers), self.tls()),
        )

    def tls(self) -> Tls:
        """Whom to trust, and who one is. Raises UsageError for a key without its certificate."""
        from logtrace.jobs.push.target import Tls

        if self.key is not None and self.cert is None:
            raise UsageError("--key is the key of a certificate, and there is none", "add --cert FILE")
        return Tls(self.ca, self.cert, self.key)

    @property
    def timeout_s(self) -> float:
        """The deadline of a request. Raises UsageError where there would be no time at all."""
        if self.timeout_ns < 1_000_000:
            raise UsageError("--timeout gives a request no time", "write 10s")
        return self.timeout_ns / 1e9


def once(asked: Asked, url: str, ids: tuple[str, ...], dry_run: bool) -> None:
    """Sends what is there."""
    from logtrace import api
    from logtrace.cli.progress import counting_bar

    with counting_bar(not asked.quiet, asked.screen.colour, "spans") as progress:
        done = api.push(
            url, asked.path, choice=asked.choice(ids), how=asked.how(), protocol=asked.protocol, headers=dict(asked.headers),
            tls=asked.tls(), say=say, progress=progress, dry_run=dry_run,
        )  # fmt: skip
    _show(asked, done)


def follow(asked: Asked, url: str, paths: tuple[str, ...], dry_run: bool) -> None:
    """Sends what is there, then what comes; of files, where some are named."""
    from logtrace import api, config
    from logtrace.cli.following import stopped_by_signals
    from logtrace.cli.options import parsing_settings
    from logtrace.jobs.push.target import without_secret

    if dry_run or asked.again:
        raise UsageError(f"{'--dry-run' if dry_run else '--again'} is about what is there, --follow goes on", "leave one out")
    path, how, tls = asked.path, asked.how(), asked.tls()
    with stopped_by_signals() as stop, ExitStack() as reading:
        if paths:
            shared = config.load().shared
            reading.enter_context(api.following(paths, path, _ended, settings=parsing_settings(), shared=shared))
        if not asked.quiet:
            say(f"what is in {path}, and what comes, goes to {without_secret(url)}", "Ctrl-C ends it")
        done = api.push_live(
            url, stop, path, choice=asked.choice(()), how=how, protocol=asked.protocol, headers=dict(asked.headers), tls=tls,
            say=say, ended=reading.close,
        )  # fmt: skip
    _show(asked, done)


def _ended(told: str) -> None:
    say(f"nothing is read any more: {told}", "what others read into the store is sent all the same")


def _show(asked: Asked, done: Pushed) -> None:
    """Shows what was done. Raises RemoteError where not all of it was taken."""
    from logtrace.views.upkeep.push import pushed_json, pushed_view

    if not asked.quiet or asked.screen.json:
        asked.screen.answer(lambda: [pushed_view(done)], lambda: pushed_json(done))
    if done.stopped:
        raise RemoteError(done.stopped, done.hint)
    _require_taken(done)
    if not done.traces:
        _say_nothing(asked)


def _require_taken(done: Pushed) -> None:
    """Raises RemoteError where spans were not taken, now or before, as far as is known."""
    hint = "--ask JAEGER_QUERY_URL sends what is missing there; logtrace push --verify JAEGER_QUERY_URL tells what that is"
    if lost := sum(done.rejected.values()) + len(done.refused):
        raise RemoteError(f"{counted(lost, 'span')} {'was' if lost == 1 else 'were'} not taken", hint)
    if done.doubtful:
        raise RemoteError(f"of {counted(done.doubtful, 'span')} some were not taken", hint)


def _say_nothing(asked: Asked) -> None:
    from logtrace import api

    with api.open(asked.path) as store:
        windowed = (asked.since_ns, asked.until_ns) != (None, None)
        anywhere = store.search(asked.where, limit=1).hits if windowed else ()
        tell_of_none(store, "no trace is meant", anywhere[0].summary.start_ns if anywhere else None, asked.screen.zone)


def verified(asked: Asked, url: str, ids: tuple[str, ...]) -> None:
    """Compares; ends with 10 where something differs."""
    from logtrace import api
    from logtrace.cli.progress import counting_bar
    from logtrace.views.upkeep.push import verified_json, verified_view

    if ids and "://" in ids[0]:
        raise UsageError("--verify sends nothing, and here is a receiver", "leave its address out, or --verify")
    with counting_bar(not asked.quiet, asked.screen.colour, "traces") as progress:
        found = api.verify(
            url, asked.path, choice=asked.choice(ids), headers=dict(asked.headers), tls=asked.tls(), timeout_s=asked.timeout_s,
            progress=progress,
        )  # fmt: skip
    asked.screen.answer(lambda: [verified_view(found)], lambda: verified_json(found))
    if not found.traces:
        _say_nothing(asked)
    if found.different:
        say("the Jaeger has something otherwise, or not at all", "what was sent a moment ago may not be there yet: ask again")
        click.get_current_context().exit(FINDINGS)
