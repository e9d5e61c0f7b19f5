"""The verbs, grouped by the question they answer. A verb is a module of this package and a line here.

The module is imported when its verb is called; it has the click command under the name `command`.
"""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """A verb, the question that leads to it, and what it does in a few words."""

    name: str
    question: str
    does: str


VERBS: tuple[Verb, ...] = (
    Verb("show", "What happened to this request?", "the request as a tree with a waterfall, from a store or from files"),
    Verb("logs", "What happened to this request?", "its raw log lines of all services, in time order"),
    Verb("search", "Which requests were like this?", "by service, operation, attributes, errors, durations, any expression"),
    Verb("grep", "Which requests were like this?", "log lines by text or pattern, with their trace, span and service"),
    Verb("timeline", "Which requests were like this?", "what carries a value (a connection, a user) in time order"),
    Verb("bottlenecks", "Why was it slow?", "the spans that decided how long it took, and what to look at"),
    Verb("errors", "What failed, and why?", "where a request's errors began; or what kinds of errors there are, and since when"),
    Verb("note", "What failed, and why?", "keep what is known about an error or a request, where errors and show tell it"),
    Verb(
        "stats",
        "How are requests in general?",
        "operations: how many, how often, failed, p50 to p99, trends; attributes over time",
    ),
    Verb(
        "heatmap",
        "How are requests in general?",
        "how long spans took, over time: in the terminal, as a picture, as rows for Grafana",
    ),
    Verb("compare", "What is different about it?", "a good request beside a bad one, and where they first part"),
    Verb("similar", "What is different about it?", "requests like one: the same calls, the same errors"),
    Verb("report", "How do I tell the others?", "the note about an incident, in Markdown"),
    Verb(
        "export",
        "How do I tell the others?",
        "requests as a file: HTML to open from disk, OTLP, Jaeger, Zipkin, Perfetto, CSV, …",
    ),
    Verb("push", "How do I tell the others?", "traces to a collector or to Jaeger, once or as they come; what is missing there"),
    Verb("serve", "How do I tell the others?", "a page to look at and share, and the API that Jaeger's clients ask"),
    Verb("correlate", "What do other systems say?", "queries for its time: Loki, CloudWatch, PromQL; figures of a Prometheus"),
    Verb("dashboard", "What do other systems say?", "a Grafana dashboard: the trace, its logs, the metrics of its services"),
    Verb("check", "Is all as it should be?", "rules about traces, or a baseline, as a test suite for logs"),
    Verb("lint", "Is all as it should be?", "how services log: lost context, span names, loops, secrets, units"),
    Verb("traces", "What is there?", "requests, the most recent first"),
    Verb("services", "What is there?", "services with their spans, operations and errors"),
    Verb("clocks", "What is there?", "how far the clocks of hosts differ, and how that is known"),
    Verb("status", "What is there?", "the store: sources, counts, rejected lines, size"),
    Verb("doctor", "What is there?", "whether all is well with it, how to mend it; saves a damaged store"),
    Verb("ingest", "How do I get my logs in?", "read log files, once; again: only what is new"),
    Verb("watch", "How do I get my logs in?", "read log files as they grow, until interrupted"),
    Verb("scale", "How do I get my logs in?", "more than one machine holds: on Apache Spark, into Parquet"),
    Verb("import", "How do I get my logs in?", "read traces that were exported: OTLP, Jaeger, Zipkin"),
    Verb("formats", "How do I get my logs in?", "what is known; explain FILE: why lines give what they give"),
    Verb("learn", "How do I get my logs in?", "who calls whom, from traces with parents: for logs without"),
    Verb("redact", "How do I get my logs in?", "secrets in what was ingested before, and taking them out"),
    Verb("prune", "How long does it stay?", "what no rule of logtrace.toml keeps any longer goes"),
    Verb("pin", "How long does it stay?", "keep a trace for good, with a note"),
    Verb("unpin", "How long does it stay?", "let rules decide about a trace again"),
    Verb("sql", "And what I want to know myself?", "ask the store in SQL: table, JSON lines or CSV"),
    Verb("help", "How does it work?", "longer pages: ids, fields to log, SQL views, Python, …"),
    Verb("completion", "How does it work?", "the Tab key, for bash, zsh and fish"),
)


def by_question() -> dict[str, list[Verb]]:
    """Question → its verbs, both in the order of the table."""
    groups: dict[str, list[Verb]] = {}
    for verb in VERBS:
        groups.setdefault(verb.question, []).append(verb)
    return groups
