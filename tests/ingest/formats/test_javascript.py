from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.formats.javascript import _json, literal, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{\n  a: 1\n}", {"a": 1}),
        ("{ 'service.name': 'it\\'s', b: \"x\", c: `y` }", {"service.name": "it's", "b": "x", "c": "y"}),
        ("{ a: undefined, b: null, c: true, d: NaN }", {"a": None, "b": None, "c": True, "d": None}),
        ("{ true: 1, null: 2 }", {"true": 1, "null": 2}),
        ("{ a: [Object], b: [ 1, [Array], ... 2 more items ], c: [Function: f] }", {"a": None, "b": [1, None], "c": None}),
        ("{ a: 'long'... 20 more characters, b: { c: 1, ... 3 more items } }", {"a": "long", "b": {"c": 1}}),
        ("{ a: [Circular *1], b: Promise { <pending> }, c: [ <1 empty item>, 2 ] }", {"a": None, "b": {}, "c": [None, 2]}),
        (
            "{ a: <ref *1> { b: [Circular *1] }, c: [Object: null prototype] { d: [AsyncFunction: f] } }",
            {"a": {"b": None}, "c": {"d": None}},
        ),
        ("{ a: 1, [Symbol(kind)]: 2 }", {"a": 1, "[Symbol(kind)]": 2}),
        ("{ a: Resource { b: {} }, c: Map(1) {} }", {"a": {"b": {}}, "c": {}}),
        ("{ a: -1.5e3, b: 12n, c: 0x1f, }", {"a": -1500.0, "b": 12, "c": 31}),
        ("{ a: [ 1795360889, 863836743 ] }", {"a": [1795360889, 863836743]}),
        ("{ a: 'line\\nbreak \\u00e9 \\x41' }", {"a": "line\nbreak é A"}),
        ("{ a: }", None),
        ("{ a: 1", None),
        ("[ 1 ]", None),
        ("function () {}", None),
    ],
)
def test_literals(text, expected):
    assert literal(text) == expected


PIECES = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    " ",
    "\n",
    "'x y'",
    "'a.b'",
    "a",
    "b: ",
    "undefined",
    "null",
    "1",
    "-2.5",
    "[Object]",
    "''",
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_plain_literals_are_what_all_are(text):
    found = plain(f"{{ a: {text} }}")
    assert found is None or orjson.loads(_json(f"{{ a: {text} }}") or "") == found


@given(st.text(max_size=60) | st.text("{}[]:,'\"`.\\ \nabc01-ux", max_size=40))
def test_no_text_raises(text):
    assert literal(text) is None or isinstance(literal(text), dict)
