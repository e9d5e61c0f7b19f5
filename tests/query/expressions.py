"""Expressions for property tests, over the few names and values that the stories of tests have."""

from __future__ import annotations

from hypothesis import strategies as st

from logtrace.query.ast import And, Count, Kind, Leaf, Node, Not, Or, Scope
from logtrace.query.fields import OPERATORS, SPAN, TRACE

KEYS = ("user.id", "user_id", "http.status", "flag", "list", "only one", "nosuch", "ü")
TEXTS = ("ada", "5", "5.0", "true", "", "a'b\\", "ü", "zz")
_span_scopes = st.sampled_from([Scope.SPAN, Scope.SPAN, Scope.ANY, Scope.ALL, Scope.ROOT])
_numbers = st.sampled_from([0, 1, 5, 5.0, 2.5, -3, 500, 10**12])
_plain = st.one_of(st.sampled_from(TEXTS), _numbers, st.booleans())
_MS = 1_000_000
_T0 = 1_704_897_000_000 * _MS

_VALUES = {
    Kind.TEXT: st.sampled_from(["edge", "db", "POST /tasks", "Insert", "server", "zz", ""]),
    Kind.DURATION: st.sampled_from([0, 1, 10 * _MS, 15 * _MS, 30 * _MS, 10**15]),
    Kind.INSTANT: st.sampled_from([_T0, _T0 + 100 * _MS, _T0 + 5 * _MS]),
    Kind.ERROR: st.sampled_from([True, False, "span", "line"]),
    Kind.NUMBER: st.integers(0, 4),
    Kind.ATTRIBUTE: _plain,
}
_PATTERNS = st.sampled_from(["a", "^5", "x$", "(?i)ADA", "[0-9]+", "T /t"])


@st.composite
def leaves(draw: st.DrawFn) -> Leaf:
    """A comparison of any kind."""
    if draw(st.integers(0, 4)) == 0:
        scope, name = Scope.TRACE, draw(st.sampled_from(list(TRACE)))
        kind = TRACE[name]
    else:
        scope, name = draw(_span_scopes), draw(st.sampled_from([*SPAN, *KEYS, *KEYS]))
        kind = SPAN.get(name, Kind.ATTRIBUTE)
    op = draw(st.sampled_from(OPERATORS[kind]))
    if op == "exists":
        return Leaf(scope, name, kind, op)
    if op == "~":
        return Leaf(scope, name, kind, op, (draw(_PATTERNS),))
    many = draw(st.integers(1, 3)) if op == "=" else 1
    return Leaf(scope, name, kind, op, tuple(draw(_VALUES[kind]) for _ in range(many)))


def _grown(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    counts = st.builds(Count, parts, st.sampled_from(["=", "!=", ">", ">=", "<", "<="]), st.integers(0, 3))
    return several.map(And) | several.map(Or) | parts.map(Not) | counts


nodes: st.SearchStrategy[Node] = st.recursive(leaves(), _grown, max_leaves=5)
