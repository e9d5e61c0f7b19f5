"""Colours. Each service has its own, the same in every view and every run; nothing is told by colour alone."""

from __future__ import annotations

from zlib import crc32

ERROR = "bold red"
SOFT_ERROR = "red"
SLOW = "bold yellow"
DIM = "dim"
LABEL = "bold"

# middle luminance, to be read on black and on white; no red or yellow, which mean something here
SERVICE_COLOURS = tuple(f"color({number})" for number in (32, 133, 29, 67, 98, 37, 71, 168, 61, 130))


def service_style(service: str) -> str:
    """The colour of a service; none for an unknown one."""
    return SERVICE_COLOURS[crc32(service.encode("utf-8", "replace")) % len(SERVICE_COLOURS)] if service else ""
