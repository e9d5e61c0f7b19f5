"""Which traces refer to a trace."""

from __future__ import annotations

import orjson

from logtrace.ids import TraceId
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.lookup import of_rows

FEW = 5_000
"""So many spans with links are read without being asked for."""

_HAS_LINKS = "instr(extra, '\"links\"')"
"""As the index span_links has it."""


def linking_to(reader: FragmentReader, trace: TraceId) -> list[TraceId]:
    """The traces with a line that links to a trace."""
    rows = reader.stream(
        f"SELECT trace_low, trace_high, json_extract(extra, '$.links') FROM span WHERE {_HAS_LINKS} AND instr(extra, ?)",
        (str(trace.low),),
    )
    return of_rows(reader, [(low, high) for low, high, links in rows if _links_to(links, trace)])


def are_few(reader: FragmentReader) -> bool:
    """Whether the store has so few spans with links that to read them takes no time."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM span WHERE {_HAS_LINKS} LIMIT {FEW + 1})"
    return bool(reader.run(sql)[0][0] <= FEW)


def _links_to(links: str, trace: TraceId) -> bool:
    return any(low == trace.low and (high == trace.high or 0 in (high, trace.high)) for low, high, *_ in orjson.loads(links))
