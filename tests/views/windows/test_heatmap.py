from __future__ import annotations

from datetime import UTC
from xml.etree import ElementTree

import pytest

from logtrace.analysis.statistics.heatmap import Heatmap, heatmap
from logtrace.units import NS
from logtrace.views.elements.glyphs import ASCII
from logtrace.views.windows.heatmap import heatmap_view
from logtrace.views.windows.heatmap_picture import heatmap_picture
from tests.analysis.columns import durations, flat
from tests.builders import T0
from tests.views.show import lines_of


def found(steps: int = 3) -> Heatmap:
    spans = flat(durations("a", [1] * 16 + [1.1, 8], step=3_600), durations("a", [2] * 4, at=120_000, step=1))
    return heatmap(spans, (T0, T0 + steps * NS["m"]), NS["m"])


def test_each_row_is_a_duration_and_each_column_a_step():
    lines = lines_of(heatmap_view(found(), "a", UTC, ASCII), 60)
    rows = [line.rstrip() for line in lines[2:-2]]
    assert [row[8:] for row in rows if row[9:].strip()] == ["| .", "|  :", "|.", "|#"]
    assert rows[0].startswith(" 6.73ms |")
    assert lines[-1].strip() == "spans from: . 1  : 3  * 5  # 9, at most 16"


@pytest.mark.parametrize(
    ("counts", "shades"), [((1, 1), ". 1, at most 1"), ((3, 2, 1), ". 1  * 2  # 3, at most 3"), ((2, 1), ". 1  # 2, at most 2")]
)
def test_the_legend_has_the_shades_that_there_are(counts: tuple[int, ...], shades: str):
    spans = flat(*(durations("a", [1] * many, at=60_000 * place, step=1) for place, many in enumerate(counts)))
    made = heatmap(spans, (T0, T0 + len(counts) * NS["m"]), NS["m"])
    assert lines_of(heatmap_view(made, "a", UTC, ASCII), 60)[-1].strip() == f"spans from: {shades}"


def test_a_long_window_has_several_steps_a_column():
    lines = lines_of(heatmap_view(found(600), "a", UTC, ASCII), 60)
    assert lines[0] == "spans     22 of a, a column each 12m00s"
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize(("kind", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_pictures_are_what_their_names_say(kind: str, magic: bytes):
    assert heatmap_picture(found(), "a", UTC, kind).startswith(magic)


def test_a_map_of_many_cells_is_one_picture_not_as_many_paths():
    spans = flat(*(durations("a", range(1, 200), at=60_000 * place, step=1) for place in range(300)))
    made = heatmap(spans, (T0, T0 + 300 * NS["m"]), NS["m"])
    assert len(made.cells) > 5_000
    assert len(heatmap_picture(made, "a", UTC, "svg")) < 200_000


def test_names_are_text_in_a_picture():
    svg = heatmap_picture(found(), "<script>$x_{$ & co", UTC, "svg")
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    assert heatmap_picture(found(), "<script>$x_{$ & co", UTC, "svg") == svg
