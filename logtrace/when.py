"""Points in time as people write them: `1h`, `-1h`, `1h ago`, `yesterday`, `2024-01-10T14:30Z`."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from logtrace.patterns import lazy_pattern
from logtrace.units import NS, NS_PER_S, duration_text_ns, instant_ns

FORMS = "1h, -1h, 1h ago, 14:30, today, yesterday, now, 2024-01-10, 2024-01-10T14:30Z"
_WORDS = lazy_pattern(r"(\d{1,9}(?:\.\d{1,9})?) ?(sec|min|hr|hour|day|w|week)[a-z]*")
_NS = {"sec": NS["s"], "min": NS["m"], "hr": NS["h"], "hour": NS["h"], "day": NS["d"], "w": 7 * NS["d"], "week": 7 * NS["d"]}
_CLOCK = lazy_pattern(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_DAYS_BACK = {"today": 0, "yesterday": 1}


def point_ns(text: str, zone: tzinfo, now_ns: int) -> int | None:
    """The instant that a text means; None where it means none.

    A bare duration is that long ago, whatever its sign. Days begin at midnight in `zone`; a date or time without a
    zone is read in it, a time alone is the last that clocks showed it.
    """
    plain = text.strip().lower()
    if plain == "now":
        return now_ns
    if plain in _DAYS_BACK:
        return _midnight_ns(now_ns, zone, _DAYS_BACK[plain])
    if clock := _CLOCK.fullmatch(plain):
        return _clock_ns(now_ns, zone, *(int(part or 0) for part in clock.groups()))
    ago = _duration_ns(plain.removesuffix("ago").strip().lstrip("-+"))
    return now_ns - ago if ago is not None else instant_ns(text.strip(), zone)


def _duration_ns(text: str) -> int | None:
    """A duration as logs or as people write it: 1h, 1h30m, 30 minutes, 2 weeks."""
    if words := _WORDS.fullmatch(text):
        return round(float(words[1]) * _NS[words[2]])
    return duration_text_ns(text)


def _midnight_ns(now_ns: int, zone: tzinfo, days_back: int) -> int:
    today = datetime.fromtimestamp(now_ns // NS_PER_S, zone).date() - timedelta(days=days_back)
    return int(datetime(today.year, today.month, today.day, tzinfo=zone).timestamp()) * NS_PER_S


def _clock_ns(now_ns: int, zone: tzinfo, hour: int, minute: int, second: int) -> int | None:
    """When clocks in a zone last showed a time of day; None where they never do."""
    if hour > 23 or minute > 59 or second > 59:
        return None
    now = datetime.fromtimestamp(now_ns // NS_PER_S, zone)
    at = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return int((at if at <= now else at - timedelta(days=1)).timestamp()) * NS_PER_S
