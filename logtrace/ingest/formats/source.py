"""What a piece of log looks like once its values are found: columns of concepts, attributes, and the lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from logtrace.model import Attribute

ABSENT = msgspec.UNSET
"""Stands for a parent key that a line does not have; a null there says that the span is a root."""


class Source(NamedTuple):
    """What Columns reads: the values of concepts by name, attributes and text of each line, the unit of durations."""

    concepts: dict[str, Sequence[Any]]
    attributes: Sequence[tuple[Attribute, ...]]
    lines: Sequence[bytes]
    unit: str
    objects: Sequence[dict[str, Any]]
