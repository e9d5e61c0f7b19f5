"""Points in time as people write them: `1h`, `-1h`, `1h ago`, `yesterday`, `2024-01-10T14:30Z`."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from logtrace.units import NS_PER_S, duration_text_ns, instant_ns

FORMS = "1h, -1h, 1h ago, today, yesterday, now, 2024-01-10, 2024-01-10T14:30Z"
_DAYS_BACK = {"today": 0, "yesterday": 1}


def point_ns(text: str, zone: tzinfo, now_ns: int) -> int | None:
    """The instant that a text means; None where it means none.

    A bare duration is that long ago, whatever its sign. Days begin at midnight in `zone`; a date or time without a
    zone is read in it.
    """
    plain = text.strip().lower()
    if plain == "now":
        return now_ns
    if plain in _DAYS_BACK:
        return _midnight_ns(now_ns, zone, _DAYS_BACK[plain])
    ago = duration_text_ns(plain.removesuffix("ago").strip().lstrip("-+"))
    return now_ns - ago if ago is not None else instant_ns(text.strip(), zone)


def _midnight_ns(now_ns: int, zone: tzinfo, days_back: int) -> int:
    today = datetime.fromtimestamp(now_ns // NS_PER_S, zone).date() - timedelta(days=days_back)
    return int(datetime(today.year, today.month, today.day, tzinfo=zone).timestamp()) * NS_PER_S
