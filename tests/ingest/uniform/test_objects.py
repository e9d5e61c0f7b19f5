from __future__ import annotations

import pytest

from logtrace.ingest.uniform.objects import LOUD, Objects


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b'{"a":"x","b":2,"c":null}', [("a", '"x"'), ("b", "2")]),
        (b'{"a":"x,\\"y","b":"z}","c":"},\\n{"}', [("a", '"x,\\"y"'), ("b", '"z}"'), ("c", '"},\\n{"')]),
        (
            b'{"a":"one,","b":[{"c":1,"d":2},{"e":3,"f":4}],"g":1.50}',
            [("a", '"one,"'), ("b", '[{"c":1,"d":2},{"e":3,"f":4}]'), ("g", "1.5")],
        ),
        (b'{"a":{"b":1,"c":2},"d":["x","y"]}', [("a.b", "1"), ("a.c", "2"), ("d", '["x","y"]')]),
        (b'{"a":1, "b":2,"c":3}', [("a", "1"), ("b", "2"), ("c", "3")]),
    ],
)
def test_an_object_is_its_members_however_commas_cut_it(text, expected):
    alone, beside = Objects("tags", {}), Objects("tags", {})
    plain = b'{"x":"1","y":"2"}'
    (found,) = alone.column([text])
    assert sorted(each.pair for each in found.attributes) == expected
    assert [sorted(each.pair for each in bundle.attributes) for bundle in beside.column([plain, text, plain])] == [
        [("x", '"1"'), ("y", '"2"')], expected, [("x", '"1"'), ("y", '"2"')],
    ]  # fmt: skip


@pytest.mark.parametrize("text", [b"{}", b'{"a":1},{"b":2}', b'{"a":1},\n{"b":2}', b'"a"', b"7", b'{"a":"\\ud800"}'])
def test_what_is_no_object_with_members_is_for_the_line_and_keeps_no_other_from_being_read(text):
    odd, found = Objects("tags", {}).column([text, b'{"x":"1"}'])
    assert odd is LOUD
    assert [each.pair for each in found.attributes] == [("x", '"1"')]
