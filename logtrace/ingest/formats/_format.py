"""What a log format is: data over the alias table, and code only for what data can't say. Modules of this package whose
name stands in FORMATS each hold one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Told = dict[str, Any]
"""One log entry by concepts (see `TOLD`), as a format's own code gives it."""

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Format(NamedTuple):
    """One dialect of JSON objects.

    name, about     for people; `example` is an object as it is logged
    marks           sets of keys; an object with all keys of one of them is of this format. Dotted keys are found nested as
                    well, a step 0 is the first of a list. The first key of a set stands at the top and is rare: lines with it
                    (where the set has a key inside it: with an object under it) are not read the quick way. No sets: the
                    format is told by `fits` alone, record by record, and gives nothing but the unit of a duration
    fits            what the values must be, besides the marks; only for formats without marks
    keys            concept → the keys that hold it, instead of those of the alias table
    durations       (key, unit), before those of the alias table
    unit            the unit of a duration whose key and text tell none: a unit, or (value) → a unit; "" where nobody knows
    containers      objects whose members are meant as if they stood at the top, besides those of the alias table
    values          concept → (value as logged) → the value that the concept has elsewhere
    defaults        concept → its value where the object has no key for it
    time_is_start   the time is when what is told began, where it is told how long it took
    is_span         each object tells of a whole span
    aside           an object tells how long a span took, and neither when it began nor when it ended; its time is another one,
                    beside which the duration does not count
    coarse          durations are rounded, or measured beside the span: the times of its first and last line are better
    roots           an object of a span that names no parent says that there is none
    grouped         ids that stand in no usual place may stand in a group of somebody's own
    own_header      the span in a propagation header is the span itself, not its caller
    silent          what a message says of a duration is prose of the application; it does not count
    rewrite         (object) → the object in words of the alias table; `keys` and all else here are for what comes back
    read            (object) → what it tells, at least one entry; None where it is not of this format after all
    """

    name: str
    about: str
    example: str = ""
    marks: tuple[tuple[str, ...], ...] = ()
    fits: Callable[[dict[str, Any]], bool] | None = None
    keys: Mapping[str, tuple[str, ...]] = NOTHING
    durations: tuple[tuple[str, str], ...] = ()
    unit: str | Callable[[float], str] = ""
    containers: tuple[str, ...] = ()
    values: Mapping[str, Callable[[Any], Any]] = NOTHING
    defaults: Mapping[str, Any] = NOTHING
    time_is_start: bool = False
    is_span: bool = False
    aside: bool = False
    coarse: bool = False
    roots: bool = False
    grouped: bool = False
    own_header: bool = False
    silent: bool = False
    rewrite: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    read: Callable[[dict[str, Any]], list[Told] | None] | None = None


PLAIN = Format("", "any JSON object, by the alias table", grouped=True)
"""The format of objects that no other is meant for."""

TOLD = (
    "time", "level", "body", "event", "service", "trace", "span", "parent", "name", "kind", "start", "end", "duration", "status",
    "error", "error_type", "error_message", "links", "request", "logger",
)  # fmt: skip
"""Concepts of a Told, and "attributes" besides. parent: None says that there is none, no key that nobody knows; duration:
in nanoseconds; status: ok, error or unset; links: (trace id, span id) texts; event: span_start or span_end."""
