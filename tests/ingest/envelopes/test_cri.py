from __future__ import annotations

from datetime import UTC

import pytest

from logtrace.ingest.envelopes.cri import ENVELOPE, peel

TIME_NS = 1_762_803_378_123_456_789


def test_tells_text_time_and_stream():
    found = peel("2025-11-10T19:36:18.123456789Z stderr F hello world", UTC)
    assert (found.inner, found.time_ns, found.stream, found.partial) == ("hello world", TIME_NS, "stderr", False)
    assert found.resource == (("log.iostream", "stderr"),)


def test_flag_p_goes_on_and_keeps_spaces():
    found = peel("2025-11-10T19:36:18.1Z stdout P  half ", UTC)
    assert found.partial
    assert found.inner == " half "


@pytest.mark.parametrize(
    "head",
    ["2025-11-10T19:36:18.123456789Z stdout F:tag ", "2025-11-10T20:36:18.123456789+01:00 stdout F "],
)
def test_tags_and_offsets(head):
    assert peel(head + "x", UTC) == peel("2025-11-10T19:36:18.123456789Z stdout F x", UTC)


def test_an_empty_text_is_a_text():
    assert peel("2025-11-10T19:36:18Z stdout F ", UTC).inner == ""


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-10T19:36:18.123456789Z stderr",
        "2025-11-10T19:36:18.123456789Z stdin F x",
        "2025-11-10T19:36:18.123456789Z stderr X x",
        "2025-11-10T19:36:18.123456789 stderr F x",
        "2025-13-10T19:36:18.123456789Z stderr F x",
        " 2025-11-10T19:36:18.123456789Z stderr F x",
        "2025-11-10T19:36:18.123Z [INFO] [edge-mcp] stderr F x",
    ],
)
def test_cut_and_other_lines_are_no_layer(text):
    assert peel(text, UTC) is None


@pytest.mark.parametrize(
    ("line", "maybe"),
    [
        (b"2025-11-10T19:36:18Z stdout P x", True),
        (b"2025-11-10T20:36:18.123456789+01:00 stderr P:t x", True),
        (b"2025-11-10T19:36:18.123456789Z stdout F stdout P x", False),
        (b"2025-11-10T19:36:18.123Z [INFO] [edge-mcp] stdout P x", False),
    ],
)
def test_the_flag_tells_whether_it_may_go_on(line, maybe):
    assert ENVELOPE.splitting.may_be_partial(line) is maybe
