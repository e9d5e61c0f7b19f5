"""The structure of a trace: which operation calls which how often, without times, ids and attributes."""

from __future__ import annotations

from collections import Counter

from logtrace.model import Span, Trace

_BUCKETS = (1, 2, 5, 10, 20, 50, 100, 1_000, 10_000)

Form = tuple[str, str, tuple[tuple[int, int], ...]]


class Structures:
    """Numbers for the structures of subtrees: equal for equal ones, across all traces given to one object.

    Two subtrees are alike where service and operation are, and their children are alike, in about the same numbers
    (1, 2, 3 to 5, 6 to 10, …); the order of the children does not count.
    """

    def __init__(self) -> None:
        self._known: dict[Form, int] = {}

    def of(self, trace: Trace) -> dict[int, int]:
        """Span key → the number of its subtree's structure. Without recursion: children before parents."""
        found: dict[int, int] = {}
        for span in reversed(preorder(trace)):
            children = trace.children.get(span.key)
            below = Counter([found[child.key] for child in children]) if children else {}
            form = (span.service, span.name, tuple(sorted((number, bucket(count)) for number, count in below.items())))
            found[span.key] = self._known.setdefault(form, len(self._known))
        return found


def preorder(trace: Trace) -> list[Span]:
    """The spans in tree order, parents first."""
    found: list[Span] = []
    stack = trace.roots[::-1]
    while stack:
        span = stack.pop()
        found.append(span)
        if children := trace.children.get(span.key):
            stack += children[::-1]
    return found


def bucket(count: int) -> int:
    """The number of a count's bucket."""
    return next((number for number, most in enumerate(_BUCKETS) if count <= most), len(_BUCKETS))


def sizes(trace: Trace) -> dict[int, int]:
    """Span key → spans in its subtree, itself included."""
    found: dict[int, int] = {}
    for span in reversed(preorder(trace)):
        found[span.key] = 1 + sum([found[child.key] for child in trace.children.get(span.key, ())])
    return found


def operation(span: Span) -> tuple[str, str]:
    """(service, operation): what two spans share that do the same."""
    return span.service, span.name
