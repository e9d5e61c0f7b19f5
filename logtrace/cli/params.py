"""Types of option values: functions that turn text into a value or say what they take."""

from __future__ import annotations

import time
from datetime import tzinfo

import click

from logtrace.when import FORMS, point_ns

FARTHEST_NS = (1 << 62) - 1
"""So far from 1970 instants go, and so long durations may be: their sums and differences fit the 64 bits of a store."""


def zone(name: str) -> tzinfo:
    """An IANA time zone."""
    from logtrace import config

    try:
        return config.zone(name)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def zone_name(name: str) -> str:
    """The name of an IANA time zone."""
    zone(name)
    return name


def key(name: str) -> str:
    """A key of log lines; "" for none."""
    if any(sign.isspace() or sign in "=\"'{}" for sign in name):
        raise click.BadParameter(f"{name!r} is no key: name the one that stands in the lines, such as request_id or ctx.session")
    return name


def duration(text: str) -> int:
    """A duration with its unit, in nanoseconds."""
    from logtrace.units import duration_text_ns

    found = duration_text_ns(text)
    if found is None or found < 0:
        raise click.BadParameter(f"{text!r} is no duration: write a number with its unit, such as 250ms, 1.5s or 2h")
    if found > FARTHEST_NS:
        raise click.BadParameter(f"{text!r} is too long: a duration is at most 146 years")
    return found


def stretch(text: str) -> int:
    """A duration that is longer than nothing."""
    found = duration(text)
    if found == 0:
        raise click.BadParameter(f"{text!r} is no length: write one above zero, such as 1m or 2h")
    return found


def share(text: str) -> float:
    """A share such as 30% or 0.3."""
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        found = -1.0
    if not 0 <= found < float("inf"):
        raise click.BadParameter(f"{text!r} is no share: write 30% or 0.3")
    return found


def instant(text: str) -> int:
    """A point in time, in nanoseconds; read in the zone of --tz where it names none."""
    found = point_ns(text, click.get_current_context().params["tz"], time.time_ns())
    if found is None:
        raise click.BadParameter(f"{text!r} is no time: write one of {FORMS}")
    if abs(found) > FARTHEST_NS:
        raise click.BadParameter(f"{text!r} is too far away: times go from 1823 to 2116")
    return found
