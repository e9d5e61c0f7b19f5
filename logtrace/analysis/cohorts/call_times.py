"""What calls that are new, gone, more or less frequent add to an average request.

It is the time that their caller waits for them: what of it they cover, each what the calls before it left. What runs beside
other calls, or after the caller ended, adds nothing:

    caller   ────────────────────
    call       ──────                  six
    call          ──────               three more
    call                        ────   nothing
"""

from __future__ import annotations

from typing import NamedTuple


class Called(NamedTuple):
    """The calls of one operation by another on one side, of all its requests of a kind.

    requests    how many there are of the kind; calling: in how many of them there are such calls
    calls       their number; waited_ns: what they cover of their callers; took_ns: how long they take
    """

    requests: int
    calling: int
    calls: float
    waited_ns: float
    took_ns: float


class Added(NamedTuple):
    """Nanoseconds that an average request of a kind got longer (shorter, below 0).

    presence_ns     because more (fewer) requests call at all; calls_ns: because those that do call more (less) often
    """

    presence_ns: float = 0.0
    calls_ns: float = 0.0


def added(before: Called, after: Called) -> Added:
    """What another number of calls adds: what is waited for now and was not before, less what each call got longer.

    Nothing where that is less for more calls: they run beside one another.
    """
    if not before.requests or not after.requests:
        return Added()
    one, two = (each.calls / each.requests for each in (before, after))
    waited = after.waited_ns / after.requests - before.waited_ns / before.requests
    longer = min(one, two) * (after.took_ns / after.calls - before.took_ns / before.calls) if one and two else 0.0
    found = waited - longer
    if found * (two - one) <= 0:
        return Added()
    if not one or not two:
        return Added(presence_ns=found)
    shares = [each.calling / each.requests for each in (before, after)]
    often = (before.calls / before.calling + after.calls / after.calling) / 2
    presence = often * (shares[1] - shares[0]) / (two - one)
    return Added(found * presence, found * (1 - presence))
