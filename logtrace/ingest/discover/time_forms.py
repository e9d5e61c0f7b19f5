"""The forms in which people write times, and which of them a text may be in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import product

from logtrace.ingest.vocabulary.readings import strptime_ns

_DAYS = (
    "%Y/%m/%d", "%Y-%m-%d", "%Y.%m.%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d/%b/%Y", "%d-%b-%Y",
    "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%y/%m/%d",
)  # fmt: skip
_CLOCKS = ("%H:%M:%S.%f", "%H:%M:%S,%f", "%H:%M:%S")
_JOINED = ("{clock} {day}", "{day} {clock}", "{day}_{clock}", "{day}-{clock}", "{day}:{clock}", "{day}T{clock}", "{day}, {clock}")
FORMS = (
    "%d.%m.%Y %H:%M:%S,%f", "%d.%m.%Y %H:%M:%S.%f", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y, %H:%M:%S",
    "%d.%m.%y %H:%M:%S",
    "%d/%b/%Y:%H:%M:%S %z", "%d/%b/%Y:%H:%M:%S.%f %z", "%d/%b/%Y:%H:%M:%S.%f", "%d/%b/%Y %H:%M:%S", "%d/%b/%Y:%H:%M:%S",
    "%d-%b-%Y %H:%M:%S.%f", "%d-%b-%Y %H:%M:%S", "%d-%b-%y %H.%M.%S.%f", "%d-%b-%y %I.%M.%S.%f %p", "%d-%b-%y %H:%M:%S.%f",
    "%d %b %Y %H:%M:%S.%f", "%d %b %Y %H:%M:%S,%f", "%d %b %Y %H:%M:%S", "%b %d, %Y %H:%M:%S.%f", "%b %d, %Y %H:%M:%S",
    "%b %d %Y %H:%M:%S.%f", "%b %d %Y %H:%M:%S", "%a, %d %b %Y %H:%M:%S %z", "%a, %d %b %Y %H:%M:%S %Z",
    "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %Z %Y",
    "%d/%m/%Y %H:%M:%S.%f", "%d/%m/%Y %H:%M:%S,%f", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y %H:%M:%S.%f", "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S.%f %p", "%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S.%f %p", "%d/%m/%Y %I:%M:%S %p",
    "%Y-%m-%d %I:%M:%S.%f %p", "%Y-%m-%d %I:%M:%S %p", "%b %d, %Y %I:%M:%S.%f %p",
    "%b %d, %Y %I:%M:%S %p", "%d-%m-%Y %H:%M:%S.%f", "%d-%m-%Y %H:%M:%S,%f", "%d-%m-%Y %H:%M:%S",
    "%Y%m%d%H%M%S%f", "%Y%m%dT%H%M%S.%f", "%Y%m%dT%H%M%S.%f%z", "%Y%m%dT%H%M%S%z", "%Y%m%dT%H%M%S", "%Y%m%d %H%M%S",
    "%y%m%d %H:%M:%S.%f", "%y%m%d %H:%M:%S",
    "%Y%m%d-%H%M%S.%f", "%Y%m%d %H%M%S.%f", "%Y%m%d-%H:%M:%S.%f", "%Y%m%d %H:%M:%S.%f", "%Y%m%d %H:%M:%S",
    "%Y.%m.%d %H:%M:%S.%f", "%Y.%m.%d %H:%M:%S",
    "%Y-%m-%d-%H.%M.%S.%f", "%Y-%m-%d %H.%M.%S", "%Y-%m-%d %H:%M:%S:%f",
    *(how.format(day=day, clock=clock) for how, day, clock in product(_JOINED, _DAYS, _CLOCKS)),
    *(f"{day} {clock}" for day, clock in product(("%b %d", "%m-%d", "%m/%d", "%d %b"), _CLOCKS)),
)  # fmt: skip
"""Forms of times that are tried, after all that is read without being told."""

_WORDS, _ZONES = ("%a", "%b", "%p"), ("%z", "%Z")


def forms_of(text: str) -> Iterator[str]:
    """The forms that a text can be read in, in the order of FORMS."""
    shape = _shape(text)
    return (form for form in FORMS if _shape_of_form(form) in (shape, None) and strptime_ns(text, form) is not None)


@cache
def _shape_of_form(form: str) -> str | None:
    """The shape of all texts in a form; None where they have several. To look at it first spares nearly all tries: a form that
    is tried has to be compiled each time, since `datetime.strptime` remembers five."""
    if any(zone in form for zone in _ZONES):
        return None
    return _shape(re.sub("%[A-Za-z]", lambda directive: "a" if directive[0] in _WORDS else "0", form))


def _shape(text: str) -> str:
    """A text without spaces, with one sign for each run of letters and one for each of digits."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", re.sub(r"\s+", "", text)))
