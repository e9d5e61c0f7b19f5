"""What to ask next about a trace: whole commands, which read what this one read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from logtrace import config
from logtrace.model import Trace
from logtrace.views.elements.ids import IdLength, significant_id
from logtrace.views.elements.next_steps import NextSteps, Step

if TYPE_CHECKING:
    from logtrace.cli.find import Page

MOST_FILES = 4


def step(verb: str, *words: str, tells: str) -> Step:
    """A command of this program that reads the same store or files."""
    return Step(("logtrace", verb, *words, *where()), tells)


def short(trace_id: str, id_length: IdLength) -> str:
    """An id as people type it: as much of its beginning as means it alone."""
    text = significant_id(trace_id)
    return text[: id_length([text])]


def after_show(page: Page, slow: bool) -> NextSteps:
    """For a trace that failed, or that has slow spans."""
    trace, name, steps = page.trace, _name(page), list[Step]()
    if trace.errors or trace.failures:
        steps.append(_errors(name))
    elif slow:
        words = ("--whole-trace",) if _is_mostly_beyond(trace) else ()
        steps.append(step("bottlenecks", name, *words, tells="what decided how long it took"))
    return _steps([*steps, *_compare(page)] if steps else [])


def _is_mostly_beyond(trace: Trace) -> bool:
    """Whether most of a trace is what its root set off and did not wait for."""
    root_ns = trace.roots[0].duration_ns if trace.roots else None
    return root_ns is not None and (trace.duration_ns or 0) > 2 * root_ns


def after_errors(page: Page) -> NextSteps:
    """For a trace whose errors were told."""
    around = step("logs", _name(page), "--around", "2s", tells="its log lines, and those beside it")
    return _steps([*_compare(page), around] if page.trace.errors or page.trace.failures else [])


def after_bottlenecks(page: Page, whole_trace: bool) -> NextSteps:
    """For a trace whose slow spans were told; whole_trace: also those that no root waited for."""
    mostly = not whole_trace and _is_mostly_beyond(page.trace)
    rest = step("bottlenecks", _name(page), "--whole-trace", tells="what decided how long all of it took")
    return _steps([*([rest] if mostly else []), *_compare(page)])


def after_kinds(example: str, id_length: IdLength) -> NextSteps:
    """For kinds of errors of many requests; example: a request with the first of them, "" for none."""
    return _steps([_errors(short(example, id_length))] if example else [])


def after_compare(good: Trace, bad: Trace, id_length: IdLength) -> NextSteps:
    """For two traces that were compared."""
    if good.trace_id == bad.trace_id:
        return NextSteps([])
    name, beside = short(bad.trace_id, id_length), short(good.trace_id, id_length)
    report = step("report", name, beside, tells="all of it as Markdown")
    return _steps([*([_errors(name)] if bad.errors else []), report])


def _steps(steps: list[Step]) -> NextSteps:
    """No steps where this call read more files (a pattern, as a shell writes it out) than anybody wants to see again."""
    files = click.get_current_context().params.get("files") or ()
    return NextSteps(steps if len(files) <= MOST_FILES else [])


def _errors(name: str) -> Step:
    return step("errors", name, tells="where its errors began")


def _compare(page: Page) -> list[Step]:
    """Nothing where the store has no healthy request that begins alike."""
    return [step("compare", _name(page), tells="beside a healthy one")] if page.comparable() else []


def _name(page: Page) -> str:
    return short(page.trace.trace_id, page.id_length)


def where() -> list[str]:
    """The words of this call that say what it reads, or where it writes; none where a call without them would find it."""
    context = click.get_current_context()
    if files := context.params.get("files"):
        return ["--from", *files]
    store = context.params.get("store")
    given = context.get_parameter_source("store") is ParameterSource.COMMANDLINE or store != os.environ.get("LOGTRACE_STORE")
    configured = config.named()
    return [*(["--store", str(store)] if store and given else []), *(["--config", configured] if configured else [])]
