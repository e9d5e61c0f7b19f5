"""Names that nothing in a store has: most often they are misspelt.

One rule for all verbs: a name by itself, the value of a flag, is refused. One in an expression is told beside the answer: it may
stand under `or` or `not`, and rules and `watch` are also about lines that are still to come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from logtrace.ids import parse_trace_id
from logtrace.model import plain_key
from logtrace.query.ast import Kind, Leaf, Node, leaves
from logtrace.query.fields import SPAN
from logtrace.query.rules import Subject
from logtrace.store.reading.protocol import Filter
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.search import names

_NEWEST = 20


def unknown(reader: FragmentReader, node: Node | None) -> Iterator[str]:
    """What of an expression no span has, with near names."""
    for leaf in leaves(node) if node is not None else ():
        if leaf.kind is Kind.ATTRIBUTE and not names.has_key(reader, plain_key(leaf.name)):
            yield f"no span has an attribute {leaf.name!r}{_near(leaf.name, names.keys(reader))}"
        if leaf.kind is Kind.TEXT and leaf.op == "=":
            known = names.texts(reader, leaf.name)
            yield from (f"there is no {leaf.name} {value!r}{_near(str(value), known)}" for value in _missing(leaf, known))


def _missing(leaf: Leaf, known: list[str]) -> Iterator[object]:
    return (value for value in leaf.values if value not in known)


def _near(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 3, 0.5)
    return f"; near it: {', '.join(near)}" if near else ""


def require_known(reader: SqliteReader, service: str, operation: str, keys: Iterable[str], where: str) -> None:
    """Raises UsageError, with near names and else the most frequent ones, where a store knows no such operation (of a service, or
    of any: "") or no span has an attribute of a key."""
    if operation and operation not in (known := names.operations(reader, service)):
        raise names.no_name("operation", operation, known, f"{service} in {where}" if service else where)
    for key in keys:
        if key not in SPAN and not names.has_key(reader, plain_key(key)):
            raise names.no_name("attribute", key, _frequent_keys(reader), where)


def _frequent_keys(reader: SqliteReader) -> list[str]:
    """Keys of attributes, those first that most spans of the newest traces have."""
    newest = [parse_trace_id(each.trace_id) for each in reader.summaries(Filter(limit=_NEWEST))]
    traces = [reader.trace(trace_id) for trace_id in newest if trace_id is not None]
    found = Counter(key for trace in traces if trace is not None for span in trace.spans for key in span.attributes)
    return list(dict.fromkeys([*(key for key, _ in found.most_common()), *names.keys(reader)]))


def unknown_subject(reader: FragmentReader, subject: Subject) -> Iterator[str]:
    """What of the spans that a rule is about is not in a store, with near names; nothing where the store has none at all."""
    for kind, value in (("service", subject.service), ("operation", subject.operation)):
        if value and (known := names.texts(reader, kind)) and value not in known:
            yield f"there is no {kind} {value!r}{_near(value, known)}"
