"""Options that several verbs share. Each can be set by LOGTRACE_<NAME> for all verbs, LOGTRACE_<VERB>_<NAME> for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

import click

from logtrace.cli import params
from logtrace.cli.group import State
from logtrace.cli.screen import Screen
from logtrace.errors import UsageError

if TYPE_CHECKING:
    from logtrace.ingest.settings import Settings

Body = Callable[..., None]


def store_option(body: Body) -> Body:
    """--store: the store's file as text, None where it is not given."""
    about = "The store's file, or parquet:DIR to read; see: logtrace help store, help parquet."
    return click.option("--store", envvar="LOGTRACE_STORE", metavar="FILE", help=about)(body)


def talking(body: Body) -> Body:
    """--config and --debug, for every verb."""
    configured = click.option(
        "--config", type=click.Path(), is_eager=True, expose_value=False, callback=_configure, metavar="FILE",
        help="Read this logtrace.toml before all others.",
    )  # fmt: skip
    return configured(_debugged(body))


def _debugged(body: Body) -> Body:
    return click.option(
        "--debug", is_flag=True, is_eager=True, expose_value=False, callback=_debug, envvar="LOGTRACE_DEBUG",
        help="Show the traceback of an error.",
    )(body)  # fmt: skip


def parsing_settings(
    input_tz: str | None = None, default_service: str | None = None, trace_key: str | None = None, redact: bool = True
) -> Settings:
    """How lines are read: as told, else as the configuration says."""
    from logtrace import config
    from logtrace.ingest.secrets.configured import redaction_text
    from logtrace.ingest.secrets.wanted import OFF
    from logtrace.ingest.settings import Settings

    told = config.load()
    key, formats = told.ingest.trace_key if trace_key is None else trace_key, told.formats_text()
    return Settings(
        zone=input_tz or told.input_tz,
        default_service=told.default_service if default_service is None else default_service,
        trace_key=key,
        formats=formats,
        redaction=redaction_text(told.redaction, key, formats) if redact else OFF,
    )


def parsing(body: Body) -> Body:
    """How lines are read: options and configuration as one `settings`."""

    @wraps(body)
    def run(*, settings: Callable[[], Settings], **rest: Any) -> None:
        body(settings=settings(), **rest)

    return parsing_later(run)


def parsing_later(body: Body) -> Body:
    """The same where lines are read only now and then: `settings` makes them when it is called, and costs nothing before."""

    @wraps(body)
    def run(*, input_tz: str | None, default_service: str | None, trace_key: str | None, no_redact: bool, **rest: Any) -> None:
        body(settings=partial(parsing_settings, input_tz, default_service, trace_key, not no_redact), **rest)

    zoned_input = click.option(
        "--input-tz", type=params.zone_name, envvar="LOGTRACE_INPUT_TZ", metavar="ZONE",
        help="Zone of times in the logs that name none; else UTC.",
    )  # fmt: skip
    service = click.option(
        "--default-service", envvar="LOGTRACE_DEFAULT_SERVICE", metavar="NAME",
        help="Service of lines whose service nothing else tells.",
    )  # fmt: skip
    key = click.option(
        "--trace-key", type=params.key, envvar="LOGTRACE_TRACE_KEY", metavar="KEY",
        help="Group lines by this key (request_id, …), before any trace id.",
    )  # fmt: skip
    plain = click.option("--no-redact", is_flag=True, help="Keep secrets as they are; see: logtrace help redaction.")
    return zoned_input(service(key(plain(run))))


def reading(body: Body) -> Body:
    """The options of a verb that shows something; the body gets them as one `screen`."""

    @wraps(body)
    def run(*, tz: tzinfo, as_json: bool, no_color: bool, no_pager: bool, **rest: Any) -> None:
        body(screen=Screen(tz, as_json, not no_color, not no_pager), **rest)

    return zoned(in_json(coloured(paged(talking(run)))))


def zoned(body: Body) -> Body:
    """--tz, as a tzinfo; first, because --since is read in it."""
    return click.option(
        "--tz", type=params.zone, is_eager=True, default=_configured_zone, envvar="LOGTRACE_TZ", metavar="ZONE",
        help="Times in this zone, such as Europe/Berlin; else UTC.",
    )(body)  # fmt: skip


def in_json(body: Body) -> Body:
    """--json, as as_json."""
    return click.option("--json", "as_json", is_flag=True, envvar="LOGTRACE_JSON", help="JSON; see: logtrace help json.")(body)


def coloured(body: Body) -> Body:
    """--no-color, as no_color."""
    about = "No colours; NO_COLOR=1 does the same."
    return click.option("--no-color", is_flag=True, envvar="LOGTRACE_NO_COLOR", help=about)(body)


def quieted(body: Body) -> Body:
    """-q: the verb's summary and its progress are left out."""
    return click.option("-q", "--quiet", is_flag=True, envvar="LOGTRACE_QUIET", help="Neither progress nor summary.")(body)


def paged(body: Body) -> Body:
    """--no-pager, as no_pager."""
    return click.option("--no-pager", is_flag=True, envvar="LOGTRACE_NO_PAGER", help="No pager on a terminal.")(body)


def window(body: Body) -> Body:
    """--since and --until, as since_ns and until_ns; UsageError where the window ends before it begins."""

    @wraps(body)
    def run(*, since_ns: int | None, until_ns: int | None, **rest: Any) -> None:
        if since_ns is not None and until_ns is not None and since_ns > until_ns:
            raise UsageError("--since is later than --until", "a window goes from --since up to --until")
        body(since_ns=since_ns, until_ns=until_ns, **rest)

    since = click.option(
        "--since", "since_ns", type=params.instant, envvar="LOGTRACE_SINCE", metavar="TIME",
        help="From: 1h, yesterday, 2024-01-10T14:30Z.",
    )  # fmt: skip
    until = click.option("--until", "until_ns", type=params.instant, envvar="LOGTRACE_UNTIL", metavar="TIME", help="Up to.")
    return since(until(run))


def _configured_zone() -> str:
    from logtrace import config

    return config.load().tz


def _configure(_ctx: click.Context, _param: click.Parameter, path: str | None) -> None:
    if path is not None:
        from logtrace import config

        config.use(path)


def _debug(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        ctx.ensure_object(State).debug = True
