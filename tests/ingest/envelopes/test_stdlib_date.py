from __future__ import annotations

from datetime import UTC, timedelta, timezone

import pytest

from logtrace.ingest.envelopes.stdlib_date import peel

AT_NS = 1_754_923_154_000_000_000  # 2025-08-11T14:39:14Z


@pytest.mark.parametrize(
    "record",
    ['{"msg":"x"}', "2025-08-11T14:39:14.123-05:00 [INFO] x", "[2025-08-11T19:39:14Z] INFO x", "2025/08/11 14:39:14 x"],
)
def test_a_date_before_a_record_is_a_layer(record):
    found = peel("2025/08/11 14:39:14 " + record, UTC)
    assert (found.inner, found.time_ns, found.zoneless) == (record, AT_NS, True)


def test_microseconds():
    assert peel("2025/08/11 14:39:14.123456 {}", UTC).time_ns == AT_NS + 123_456_000


def test_local_time_is_read_in_the_zone():
    assert peel("2025/08/11 14:39:14 {}", timezone(timedelta(hours=-5))).time_ns == AT_NS + 5 * 3600 * 10**9


@pytest.mark.parametrize(
    "text",
    [
        "2025/08/11 14:39:14 [API] 172.18.0.4 | 200 |    45.31287ms | POST | /api/v1/tools",
        "2025/08/11 14:39:14 Connecting to Redis at redis:6379",
        "2025/08/11 14:39:14 [Recovery] 2025/08/11 - 14:39:14 panic recovered:",
        "2025/08/11 14:39:14",
        "2025/08/11 14:39 {}",
        "2025/02/30 14:39:14 {}",
    ],
)
def test_a_record_s_own_date_stays(text):
    assert peel(text, UTC) is None
