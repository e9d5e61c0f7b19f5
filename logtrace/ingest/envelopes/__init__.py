"""Wrappers around log lines: what container runtimes, orchestrators and terminals put around a record.

An envelope is a module of this package and a line in ENVELOPES. `unwrap` takes all layers off a line; `joined` puts
lines together which a runtime split.
"""

from logtrace.ingest.envelopes._base import Envelope, Outer, Peeled, Resource, Splitting, Unwrapped
from logtrace.ingest.envelopes._block import UnwrappedLines, Unwrapping, may_have_envelope, unwrap_lines
from logtrace.ingest.envelopes._joining import joined, may_be_partial, open_at_end
from logtrace.ingest.envelopes._objects import seem_wrapped
from logtrace.ingest.envelopes._peeling import (
    BARE,
    MAX_LAYERS,
    may_be_wrapped,
    peel,
    peel_record,
    unwrap,
    unwrap_all,
    unwrap_further,
)
from logtrace.ingest.envelopes._split_texts import split_texts
from logtrace.ingest.envelopes._table import ENVELOPES
from logtrace.ingest.envelopes._values import decoded

__all__ = [
    "BARE",
    "ENVELOPES",
    "MAX_LAYERS",
    "Envelope",
    "Outer",
    "Peeled",
    "Resource",
    "Splitting",
    "Unwrapped",
    "UnwrappedLines",
    "Unwrapping",
    "decoded",
    "joined",
    "may_be_partial",
    "may_be_wrapped",
    "may_have_envelope",
    "open_at_end",
    "peel",
    "peel_record",
    "seem_wrapped",
    "split_texts",
    "unwrap",
    "unwrap_all",
    "unwrap_further",
    "unwrap_lines",
]
