"""What became of a batch that was sent."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple, Protocol

from logtrace.patterns import lazy_pattern


class Fate(Enum):
    """Which of these it was."""

    TAKEN = "taken"
    """It was taken, but for `rejected` spans."""
    REFUSED = "refused"
    """Something is wrong with a span of it: the others may be taken without that one."""
    TOO_LARGE = "too large"
    """Less at once would be taken."""
    LATER = "later"
    """The same may be taken later."""
    UNREACHED = "unreached"
    """Nobody was there to take it."""
    NEVER = "never"
    """Nothing will be taken: the address, or what is sent with each request, is wrong."""


class Outcome(NamedTuple):
    """What became of a batch.

    told, hint  what the receiver said, or what is wrong, and what to do about it
    rejected    of a batch that was taken the spans that were not
    named       what the receiver said of these that looks like ids of spans
    wait_s      so long the receiver wants to be left alone; None: it did not say
    unsure      it may have been taken all the same: it was sent, and no answer came
    """

    fate: Fate
    told: str = ""
    hint: str = ""
    rejected: int = 0
    named: frozenset[str] = frozenset()
    wait_s: float | None = None
    unsure: bool = False


class Sender(Protocol):
    """Takes requests to one receiver."""

    def send(self, body: bytes) -> Outcome:
        """Sends one request of OTLP. What goes wrong is in the outcome; it takes no longer than the deadline."""

    def close(self) -> None:
        """Ends the connection."""


def untrusted(place: str, why: str) -> tuple[str, str]:
    """(what is wrong with the certificate of a receiver, what to do about it), from what OpenSSL says."""
    reason = why.rpartition("CERTIFICATE_VERIFY_FAILED: ")[2].removesuffix(": OK")
    told = f"the certificate of {place} can't be trusted: {short(reason)}"
    if any(word in reason.lower() for word in ("expired", "not yet valid")):
        return told, "the receiver wants a new one; or the clock of this machine is wrong"
    return told, "--ca FILE names a certificate to trust; the address must have the name in it"


_SPAN_ID = lazy_pattern(r"(?<![0-9a-f])[0-9a-f]{16}(?![0-9a-f])")


def taken(partial: Any) -> Outcome:
    """The outcome that an ExportTracePartialSuccess tells of; the protocol has no field for which spans were rejected."""
    said = partial.error_message
    named = frozenset(_SPAN_ID.findall(said.lower()))
    return Outcome(Fate.TAKEN, short(said), rejected=max(0, partial.rejected_spans), named=named)


KEEP_SHORT = 200


def short(text: str) -> str:
    """What a receiver said, as one line that is not too long."""
    line = " ".join(text.split())
    return line if len(line) <= KEEP_SHORT else f"{line[:KEEP_SHORT]}…"
