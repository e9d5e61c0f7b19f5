from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.errors import UsageError
from logtrace.query.ast import And, Count, Kind, Leaf, Not, Or, Scope, asks_a_span
from logtrace.query.grammar import parse
from logtrace.query.text import text_of
from tests.query.expressions import nodes


def attribute(name: str, op: str, *values: object, scope: Scope = Scope.SPAN) -> Leaf:
    return Leaf(scope, name, Kind.ATTRIBUTE, op, values)  # type: ignore[arg-type]


ERROR = Leaf(Scope.SPAN, "error", Kind.ERROR, "=", (True,))


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ("error = true and duration > 5000",
         And((ERROR, Leaf(Scope.SPAN, "duration", Kind.DURATION, ">", (5_000_000_000,))))),
        ("cost.total > 10.0", attribute("cost.total", ">", 10.0)),
        ("user.tier = 'enterprise'", attribute("user.tier", "=", "enterprise")),
        ('ws.connection_id = "conn-abc123"', attribute("ws.connection_id", "=", "conn-abc123")),
        ("error", ERROR),
        ("error == true", ERROR),
        ("duration > '1m2.5s'", Leaf(Scope.SPAN, "duration", Kind.DURATION, ">", (62_500_000_000,))),
        ("duration > 1.5s", Leaf(Scope.SPAN, "duration", Kind.DURATION, ">", (1_500_000_000,))),
        ("trace.span_count >= 3", Leaf(Scope.TRACE, "span_count", Kind.NUMBER, ">=", (3,))),
        ("root.service = 'a' OR any.x = 1",
         Or((Leaf(Scope.ROOT, "service", Kind.TEXT, "=", ("a",)), attribute("x", "=", 1, scope=Scope.ANY)))),
        ("not a exists", Not(attribute("a", "exists"))),
        ("a = 1 or b = 2 and c = 3",
         Or((attribute("a", "=", 1), And((attribute("b", "=", 2), attribute("c", "=", 3)))))),
        ("(a = 1 or b = 2) and c = 3",
         And((Or((attribute("a", "=", 1), attribute("b", "=", 2))), attribute("c", "=", 3)))),
        ("a in (1, 'x', false)", attribute("a", "=", 1, "x", False)),
        ("count(error) > 2", Count(ERROR, ">", 2)),
        (r"a ~ '^\d+\.x'", attribute("a", "~", r"^\d+\.x")),
        (r"'we\'ird key' = 1", attribute("we'ird key", "=", 1)),
        ("ünï-códe/x@y.1 = 1", attribute("ünï-códe/x@y.1", "=", 1)),
        ("backoff_ms > 2s", attribute("backoff_ms", ">", 2000)),
        ("latencySeconds > 250ms", attribute("latencySeconds", ">", 0.25)),
        ("payload.size_bytes > 10mb", attribute("payload.size_bytes", ">", 10_000_000)),
        ("orders.total = -3", attribute("orders.total", "=", -3)),
        ("service=edge-mcp and user.tier = enterprise or a in (x:1, y/2)",
         Or((And((Leaf(Scope.SPAN, "service", Kind.TEXT, "=", ("edge-mcp",)), attribute("user.tier", "=", "enterprise"))),
             attribute("a", "=", "x:1", "y/2")))),
        ("a = truest and b = notes", And((attribute("a", "=", "truest"), attribute("b", "=", "notes")))),
        ("android = 1 and notes = 2 and inner = 3",
         And((attribute("android", "=", 1), attribute("notes", "=", 2), attribute("inner", "=", 3)))),
    ],
)  # fmt: skip
def test_what_an_expression_means(text: str, node: object):
    assert parse(text) == node


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("", 0, "ends where a name"),
        ("error =", 7, "ends where a value"),
        ("service = 7-mcp", 11, "`and`, `or`, or the end of the expression"),
        ("service = not", 10, "a word, or a text in quotes"),
        ("duration > long", 11, "'long' is no duration"),
        ("duration > true", 11, "compared with a duration"),
        ("duration > 5x", 11, "'5x' is no number: its unit may be ns, us, ms, s, m, h, d, kb"),
        ("duration > 1h30m and error", 11, "'1h30m' is no number"),
        ("x2y ! 3", 4, "a comparison"),
        ("name = 'it", 7, "the text that begins here has no ' at its end"),
        ("name = 'O''Brien'", 9, "a quote within a text is written \\', or"),
        ('a = 1 and "b', 10, 'has no " at its end'),
        ("a 'b'", 2, "a comparison"),
        ("a = 1 and", 9, "ends where a name"),
        ("a = (1", 4, "a value"),
        ("(a = 1", 6, ") is expected"),
        ("a = 1)", 5, "`and`, `or`, or the end of the expression"),
        ("a b", 2, "a comparison"),
        ("a in 3", 5, "( is expected"),
        ("a ~ 3", 4, "a text in quotes"),
        ("a ~ '('", 4, "is no pattern"),
        ("count(error) 3", 13, "a sign"),
        ("count(error) > x", 15, "a whole number"),
        ("trace.foo = 1", 0, "a trace has no 'foo'"),
        ("x = 1 and duration > 'long'", 21, "'long' is no duration: write 250ms, 1.5s or 2h"),
        ("duration ~ '5'", 9, "can't be compared by ~"),
        ("error > true", 6, "can't be compared by >"),
        ("error = 'maybe'", 8, "true, false, 'span' or 'line'"),
        ("start > 'soon'", 8, "no time"),
        ("duration > 999999999999999999999d", 11, "146 years"),
        ("a = 1e999", 4, "too large"),
        ("retries > 5s", 10, "does not tell its unit"),
        ("日本 = 'x' and error = maybe", 21, "true, false, 'span' or 'line'"),
    ],
)
def test_an_error_points_at_the_place(text: str, column: int, said: str):
    with pytest.raises(UsageError) as told:
        parse(text)
    assert said in told.value.message
    shown, caret = told.value.hint.split("\n")
    assert shown == text
    cells = column + sum(char in "日本" for char in text[:column])
    assert caret == " " * cells + "^"


def test_a_long_expression_is_shown_around_the_place():
    with pytest.raises(UsageError) as told:
        parse("a = 1 and " * 100 + "b =")
    shown, caret = told.value.hint.split("\n")
    assert len(shown) <= 120
    assert caret.index("^") == len(shown)


@pytest.mark.parametrize("text", ["(" * 10_000, "not " * 10_000 + "a", "count(" * 5_000, "a = '" + "x" * 100_000, "a = 1e999"])
def test_hostile_text_ends_in_an_answer(text: str):
    assert len(refusal(text)) < 500


def test_an_expression_has_an_end():
    assert "more than 200 comparisons" in refusal(" or ".join(["a = 1"] * 201))
    assert not refusal(" or ".join(["a = 1"] * 200))


def refusal(text: str) -> str:
    """What the error of a text shows; "" where it is an expression."""
    try:
        parse(text)
    except UsageError as error:
        return error.message + error.hint
    return ""


@given(nodes)
def test_an_expression_written_out_reads_back_as_it_was(node):
    assert parse(text_of(node)) == node


@given(st.text(max_size=40))
def test_any_text_is_an_expression_or_an_error(text: str):
    if not refusal(text):
        node = parse(text)
        assert parse(text_of(node)) == node


def test_counting_spans_asks_about_no_span():
    assert not asks_a_span(parse("count(error) > 2 and trace.duration > 5s and any.x = 1"))
    assert asks_a_span(parse("not error or trace.duration > 5s"))
