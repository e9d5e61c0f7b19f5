"""The page tells numbers as the terminal does, to the last digit: ties and edges between units are where two roundings part."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from logtrace.units import format_duration
from logtrace.views.elements.ratios import rate_text, ratio_text, share_text
from tests.page.conftest import Open

pytestmark = pytest.mark.slow

CHANCE = random.Random(5)
DURATIONS_NS = [
    1, 999, 1_000, 1_125, 9_995, 62_500, 99_950, 999_499, 999_500, 1_125_000, 104_500_000, 59_949_999_999, 59_950_000_000,
    60_500_000_000, 61_500_000_000, 3_599_500_000_000, 3_600_000_000_000, 7_199_000_000_000, 172_800_000_000_000,
    *(int(10 ** CHANCE.uniform(0, 15)) for _ in range(2000)),
]  # fmt: skip
RATIOS = [0.625, 0.125, 0.3125, 1, 1.0625, 10.25, 10.75, 99.949, 99.95, 104.5, 1e-3]
SHARES = [0.0005, 0.001, 0.0125, 0.0625, 0.0994, 0.0995, 0.125, 0.625, 0.9949, 0.995, 0.9996, 1]
RATES = [0.0005, 0.01, 1 / 60, 0.999, 1, 10.25, 999.5, 1000, 12_345.6]
MOMENTS_NS = [1_704_897_720_000_000_000 + ms * 1_000_000 for ms in range(1000)]
CASES: list[tuple[str, list[Any], Callable[[Any], str]]] = [
    ("duration", DURATIONS_NS, format_duration),
    ("times", [*RATIOS, *(10 ** CHANCE.uniform(-2, 3) for _ in range(500))], ratio_text),
    ("share", [*SHARES, *(10 ** CHANCE.uniform(-4, 0) for _ in range(500))], share_text),
    ("instant", MOMENTS_NS, lambda ns: f"2024-01-10 14:42:00.{ns // 1_000_000 % 1000:03}"),
    ("per", [*RATES, *(10 ** CHANCE.uniform(-3, 5) for _ in range(500))], rate_text),
]
SHOWN = (
    "async ([name, values]) => { const told = await import('/static/format.js'); return values.map((each) => told[name](each)); }"
)


@pytest.mark.parametrize(("name", "values", "told"), CASES, ids=[case[0] for case in CASES])
def test_numbers(stories: str, open_page: Open, name: str, values: list[Any], told: Callable[[Any], str]):
    shown = open_page(stories).evaluate(SHOWN, [name, values])
    assert [pair for pair in zip(values, shown, map(told, values), strict=True) if pair[1] != pair[2]] == []


def test_a_comparison_has_the_ratios_of_the_terminal(stories: str, open_page: Open):
    page = open_page(f"{stories}compare?bad=b7d9e1a25c3f48e6")
    row = page.get_by_role("row", name="HandleWebSocketMessage")
    row.wait_for()
    assert "0.62×" in row.inner_text()  # 75ms of 120ms: 0.625


@pytest.mark.parametrize("width", [400, 1400])
def test_a_comparison_says_why_a_span_failed_on_any_screen(stories: str, open_page: Open, width: int):
    """What differs lay beyond the edge of a narrow screen, and no screen had the message."""
    page = open_page(f"{stories}compare?bad=b7d9e1a25c3f48e6")
    page.set_viewport_size({"width": width, "height": 800})
    why = page.get_by_text("write: broken pipe")
    why.wait_for()
    seen = why.bounding_box()
    assert seen is not None and seen["x"] < width - 60
