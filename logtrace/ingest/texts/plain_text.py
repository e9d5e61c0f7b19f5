"""Texts that no format knows: the ids in them count, and time, level and logger at their head."""

from __future__ import annotations

import re
from datetime import tzinfo

import orjson
import xxhash

from logtrace.ids import NO_SPAN, Ids
from logtrace.ingest.envelopes import Outer
from logtrace.ingest.objects.enveloped import with_outer
from logtrace.ingest.vocabulary import text
from logtrace.ingest.vocabulary.levels import ERROR
from logtrace.ingest.vocabulary.mend import not_object
from logtrace.model import ErrorLevel, Flag, Rank, Record, Role

NO_RECORD = "not_json"
"""Why there is no record of a text without ids and envelopes."""

_REMEMBERED, _SHORT = 4_000, 256


class Texts:
    """Reads texts."""

    def __init__(self, ids: Ids, zone: tzinfo, trace_key: re.Pattern[str] | None) -> None:
        self._ids = ids
        self._zone = zone
        self._trace_key = trace_key
        self._service = ("", int(Rank.NONE))
        self._known: dict[str, Record] = {}  # of texts without ids

    def source(self, service: tuple[str, int]) -> None:
        """Says which (service, rank) counts where nothing else tells one."""
        if service != self._service:
            self._known.clear()
        self._service = service

    def record(self, line: str, outer: Outer) -> Record | str | None:
        """The record of a text under its envelopes, the reason why there is none, or None for nothing in an envelope."""
        known = self._known.get(line)
        if known is not None and outer.layers:
            return with_outer(known, outer)
        line = line.strip()
        if not line:
            return None if outer.layers else NO_RECORD
        if not outer.layers and _is_json(line):
            return not_object(line)
        ids = text.ids_in(line, self._trace_key)
        if ids is None and not outer.layers:
            return NO_RECORD
        record = self._record(line, ids)
        if ids is None and len(line) < _SHORT:
            if len(self._known) > _REMEMBERED:
                self._known.clear()
            self._known[line] = record
        return with_outer(record, outer)

    def plain(self, line: str) -> Record:
        """The record of a text that is not empty, by itself."""
        return self._record(line, text.ids_in(line, self._trace_key))

    def _record(self, line: str, ids: text.IdsInText | None) -> Record:
        head = text.text_line(line, self._zone)
        service, service_rank = self._service
        trace = self._ids.trace(ids.trace) if ids else None
        span = self._ids.span(ids.span) if ids and trace else NO_SPAN
        parent = self._ids.span(ids.parent) if ids and ids.parent else NO_SPAN
        duration_ns = text.duration_in(head.body) if span else None
        failed = ErrorLevel.SOFT if head.severity >= ERROR else ErrorLevel.NONE
        body = text.without_ids(head.body)
        flags = (Flag.IDS_IN_TEXT if ids else 0) | (0 if duration_ns is None else Flag.DURATION_IN_TEXT)
        return Record(
            trace=trace, span=span, parent=parent or None, role=int(Role.POINT if duration_ns is None else Role.COMPLETE),
            time_ns=head.time_ns, start_ns=None, end_ns=None, duration_ns=duration_ns, service=service, service_rank=service_rank,
            name=head.logger, name_rank=int(Rank.WEAK if head.logger else Rank.NONE), kind="", severity=head.severity,
            body=body, error=int(failed), error_type="", error_message=body if failed else "", attributes=(), links=(),
            flags=int(flags), text_hash=xxhash.xxh3_64_intdigest(line.encode("utf-8", "replace")) & 0xFFFFFFFF,
        )  # fmt: skip


def _is_json(line: str) -> bool:
    """Whether a line is JSON and no object, or opens an array that goes on in the next lines."""
    if line[0] not in '["-0123456789tfn':
        return False
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return line in ("[", "[{")
    return True
