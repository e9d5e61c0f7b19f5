"""What a Prometheus said, for people."""

from __future__ import annotations

from datetime import UTC
from math import nan

import pytest

from logtrace.analysis.traces.correlate import Correlated, Figure, Templates, correlation
from logtrace.views.elements.glyphs import UNICODE
from logtrace.views.requests.correlate import correlate_lines
from tests.builders import throttled


@pytest.mark.parametrize(("values", "says"), [((nan, nan), "not a number all the time"), ((nan, 2.0, 3.0), "2 to 3")])
def test_what_is_no_number_has_no_range(values: tuple[float, ...], says: str):
    queries = correlation(throttled(), 0, Templates(metrics={"rate": "up @ $at"}))
    points = tuple((60.0 * number, value) for number, value in enumerate(values))
    figures = tuple(Figure(metric, nan, points, 1, "") for metric in queries.metrics)
    lines = [line.plain for line in correlate_lines(Correlated(queries, figures), UTC, UNICODE)]
    assert any(line.endswith(says) for line in lines)
    assert not any("0 to 0" in line for line in lines)
