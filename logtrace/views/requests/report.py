"""The note about an incident, in Markdown: what happened, why, what is different, what the logs say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from logtrace.analysis.traces.compare import Compared
from logtrace.analysis.traces.errors import TraceErrors
from logtrace.analysis.traces.incident import Incident
from logtrace.units import counted, format_duration
from logtrace.views.comparing.two import compare_view, trace_text
from logtrace.views.elements.glyphs import UNICODE
from logtrace.views.elements.markdown import WIDTH, code, fenced, plain_lines
from logtrace.views.elements.names import place, span_name
from logtrace.views.elements.ratios import percent
from logtrace.views.elements.text import clean, fit, shell_word
from logtrace.views.errors.notes import notes_view
from logtrace.views.errors.of_trace import end_text, no_cause_text, trace_errors_view
from logtrace.views.lines.logs import log_lines
from logtrace.views.requests.bottlenecks import bottlenecks_view
from logtrace.views.tree.details import error_text
from logtrace.views.tree.header import start_text
from logtrace.views.tree.options import WaterfallOptions
from logtrace.views.tree.waterfall import waterfall

MOST_ROWS = 80
MOST_BOTTLENECKS = 5


def report(incident: Incident, options: WaterfallOptions) -> Iterator[str]:
    """The lines of a Markdown document. Text from logs stands in fenced blocks and inline code alone, defused."""
    trace, zone = incident.trace, options.zone
    name = code(fit(span_name(trace.roots[0]), 80)) if trace.roots else "A request without spans"
    yield from (f"# {name}", "", *_summary(incident, zone), "")
    if incident.notes:
        yield from ("## What is known", "", *fenced(plain_lines(notes_view(incident.notes, zone))), "")
    shown = WaterfallOptions(attributes=options.attributes, zone=zone, max_rows=MOST_ROWS)
    tree = waterfall(trace, incident.history, shown, incident.findings)
    yield from ("## What happened", "", *fenced(plain_lines(tree)), "")
    yield from _errors(incident.errors, zone)
    slowest = bottlenecks_view(incident.bottlenecks, MOST_BOTTLENECKS, options.attributes, UNICODE, head=False)
    yield from ("## Where the time went", "", *fenced(plain_lines(slowest)), "")
    yield from _comparison(incident.compared, zone)
    yield from _raw(incident, zone)
    yield from ("## Again", "", *fenced(_commands(incident)))


def _summary(incident: Incident, zone: tzinfo) -> Iterator[str]:
    trace = incident.trace
    yield f"- trace {code(clean(trace.trace_id))}, {counted(len(trace.spans), 'span')}"
    if trace.start_ns is not None:
        yield f"- {start_text(trace, zone, UNICODE)}"
    found = incident.errors
    cause = found.root_cause
    if cause is not None:
        message = fit(clean(error_text(cause.span)), 200) or "no message"
        yield f"- root cause: {code(f'{place(cause.span)}: {message}')}; {code(end_text(cause))}"
    else:
        yield f"- {no_cause_text(found).removeprefix('none: ')}"
    slowest = incident.bottlenecks
    if slowest.spans:
        first, path = slowest.spans[0], slowest.findings.path
        of = f"{code(place(path.root))}, which took {format_duration(path.duration_ns)}" if path.root else "the whole trace"
        share = percent(first.critical_ns, path.duration_ns)
        yield f"- {share} of {of}: {code(place(first.span))}, {format_duration(first.critical_ns)}"


def _errors(found: TraceErrors, zone: tzinfo) -> Iterator[str]:
    if found.timeline:
        yield from ("## Errors", "", *fenced(plain_lines(trace_errors_view(found, zone, UNICODE))), "")


def _comparison(compared: Compared | None, zone: tzinfo) -> Iterator[str]:
    if compared is None:
        return
    found = compared.comparison
    how = "" if compared.similar is None else f" (the most similar healthy one of {compared.similar.looked_at:,} looked at)"
    yield from ("## Beside a good one", "", f"Compared with {code(fit(trace_text(found.a, zone), 160))}{how}.", "")
    view = compare_view(found, zone, UNICODE, others=compared.others)
    yield from (*fenced(plain_lines(view)), "")


def _raw(incident: Incident, zone: tzinfo) -> Iterator[str]:
    """The raw lines, those that are left out counted."""
    if incident.lines:
        texts = [fit(text.plain, 4 * WIDTH) for text in log_lines(incident.lines, zone, raw=False)]
        rest, loud = incident.left_out
        which = f"{loud:,} of them of level warning or above" if loud else "below warning"
        more = [f"and {counted(rest, 'more line')}{', ' if loud else ' '}{which}"] if rest else []
        yield from ("## Log lines", "", *fenced([*texts, *more]), "")


def _commands(incident: Incident) -> Iterator[str]:
    trace_id = shell_word(incident.trace.trace_id)
    yield f"logtrace show {trace_id}"
    yield f"logtrace logs {trace_id} --around 2s"
    if incident.compared is not None:
        yield f"logtrace compare {shell_word(incident.compared.comparison.a.trace_id)} {trace_id}"
    yield f"logtrace similar {trace_id}"
