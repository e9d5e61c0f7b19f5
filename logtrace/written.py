"""Times that are written otherwise than ISO 8601 asks for, as programs and protocols do:

20241128T120000.250Z                       ISO 8601 without its signs
2024-11-28 12:00:00.25 +0000 UTC m=+0.01   Go's Time.String
2024-11-28T12:00:00.25+01:00[Europe/Rome]  Java's ZonedDateTime
28/Nov/2024:12:00:00 +0000                 access logs
Thu, 28 Nov 2024 12:00:00 GMT              RFC 1123
Thu Nov 28 12:00:00 2024                   C's ctime, date
Thu Nov 28 2024 12:00:00 GMT+0100 (CET)    JavaScript's Date.toString
Nov 28, 2024 @ 12:00:00.250                Kibana; with AM or PM java.util.logging
11/28/2024, 12:00:00 PM                    JavaScript's Date.toLocaleString in the United States

Day and month as numbers alone, which may be the other way round, are none of them without AM or PM in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from logtrace.patterns import lazy_pattern

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?"
_YEAR, _DAY = r"(?P<year>\d{4})", r"(?P<day>\d{1,2})"
_DAY_NAME = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
_FRACTION = r"(?:[.,](?P<fraction>\d{1,18}))?"
_CLOCK = rf"(?P<hour>\d{{1,2}}):(?P<minute>\d\d):(?P<second>\d\d){_FRACTION}"
_ZONE = r"(?:\s*(?:utc|gmt)?(?P<zone>[+-]\d\d:?\d\d)|\s*(?P<utc>z|utc|gmt))?"
_NAMED_ZONE = r"(?:\[[\w/+-]{1,60}\]|\s+[A-Z]{1,5}|\s+[+-]\d\d(?:\d\d)?)?"
_DIGITS_ALONE = rf"{_YEAR}(?P<month>\d\d)(?P<day>\d\d)T(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d){_FRACTION}{_ZONE}"
_OFFSET = r"(?P<zone>[+-]\d\d:?\d\d|(?P<utc>Z))"
_SINCE_START = r"(?:\s+m=[+-][\d.]{1,30})?"
_WITH_ZONES = rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)[T ]{_CLOCK}\s*{_OFFSET}{_NAMED_ZONE}{_SINCE_START}"
_DAY_FIRST = rf"{_DAY_NAME}{_DAY}[/ -]{_MONTH}[/ -]{_YEAR}[: ]{_CLOCK}{_ZONE}"
_MONTH_FIRST = (
    rf"{_DAY_NAME}{_MONTH}\s+{_DAY},?\s+{_YEAR},?\s+(?:@\s+)?{_CLOCK}(?:\s+(?P<half>[ap]m))?{_ZONE}(?:\s+\([^()]{{1,60}}\))?"
)
_AMERICAN = rf"(?P<month>\d{{1,2}})/{_DAY}/{_YEAR},?[ \u202f]{_CLOCK}[ \u202f](?P<half>(?-i:[AP]M))"
_YEAR_LAST = rf"{_DAY_NAME}{_MONTH}\s+{_DAY}\s+{_CLOCK}{_ZONE}\s+{_YEAR}"
_FORMS = tuple(
    lazy_pattern(form, re.ASCII | re.IGNORECASE)
    for form in (_DIGITS_ALONE, _WITH_ZONES, _DAY_FIRST, _MONTH_FIRST, _AMERICAN, _YEAR_LAST)
)
_LONGEST = 100


def parts_of(text: str) -> Sequence[str | None] | None:
    """Year, month, day, hour, minute, second, fraction and zone of a text, each as digits (of the zone: an offset or Z); None
    where it is no time of these forms."""
    if len(text) > _LONGEST:
        return None
    match = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
    if match is None:
        return None
    said = match.groupdict()
    month, hour = said["month"].lower(), int(said["hour"])
    if half := said.get("half"):
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    number = month if month.isdecimal() else str(_MONTHS.index(month[:3]) + 1)
    zone = "Z" if said.get("utc") else said.get("zone")
    return said["year"], number, said["day"], str(hour), said["minute"], said["second"], said["fraction"], zone
