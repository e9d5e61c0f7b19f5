"""Types of option values: functions that turn text into a value or say what they take."""

from __future__ import annotations

import time
from datetime import tzinfo

import click

from logtrace.cli.when import FORMS, point_ns


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


def duration(text: str) -> int:
    """A duration with its unit, in nanoseconds."""
    from logtrace.units import duration_text_ns

    found = duration_text_ns(text)
    if found is None or found < 0:
        raise click.BadParameter(f"{text!r} is no duration: write a number with its unit, such as 250ms, 1.5s or 2h")
    return found


def instant(text: str) -> int:
    """A point in time, in nanoseconds; read in the zone of --tz where it names none."""
    found = point_ns(text, click.get_current_context().params["tz"], time.time_ns())
    if found is None:
        raise click.BadParameter(f"{text!r} is no time: write one of {FORMS}")
    return found
