from __future__ import annotations

from datetime import UTC

import pytest

from logtrace.ingest.envelopes.timestamps import peel


@pytest.mark.parametrize("record", ['{"msg":"x"}', "2025-11-10T19:36:18.1Z [INFO] x", "[2025-11-10T19:36:18Z] INFO x"])
def test_a_time_before_a_record_is_a_layer(record):
    found = peel("2025-11-10T20:36:18.123456789+01:00 " + record, UTC)
    assert (found.inner, found.time_ns, found.zoneless) == (record, 1_762_803_378_123_456_789, False)


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-10T19:36:18.123Z [INFO] [edge-mcp] Tool execution started",
        "2025-11-10T19:36:18.123Z hello {",
        "2025-11-10T19:36:18.123Z",
        "2025-11-10T19:36:18.123 {}",
        "2025-11-31T19:36:18.123Z {}",
    ],
)
def test_a_record_s_own_time_stays(text):
    assert peel(text, UTC) is None


def test_the_time_of_pm2_has_no_zone_and_a_colon():
    found = peel('2025-11-10T19:36:18: {"msg":"done"}', UTC)
    assert (found.inner, found.time_ns, found.zoneless) == ('{"msg":"done"}', 1_762_803_378_000_000_000, True)
    assert peel("2025-11-10T19:36:18: Server listens", UTC) is None
