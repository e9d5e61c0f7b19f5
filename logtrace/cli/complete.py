"""What the Tab key offers, from the store. Whatever is wrong with the store, it offers nothing and says nothing."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from logtrace.cli.named import NAMES
from logtrace.errors import LogtraceError
from logtrace.units import counted

if TYPE_CHECKING:
    from logtrace.api import Store

RECENT = 50
FOUND = 4
"""So many characters of an id are looked up in the whole store; with fewer the recent traces are offered."""


def services(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of services."""
    return _offers(ctx, lambda store: ((row.service, f"{counted(row.spans, 'span')}") for row in store.services()), incomplete)


def operations(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of operations, of the service alone that the command line names."""

    def names(store: Store) -> Iterable[tuple[str, str]]:
        given = ctx.params.get("service")
        for service in store.services_with_spans() if given is None else [given]:
            yield from ((name, f"operation of {service}") for name in dict(store.operations(service)))

    return _offers(ctx, lambda store: dict(names(store)).items(), incomplete)


def trace_ids(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Ids of traces with their requests, the most recent first."""

    def summaries(store: Store) -> Iterable[tuple[str, str]]:
        found = store.find(incomplete) if len(incomplete) >= FOUND else store.traces(limit=RECENT)
        yield from NAMES.items()
        yield from ((summary.trace_id, f"{summary.root_service}: {summary.root_name}") for summary in found)

    return _offers(ctx, summaries, incomplete)


def spans(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Operations and span ids of the trace that the command line names."""

    def names(store: Store) -> Iterable[tuple[str, str]]:
        # click has not bound the id yet where nothing follows --span
        trace = store.trace(ctx.params.get("trace_id") or next(iter(ctx.args), ""))
        yield from {span.name: (span.name, f"operation of {span.service}") for span in trace.spans}.values()
        yield from ((span.span_id, span.name) for span in trace.spans)

    return _offers(ctx, names, incomplete)


def _offers(ctx: click.Context, read: Callable[[Store], Iterable[tuple[str, str]]], incomplete: str) -> list[CompletionItem]:
    from logtrace import api, config

    with suppress(LogtraceError), api.open(config.store_path(ctx.params.get("store"))) as store:
        return [CompletionItem(_word(value), help=_clean(about)) for value, about in read(store) if value.startswith(incomplete)]
    return []


def _word(value: str) -> str:
    """bash puts in a word as it is, spaces and all; other shells quote it."""
    for_bash = os.environ.get("_LOGTRACE_COMPLETE", "").startswith("bash")
    return shlex.quote(_clean(value)) if for_bash else _clean(value)


def _clean(text: str) -> str:
    """Names come from logs: neither control characters nor the protocol's line ends may be in them."""
    from logtrace.views.elements.text import clean

    return clean(text)
