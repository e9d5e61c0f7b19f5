"""Whatever is folded is in the address, in a few letters where it was folded by depth, and never in many."""

from __future__ import annotations

from typing import Any

import pytest

from tests.page.conftest import Open
from tests.page.test_page import FAILED

pytestmark = pytest.mark.slow

ROUND_TRIPS = """async () => {
    const { foldText, foldsOf } = await import('/static/folds.js');
    let seed = 7;
    const chance = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const wrong = [];
    for (let round = 0; round < 300; round++) {
        const size = 1 + Math.floor(chance() * (round % 10 ? 200 : 20000));
        const depth = [0];
        for (let i = 1; i < size; i++) depth.push(Math.floor(chance() * Math.min(depth[i - 1] + 2, 9)));
        const model = { size, spans: { depth }, hasChildren: (i) => i + 1 < size && depth[i + 1] > depth[i] };
        const can = depth.map((_, i) => i).filter(model.hasChildren);
        const [level, odd] = [Math.floor(chance() * 10), [0, 0.001, 0.1, 0.5][round % 4]];
        model.folded = new Set(can.filter((i) => (depth[i] >= level) !== (chance() < odd)));
        const text = foldText(model);
        const back = foldsOf(text, model);
        const same = back.size === model.folded.size && [...back].every((i) => model.folded.has(i));
        const most = !odd && model.folded.size > 20 ? 4 : 140 + can.length / 6;
        if (!same || text.length > most) wrong.push([round, text]);
        if (encodeURIComponent(text).length > text.length + 2 * 20) wrong.push([round, 'not plain', text]);
    }
    return wrong;
}"""


def test_any_folds_come_back(stories: str, open_page: Open):
    assert open_page(stories).evaluate(ROUND_TRIPS) == []


@pytest.mark.parametrize("text", ["d", "dx", "d1.", "d1.%%%", "d99999999999~____", "x,y", "-1", "0,99999", "1e3"])
def test_what_is_no_such_text_does_no_harm(stories: str, open_page: Open, text: str):
    page: Any = open_page(f"{stories}trace/{FAILED}?fold={text}")
    page.locator(".row").first.wait_for()


def test_a_span_that_is_brought_to_light_is_in_the_address_as_such(stories: str, open_page: Open):
    page = open_page(f"{stories}trace/{FAILED}")
    page.locator(".row").first.wait_for()
    page.keyboard.press("]")
    assert "fold=" in page.url
    page.keyboard.press("e")
    page.keyboard.press("e")
    page.keyboard.press("e")
    shown = [row.inner_text() for row in page.locator(".row:visible .op").all()]
    again = open_page(page.url)
    again.locator(".row").first.wait_for()
    assert [row.inner_text() for row in again.locator(".row:visible .op").all()] == shown
