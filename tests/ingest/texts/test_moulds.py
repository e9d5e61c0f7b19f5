from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.texts.mould import mould_of
from logtrace.ingest.texts.moulds import Columns, Moulds

_TRACE, _SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
_KEYS = {b"trace_id": "trace", b"span_id": "span", b"service": "service"}

_values = st.sampled_from(
    ("x", "", _TRACE, _SPAN, "0" * 32, 'a"b', "a\\", "é", "\x7f", "{", ',"trace_id":"', 0, -1, 2**62, 0.5, 1e-9, True, None,
     [], [1], {}, {"trace_id": _SPAN}, {"a": "b"})
)  # fmt: skip
_names = st.fixed_dictionaries(
    {"trace_id": st.sampled_from((_TRACE, _TRACE[::-1], _TRACE.upper(), "0" * 32))},
    optional={"span_id": st.just(_SPAN), "service": st.sampled_from(("api", "é", ""))},
)
_objects = st.builds(
    lambda before, names, behind: {**before, **names, **behind},
    st.dictionaries(st.sampled_from(("time", "n")), _values), _names, st.dictionaries(st.sampled_from(("msg", "tags")), _values),
)  # fmt: skip
_written = st.builds(
    lambda record, tight: orjson.dumps(record) if tight else json.dumps(record, ensure_ascii=False).encode(),
    _objects,
    st.booleans(),
)
_pieces = st.sampled_from((b"", b'"', b"\\", b"}", b"\x01", b"\t", b"\xff", b"0", b',"service":"z"}', b" "))
_broken = st.builds(
    lambda line, at, put: line[: at % len(line)] + put + line[at % len(line) + len(put) // 2 :],
    _written, st.integers(0, 400), _pieces,
)  # fmt: skip


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, _shape(each)) for key, each in value.items()]
    return list(map(_shape, value)) if isinstance(value, list) else isinstance(value, str)


def _keys_of(line: bytes) -> dict[bytes, str]:
    return {key: name for key, name in _KEYS.items() if key.decode() in orjson.loads(line)}


def _read(moulds: Moulds, lines: list[bytes]) -> Columns:
    return moulds.read(b"".join([line + b"\n" for line in lines]), len(lines))


@given(st.lists(_written, min_size=1), st.lists(st.one_of(_written, _broken, _written.map(lambda line: line[:-9])), min_size=1))
def test_what_fits_a_mould_says_what_its_json_says(models: list[bytes], lines: list[bytes]):
    moulds = Moulds()
    for model in models:
        moulds.learn(model, _keys_of(model))
    shapes = [_shape(orjson.loads(model)) for model in models]
    for line, trace, span, service in zip(lines, *_read(moulds, lines), strict=True):
        if trace:
            record = orjson.loads(line)
            assert _shape(record) in shapes
            assert (trace.decode(), span.decode(), service.decode()) == tuple(record.get(key.decode(), "") for key in _KEYS)
            assert int(trace, 16)


def _line(**more: Any) -> bytes:
    return orjson.dumps({"msg": "a b", "trace_id": _TRACE, "span_id": _SPAN, "service": "api", **more})


def test_lines_of_one_make_fit_whatever_their_values_are():
    moulds = Moulds()
    for model in (_line(n=1.5, ok=True, tags={"a": "b"}), _line(tags=[1, "x"]), orjson.dumps({"trace_id": _TRACE, "other": 1})):
        assert moulds.learn(model, _keys_of(model))
        assert not moulds.learn(model, _keys_of(model))
    fitting = [
        _line(n=-20, ok=None, tags={"a": "é"}),
        _line(msg="", tags=[7, "y"]),
        orjson.dumps({"trace_id": _TRACE, "other": 0}),
    ]
    others = [_line(n="1", ok=True, tags={"a": "b"}), _line(tags=[1, "x", 2]), _line(msg="\n", tags=[1, "x"]), b"text", b""]
    names = (_TRACE.encode(), _SPAN.encode(), b"api")
    for lines in ([*fitting, *others], [*others, *fitting]):  # whether or not most fit the first that was made
        for _ in range(2):
            found = dict(zip(lines, zip(*_read(moulds, lines), strict=True), strict=True))
            assert [found[line] for line in fitting] == [names, names, (names[0], b"", b"")]
            assert {found[line][0] for line in others} == {b""}


@pytest.mark.parametrize("odd", [b"\x01", b"\t", b"\xff", b'"', b"\\", b"\\n"])
def test_what_is_no_text_of_json_fits_none(odd: bytes):
    moulds = Moulds()
    moulds.learn(_line(), _keys_of(_line()))
    assert list(map(list, _read(moulds, [_line(msg="a b").replace(b" ", odd)]))) == [[b""]] * 3


def test_two_broken_lines_are_no_line():
    moulds = Moulds()
    moulds.learn(_line(), _keys_of(_line()))
    first, second = _line(msg="a b").split(b" ")
    assert list(_read(moulds, [first, second, _line()])[0]) == [b"", b"", _TRACE.encode()]


@pytest.mark.parametrize(
    "line",
    [
        b'{"trace_id":"%b","trace_id":"x"}', b'{"trace_id":"%b","trace_id":5}', b'{"trace_id":"%b","msg":"\\n"}',
        b'{"trace_id":["%b"]}', b'{"a":{"trace_id":"%b"}}', b'{"msg":"%b"}', b'{"trace_id":"%b" "}',
        b'{"trace_id":"%b","a":[' + b"1," * 300 + b"1]}",
    ],
)  # fmt: skip
def test_no_mould_is_made_of_what_may_mean_something_else(line: bytes):
    assert mould_of(line % _TRACE.encode(), {b"trace_id": "trace"}) is None


def test_there_is_an_end_of_moulds():
    """A log in which every line is of a make of its own is read as it ever was, not slower and slower."""
    moulds = Moulds()
    made = [moulds.learn(line, _keys_of(line)) for line in (_line(**{f"k{n}": 1}) for n in range(200))]
    assert made.count(True) == 60
    heads = [orjson.dumps({f"k{n}": 1, "trace_id": _TRACE}) for n in range(200)]
    assert [moulds.learn(line, _keys_of(line)) for line in heads].count(True) == 7
