"""What a push did, and what a receiver has: plain values that jobs fill and views show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Refused(NamedTuple):
    """A span that a receiver does not take, and why."""

    trace_id: str
    span_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did: `spans = sent + known + doubtful + left_changed + left_open + rejected + len(refused)`, where it came
    to its end.

    traces, spans       that were chosen; the spans as far as it came
    sent                were taken; of these `changed` had been taken before in another form
    known               had been taken before as they are
    doubtful            were sent before with others of which some were rejected, and nobody knows which
    left_changed        had been taken in another form, and only what is new was wanted
    left_open           have no end yet
    rejected            were not taken, and the receiver does not say which: by its reason
    refused             were not taken, one by one; the first are named
    redelivered         of all that were sent so many may have arrived twice: sent again where no answer had come
    to_send             of a dry run: how many would be sent
    stopped, hint       why it ended before all was sent, and what to do; "" where it did not
    notes               sentences about what a reader should know
    """

    receiver: str
    traces: int = 0
    spans: int = 0
    sent: int = 0
    changed: int = 0
    known: int = 0
    doubtful: int = 0
    left_changed: int = 0
    left_open: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    refused: tuple[Refused, ...] = ()
    redelivered: int = 0
    batches: int = 0
    retries: int = 0
    bytes_sent: int = 0
    wall_s: float = 0.0
    dry: bool = False
    to_send: int = 0
    stopped: str = ""
    hint: str = ""
    notes: tuple[str, ...] = ()


class Difference(NamedTuple):
    """Something that a Jaeger has otherwise than the store. span_id: "" where it is about the whole trace."""

    trace_id: str
    span_id: str
    what: str
    here: str
    there: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Traces of a store beside what a Jaeger has of them.

    traces, spans       that were looked for; `same` spans are there as they are here
    foreign             further spans of those traces, which others sent
    doubled             spans that are there more than once
    differences         the first of them; `different` is how many there are
    """

    address: str
    traces: int
    spans: int
    same: int
    foreign: int
    doubled: int
    different: int
    differences: tuple[Difference, ...]
    wall_s: float
