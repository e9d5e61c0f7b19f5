from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest.records import Decoder
from logtrace.ingest.vocabulary.mend import dumped, is_binary, mended
from logtrace.model import Record


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"a":NaN,"b":-Infinity,"c":1}', {"a": None, "b": None, "c": 1}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":"caf\xe9"}', {"a": "caf\ufffd"}),
        (b'{"a":"x\\ud800y"}', {"a": "x?y"}),
        (b'{"a":"tab\there"}', {"a": "tab\there"}),
        (b'{"a":1e400,"b":[-2E999],"c":1.5e3}', {"a": "1e400", "b": ["-2E999"], "c": 1500.0}),
    ],
)
def test_what_can_be_mended_without_guessing(line, expected):
    assert mended(line) == expected


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"a":1', "truncated"),
        (b'{"trace_id":"4bf92f35', "truncated"),
        (b'{"a":1}}', "not_json"),
        (b"{'a':1}", "not_json"),
        (b'{"a":' * 100_000, "too_deep"),
        (b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}", "too_deep"),
        (b"[NaN]", "json_array"),
        (b"NaN", "not_object"),
        (b'{"a":1}{"a":2}', "not_json"),
    ],
)
def test_what_cannot_has_a_reason(line, reason):
    assert mended(line) == reason


@given(st.binary(max_size=60) | st.binary(max_size=40).map(lambda data: b'{"a":"' + data + b'"}'))
def test_no_bytes_raise(line):
    assert isinstance(mended(line), dict | str)
    assert is_binary(line) in (True, False)


def test_text_with_colours_and_tabs_is_not_binary():
    assert not is_binary(b"\x1b[31mERROR\x1b[0m\tboom\r")
    assert is_binary(b"plain\0text")
    assert is_binary(bytes(range(1, 9)))
    assert not is_binary("nur Umlaute: äöü".encode("latin-1"))
    assert not is_binary(b"")


@pytest.mark.parametrize("depth", [260, 900])
@pytest.mark.parametrize("key", ["msg", "message", "body", "log", "tags", "error", "service"])
def test_what_is_read_and_too_deep_to_be_written_is_text(depth: int, key: str):
    """orjson reads 1024 levels, and writes 254: a line with one is a line like any other."""
    line = f'{{"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","{key}":{"[" * depth}1{"]" * depth}}}'
    for text in (line, f'{{"log":{json.dumps(line)},"stream":"stdout","time":"2024-01-10T14:30:00Z"}}'):
        record = Decoder().decode(text.encode())
        assert isinstance(record, Record)
        assert record.trace is not None


def test_the_json_of_what_json_does_not_hold():
    assert (dumped([1, "a"]), dumped("\ud800"), dumped(1 << 70)) == (b'[1,"a"]', b'"?"', b'"1180591620717411303424"')
