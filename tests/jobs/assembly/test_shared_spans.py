"""Span ids that several services log, beside lines that name no service: one store, in whatever runs the lines came."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.jobs.stores import TRACES, instant, take, views, write

FILES = ("one", "two")


class Told(NamedTuple):
    """A line: at which millisecond, its file, its span, the service it names, its event, the parent it names."""

    at: int
    file: int
    span: str
    service: str = ""
    event: str = ""
    parent: str = ""

    def text(self) -> str:
        names = {"service": self.service, "event": self.event, "parent_span_id": self.parent}
        told = {"time": instant(self.at), "trace_id": TRACES[0], "span_id": self.span, "msg": f"at {self.at}"}
        return orjson.dumps(told | {key: value for key, value in names.items() if value}).decode()


A, B = "a1" * 8, "b2" * 8
TOLD = st.builds(
    Told, st.integers(0, 900), st.sampled_from((0, 1)), st.sampled_from((A, B)), st.sampled_from(("", "api", "db", "db")),
    st.sampled_from(("", "", "span_start", "span_end")), st.sampled_from(("", "", A)),
)  # fmt: skip
LATER_OWNER = [Told(500, 0, A, "db"), Told(300, 1, A), Told(100, 0, A, "api", "span_start")]
"""Nobody knows that the second line is the api's before the third is there."""

HALF = [
    Told(84, 0, A, "db", "span_start"), Told(82, 0, A, "api"), Told(271, 1, B, "", "span_start"), Told(47, 1, B, "", "span_end"),
    Told(412, 0, B, "api", "span_start"),
]  # fmt: skip
"""The half that the api has of A is rebuilt in every run, with the bounds of what is below it."""


@pytest.mark.slow
@given(st.lists(TOLD, min_size=2, max_size=8, unique_by=lambda told: told.at), st.integers(0, 7), st.integers(0, 7))
@example(LATER_OWNER, 1, 2)
@example(HALF, 2, 4)
def test_any_runs_give_one_store(tmp_path_factory: pytest.TempPathFactory, told: list[Told], one: int, two: int) -> None:
    folder = tmp_path_factory.mktemp("runs")
    kept, begun = folder / "kept", sorted((one, two))
    kept.mkdir()
    for number, some in enumerate((told[: begun[0]], told[begun[0] : begun[1]], told[begun[1] :])):
        if some:
            take(folder / "runs.db", *_files(folder / str(number), some))
    take(folder / "one.db", *_files(kept, told))
    assert views(folder / "runs.db") == views(folder / "one.db")


def _files(folder: Path, told: list[Told]) -> list[Path]:
    folder.mkdir(exist_ok=True)
    named = [(name, [each.text() for each in told if each.file == number]) for number, name in enumerate(FILES)]
    return [write(folder / f"{name}.log", lines) for name, lines in named if lines]
