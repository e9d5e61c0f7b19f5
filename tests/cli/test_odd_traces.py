"""Traces that are hostile, without times, without parents, of one line: an honest answer from every verb, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Call
from tests.jobs.stores import line, write

HOSTILE, UNTIMED, LINES_ALONE, INFERRED = (f"{digit}" * 31 + "b" for digit in "1234")
NAME = "a\x1b[2J\n`x` ```\n@channel 'quoted' \"\u202e\" größe 你好 <b>"
VERBS = [
    ("show",), ("show", "--markdown"), ("show", "--linked"),
    ("bottlenecks",), ("errors",), ("compare",), ("similar",), ("report",),
]  # fmt: skip


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from logtrace import api

    folder = tmp_path_factory.mktemp("odd")
    lines = [
        line(HOSTILE, "a" * 16, 10, NAME, operation=NAME, service=NAME, duration_ms=9, error=NAME, level="error", **{NAME: NAME}),
        line(HOSTILE, "b" * 16, 9, "x", operation=f"{NAME}2", service=NAME, duration_ms=3, parent_span_id="a" * 16),
        *(json.dumps({"trace_id": UNTIMED, "span_id": f"{n:016x}", "operation": "op", "error": "boom"}) for n in (1, 2)),
        line(LINES_ALONE, "", 1, "said"),
        *(line(INFERRED, f"{n:016x}", 100 - n, "x", operation=f"op{n}", duration_ms=90 - 9 * n) for n in range(1, 6)),
    ]
    api.ingest([str(write(folder / "a.log", lines))], folder / "s.db")
    return folder / "s.db"


def run(call: Call, odd: Path, verb: tuple[str, ...], trace: str, *more: str) -> Any:
    """The output of a verb for a trace; compare finds no healthy one to compare with, and says so."""
    code = 5 if verb[0] == "compare" else 0
    return call(verb[0], trace, *verb[1:], *more, "--store", odd, code=code)


@pytest.mark.parametrize("trace", [HOSTILE, UNTIMED, LINES_ALONE, INFERRED])
@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_any_trace_gets_an_answer(verb: tuple[str, ...], trace: str, call: Call, odd: Path):
    told = run(call, odd, verb, trace)
    assert told.out or told.err
    assert all(char.isprintable() or char in "\n\u200b\u3000" for char in told.out + told.err)
    if verb[0] != "compare":
        json.loads(run(call, odd, verb, trace, "--json").out)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("search", "--service", "zz"), 2), (("errors", "--service", "zz"), 2), (("traces", "--service", "zz"), 2),
        (("bottlenecks", "--operation", "zz"), 2), (("stats", "--operation", "zz"), 2), (("search", "-a", "zz=1"), 2),
        (("search", "--operation", "zz"), 2), (("show", HOSTILE, "--span", "zz"), 5),
        (("show", HOSTILE, "--explain", "zz"), 5), (("show", HOSTILE, "--service", "zz"), 2),
    ],
    ids=str,
)  # fmt: skip
def test_names_that_errors_offer_add_no_line(asked: tuple[str, ...], code: int, call: Call, odd: Path):
    told = call(*asked, "--store", odd, code=code).err
    assert [line.partition(":")[0] for line in told.splitlines()] == ["error", "hint"]
    assert all(char.isprintable() or char == "\n" for char in told)


def test_two_of_them_compared(call: Call, odd: Path):
    for one in (HOSTILE, UNTIMED, LINES_ALONE, INFERRED):
        for other in (HOSTILE, UNTIMED, LINES_ALONE, INFERRED):
            told = call("compare", one, other, "--store", odd)
            assert "\x1b" not in told.out
            if LINES_ALONE in (one, other):
                assert "no spans, only log lines" in told.out
            elif one != other:
                assert "nothing: no operation of one answers to one of the other" in told.out


def test_what_is_not_known_is_not_told(call: Call, odd: Path):
    assert "path      not known" in call("bottlenecks", UNTIMED, "--store", odd).out
    assert "(no time)" in call("errors", UNTIMED, "--store", odd).out
    assert "path" not in call("show", LINES_ALONE, "--store", odd).out
    assert "inferred parent" in call("bottlenecks", INFERRED, "--store", odd).out


def test_kinds_of_hostile_errors(call: Call, odd: Path):
    told = call("errors", "--store", odd).out
    assert all(char.isprintable() or char in "\n\u3000" for char in told)
    assert r"\x1b[2J\n" in told
