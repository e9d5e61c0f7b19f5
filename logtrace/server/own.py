"""Our own JSON API, which the page is made of. A line in ENDPOINTS is all that an endpoint needs."""

from __future__ import annotations

from logtrace import __version__
from logtrace.analysis.traces.fingerprints import span_fingerprint
from logtrace.errors import UsageError
from logtrace.jobs.verbs.store import Store
from logtrace.model import Span
from logtrace.query.flags import ANY_ERROR, SPAN_ERROR, Flags, node_of
from logtrace.server.endpoint import SERVICE, WINDOW, Endpoint, Given, Json, Param, number, text_ns
from logtrace.server.limits import FROM, listed, part
from logtrace.server.many import MANY
from logtrace.store.reading.protocol import ORDERS
from logtrace.views.json.analysis import trace_errors_json
from logtrace.views.json.compare import compare_json, compare_told_json, similar_json
from logtrace.views.json.page import line_json, page_span_json, page_trace_json
from logtrace.views.json.shapes import VERSION, page_json

MOST_FOUND = 50_000
MOST_LINES_OF_A_SPAN = 1_000


def info(store: Store, given: Given) -> Json:
    """What there is to ask about."""
    status = store.status()
    return {
        "version": VERSION,
        "program": __version__,
        "traces": status.traces,
        "spans": status.spans,
        "start_ns": text_ns(status.start_ns),
        "newest_ns": text_ns(store.newest_ns()),
        **listed("services", part((name for name in store.services_with_spans() if name), given["from"])),
        "sorts": list(ORDERS),
    }


def operations(store: Store, given: Given) -> Json:
    """The operations of a service."""
    found = ({"name": name, "kind": kind} for name, kind in store.operations(given["service"]))
    return {"version": VERSION, **listed("operations", part(found, given["from"]))}


def search(store: Store, given: Given) -> Json:
    """A page of traces."""
    attributes = [_pair(text) for text in given["attr"]]
    asked = {name: given[name] for name in _FLAGS if given[name] is not None}
    node = node_of(Flags(expression=given["q"] or "", attributes=attributes, **asked))
    limit, page = given["limit"], given["page"]
    found = store.search(
        node, text=given["text"], since_ns=given["since"], until_ns=given["until"], order=given["sort"], limit=limit,
        offset=(page - 1) * limit,
    )  # fmt: skip
    return page_json(found, given["sort"], page)


_FLAGS = ("service", "operation", "error", "min_ns", "max_ns", "min_trace_ns", "max_trace_ns", "min_spans", "max_spans")


def _pair(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise UsageError(f"attr {text!r} has no value", "write attr=KEY=VALUE, such as attr=user.id=u-17")
    return key, value


def trace(store: Store, given: Given) -> Json:
    """A trace to draw."""
    found, whole = store.outline(given["trace_id"])
    shown = found if given["raw"] == "true" else found.adjusted
    notes = [note.text for note in store.noted_of(found)]
    return page_trace_json(shown, store.trace_errors(found) if whole else None, notes)


def span(store: Store, given: Given) -> Json:
    """All that is known of one span, with its raw lines."""
    whole, found = store.outlined_span(given["trace_id"], given["span_id"])
    notes = store.noted([span_fingerprint(found)]) if found.error else []
    lines = part(map(line_json, store.span_logs(whole, found)), given["from"], MOST_LINES_OF_A_SPAN)
    return {**page_span_json(found, (), [note.text for note in notes]), **listed("lines", lines)}


def logs(store: Store, given: Given) -> Json:
    """The raw lines of a trace in time order."""
    found = store.logs(store.trace(given["trace_id"]), around_ns=given["around"])
    return {"version": VERSION, "count": len(found), **listed("lines", part(map(line_json, found), given["from"]))}


def find(store: Store, given: Given) -> Json:
    """The spans of a trace that have a text in an attribute, a message, an id or a log line."""
    text = given["text"].lower()
    whole = store.trace(given["trace_id"])
    found = (each.span_id for each in whole.spans if _has(each, text))
    return {"version": VERSION, **listed("spans", part(found, given["from"], MOST_FOUND))}


def _has(each: Span, text: str) -> bool:
    known = (each.service, each.name, each.span_id, each.error_message, each.error_type)
    if any(text in value.lower() for value in known) or any(text in line.body.lower() for line in each.lines):
        return True
    return any(text in f"{key}={value}".lower() for key, value in each.attributes.items())


def trace_errors(store: Store, given: Given) -> Json:
    """The errors of a trace, and where they began."""
    told = trace_errors_json(store.trace_errors(store.trace(given["trace_id"])), [])
    timeline = part(told["timeline"], given["from"])
    return {**told, "count": len(told["timeline"]), **listed("timeline", timeline)}


def similar(store: Store, given: Given) -> Json:
    """Requests like one."""
    return similar_json(store.similar(store.trace(given["trace_id"]), limit=given["limit"]))


def compare(store: Store, given: Given) -> Json:
    """A request beside a good one, or beside the healthy ones most like it."""
    bad = store.trace(given["bad"])
    good = store.trace(given["good"]) if given["good"] else None
    found = store.compare(bad, good)
    told, ratios = compare_json(found), compare_told_json(found)["ratios"]
    nodes = part(told["nodes"], given["from"])
    shown = ratios[given["from"] : nodes.next]
    return {**told, "count": len(ratios), **listed("nodes", nodes), "told": {"ratios": shown}}


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("/info", "What there is to ask about.", info, (FROM,),
             keys=("traces", "spans", "services", "newest_ns", "more", "next")),
    Endpoint(
        "/operations", "The operations of a service.", operations, (SERVICE._replace(required=True), FROM),
        keys=("operations", "more", "next"),
    ),
    Endpoint(
        "/search",
        "A page of traces.",
        search,
        (
            Param("q", "An expression; see: logtrace help search."),
            SERVICE,
            Param("operation", "The name of an operation of the same span."),
            Param("attr", "KEY=VALUE of the same span; may be repeated.", "texts"),
            Param("error", "Traces with an error: any, or one that is not only a line's level.", "choice",
                  choices=(ANY_ERROR, SPAN_ERROR)),
            Param("min_ns", "The span takes at least 250ms, 1.5s, …", "duration"),
            Param("max_ns", "The span takes at most.", "duration"),
            Param("min_trace_ns", "The trace takes at least.", "duration"),
            Param("max_trace_ns", "The trace takes at most.", "duration"),
            number("min_spans", "At least so many spans."),
            number("max_spans", "At most so many spans."),
            Param("text", "A raw line has this text."),
            *WINDOW,
            Param("sort", "The order.", "choice", "newest", choices=ORDERS),
            number("limit", "So many on a page.", 20, 1, 1000),
            number("page", "Which page.", 1, 1, 1_000_000),
        ),
        keys=("expression", "sort", "page", "more", "notes", "traces"),
    ),
    Endpoint(
        "/traces/{trace_id}",
        "A trace to draw: spans in columns, in tree order. The id may be whatever `logtrace show` takes.",
        trace,
        (Param("raw", "Times as logged, where clocks are known to differ.", "choice", choices=("true", "false")),),
        keys=("trace_id", "start_ns", "services", "names", "path", "spans"),
    ),
    Endpoint("/traces/{trace_id}/spans/{span_id}", "All about one span, with its raw lines.", span, (FROM,),
             keys=("span_id", "attributes", "evidence", "lines", "more", "next")),
    Endpoint("/traces/{trace_id}/logs", "Its raw lines in time order.", logs,
             (Param("around", "Also lines that name no trace, from so long before to so long after.", "duration"), FROM),
             keys=("count", "lines", "more", "next")),
    Endpoint("/traces/{trace_id}/find", "Spans with a text.", find, (Param("text", "What to look for.", required=True), FROM),
             keys=("spans", "more", "next")),
    Endpoint("/traces/{trace_id}/errors", "Its errors, and where they began.", trace_errors, (FROM,),
             keys=("root_cause", "causes", "count", "timeline", "more", "next")),
    Endpoint("/traces/{trace_id}/similar", "Requests like it.", similar, (number("limit", "At most so many.", 10, 1, 100),),
             keys=("similar",)),
    Endpoint(
        "/compare",
        "A request beside a good one.",
        compare,
        (
            Param("bad", "The request.", required=True), Param("good", "The good one; else the healthy ones most like it."), FROM,
        ),
        keys=("good", "bad", "count", "nodes", "more", "next", "changes", "told"),
    ),
    *MANY,
)  # fmt: skip
