"""The schema of a store: one commented SQL text, its version, and how a database is opened with it.

History of versions
    1   spans, traces and lines
    2   search (document, term), notes, what is learned and inferred with (learned, model); shorter rows
    3   what is kept how long (read_by, pin, preserved, sampled, dropped)
    4   what was pushed to whom (receiver, pushed)
    5   lines of usual spans are packed (body, see store.linerefs)
    6   so are those of others, any number of them
    7   attributes stand in the order of their keys (view spans)
    8   spans of an operation in another order (span_operation)
Stores since version 2 are migrated, see store.migrate.
"""

from __future__ import annotations

from logtrace.store.rows.linerefs import SIZE, packed_base, packed_field

SCHEMA_VERSION = 8
APPLICATION_ID = 0x6C6F6774
"""PRAGMA application_id of every store ("logt"), so that a foreign SQLite file is told apart."""

LATENCY = """
-- How long frequent operations take, as of an ingest (meta: timed, the highest span.id then): see store.history.
CREATE TABLE IF NOT EXISTS latency (operation_id INTEGER PRIMARY KEY, samples INTEGER NOT NULL, p99_ns INTEGER NOT NULL)
"""

TABLES = """
-- Facts about the store itself: schema_version, assembled (highest span.id that its trace row covers), uneven (clocks may
-- differ: some span lies outside its parent of another service), rows_<table> (how many a table has: see store.tallies).
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

-- One file (or piped stream) as far as it was read.
CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,              -- file, gzip, zstd, bzip2, xz, utf-16, tar, zip (a member) or stdin
    fingerprint BLOB,                -- hash of the first fingerprint_len bytes, decompressed
    fingerprint_len INTEGER NOT NULL DEFAULT 0,
    size INTEGER NOT NULL DEFAULT 0, -- of the file as it lies on disk, when it was last read
    mtime_ns INTEGER NOT NULL DEFAULT 0,
    committed INTEGER NOT NULL DEFAULT 0, -- decompressed bytes whose lines are in the store
    tail_hash BLOB,                  -- hash of the (up to) 1024 bytes before `committed`
    lines INTEGER NOT NULL DEFAULT 0,
    settings TEXT NOT NULL           -- digest of what shaped the records
);

-- A run of whole lines of a source; the bytes themselves are in chunk_data.
CREATE TABLE chunk (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES source(id),
    first_line INTEGER NOT NULL,     -- number of its first line in the source, from 1
    lines INTEGER NOT NULL,
    used INTEGER NOT NULL,
    untraced INTEGER NOT NULL,       -- valid records without a trace id
    min_ns INTEGER, max_ns INTEGER,  -- times of its records
    size INTEGER NOT NULL            -- bytes, decompressed; 0 where they were forgotten, see store.preserve
);
CREATE TABLE chunk_data (id INTEGER PRIMARY KEY, data BLOB NOT NULL); -- zstd

-- Lines that gave no record: positions only, the text is in the chunk.
CREATE TABLE rejected (
    chunk_id INTEGER NOT NULL, reason TEXT NOT NULL,
    lines TEXT NOT NULL,             -- JSON list of indexes in the chunk, from 0
    PRIMARY KEY (chunk_id, reason)
) WITHOUT ROWID;

-- Names, each once.
CREATE TABLE operation (
    id INTEGER PRIMARY KEY, service TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    UNIQUE (service, name, kind)
);
CREATE TABLE attribute (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL,
    plain TEXT NOT NULL,             -- the key in lower case without _ - . , for search
    value TEXT NOT NULL,             -- JSON
    UNIQUE (key, value)
);

-- The messages of the lines of a chunk that blobs of span.lines refer to, each once: their first 160 characters.
CREATE TABLE body (
    chunk_id INTEGER, number INTEGER, text TEXT NOT NULL, PRIMARY KEY (chunk_id, number)
) WITHOUT ROWID;

-- Ids that are not hexadecimal, verbatim, by the hash that stands for them elsewhere.
CREATE TABLE opaque_trace (low INTEGER, high INTEGER, text TEXT NOT NULL, PRIMARY KEY (low, high)) WITHOUT ROWID;
CREATE TABLE opaque_span (key INTEGER PRIMARY KEY, text TEXT NOT NULL);

-- What is known of a span: one row a fragment; after assembly one row a (span, service).
CREATE TABLE span (
    id INTEGER PRIMARY KEY,
    trace_low INTEGER NOT NULL,      -- low and high half of the trace id; high is 0 for a 64-bit id
    trace_high INTEGER NOT NULL,
    span_key INTEGER NOT NULL,       -- 0: lines of the trace that name no span
    parent_key INTEGER,              -- the parent shown; NULL or 0: none
    confidence INTEGER,              -- of an inferred parent, 0 to 100
    operation_id INTEGER NOT NULL,
    start_ns INTEGER,
    duration_ns INTEGER,
    facts INTEGER NOT NULL,          -- packed: see store.rows
    error INTEGER NOT NULL,          -- 0 none, 1 only an error-level line, 2 a status or error field
    flags INTEGER NOT NULL,          -- model.Flag
    n_lines INTEGER NOT NULL,
    attributes TEXT NOT NULL,        -- JSON list: attribute.id * 4 + rank, or [key, value, rank] of mostly unique keys
    lines NOT NULL,                  -- JSON list: time of the first line (left out where it is
                                     -- start_ns), then [chunk, line, ns after it, severity, hash, body] a line;
                                     -- or a blob that says the same: see store.linerefs
    extra TEXT                       -- JSON object of what is rare
);

-- What a list of traces shows; made from span rows, never the only copy of anything.
CREATE TABLE trace (
    low INTEGER, high INTEGER,
    short INTEGER NOT NULL,          -- 1 where lines with the 64-bit form of the id belong to it as well
    start_ns INTEGER, duration_ns INTEGER,
    root_id INTEGER NOT NULL,        -- operation.id of the root
    spans INTEGER NOT NULL, services INTEGER NOT NULL, errors INTEGER NOT NULL, inferred INTEGER NOT NULL,
    lines INTEGER NOT NULL, partial INTEGER NOT NULL,
    lower_bound INTEGER NOT NULL,    -- 1 where it lasted at least duration_ns
    model INTEGER NOT NULL,          -- version of the model that its parents were inferred with, 0 where none had to be,
                                     -- -1 where one would be used and there was none yet
    PRIMARY KEY (low, high)
) WITHOUT ROWID;

-- Which attributes a trace has, for search: one document each time a trace is assembled. It may tell of attributes that
-- are gone since, never miss one that is there: what it finds is made sure of on spans. Its words: see store.search.terms.
CREATE TABLE document (id INTEGER PRIMARY KEY, low INTEGER NOT NULL);
CREATE VIRTUAL TABLE term USING fts5 (words, content = '', columnsize = 0, detail = none, tokenize = 'ascii');
-- What people wrote down about an error (by its fingerprint) or a trace (by its id).
CREATE TABLE note (id INTEGER PRIMARY KEY, subject TEXT NOT NULL, text TEXT NOT NULL, written_ns INTEGER NOT NULL);
-- What parents are inferred with: one row. Made from the spans of this store and from what was learned.
CREATE TABLE model (version INTEGER NOT NULL, rules INTEGER NOT NULL,
    pairs TEXT NOT NULL, clocks TEXT NOT NULL); -- JSON: reconstruct.evidence.priors.Model

-- Spans with known parents that `logtrace learn` was given.
CREATE TABLE learned (
    low INTEGER, high INTEGER, span_key INTEGER,
    parent_key INTEGER NOT NULL,     -- 0: a root
    service TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    start_ns INTEGER, duration_ns INTEGER,
    PRIMARY KEY (low, high, span_key)
) WITHOUT ROWID;

-- What is kept how long. When chunks came: all up to chunk_id were here at read_ns.
CREATE TABLE read_by (chunk_id INTEGER PRIMARY KEY, read_ns INTEGER NOT NULL);
-- Traces that stay, whatever rules say.
CREATE TABLE pin (low INTEGER, high INTEGER, note TEXT NOT NULL, pinned_ns INTEGER NOT NULL,
    PRIMARY KEY (low, high)) WITHOUT ROWID;
-- Until when rules keep traces, as it was last judged: later lines may extend that, not shorten.
CREATE TABLE preserved (low INTEGER, high INTEGER, rule TEXT NOT NULL, until_ns INTEGER NOT NULL,
    PRIMARY KEY (low, high)) WITHOUT ROWID;
-- Traces that stand for others: one of so many was kept (share, 0 to 1).
CREATE TABLE sampled (low INTEGER, high INTEGER, share REAL NOT NULL, PRIMARY KEY (low, high)) WITHOUT ROWID;
-- What is gone, in numbers: by why (expired, sample, size), and the request.
CREATE TABLE dropped (why TEXT, service TEXT, operation TEXT, traces INTEGER NOT NULL, spans INTEGER NOT NULL,
    lines INTEGER NOT NULL, first_ns INTEGER, last_ns INTEGER, PRIMARY KEY (why, service, operation)) WITHOUT ROWID;

-- Who spans are pushed to: addresses, or names they were given.
CREATE TABLE receiver (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- What receivers were sent. These two tables alone are written beside the writer of all else: see store.pushed.
CREATE TABLE pushed (low INTEGER, high INTEGER, span_key INTEGER, receiver_id INTEGER,
    digest INTEGER NOT NULL,         -- of the span as it was sent
    answered INTEGER NOT NULL,       -- 1: it was taken; 0: it was sent and may have been taken, nobody knows; 2: a part of its
                                     -- request was taken, and the receiver did not say which
    PRIMARY KEY (low, high, span_key, receiver_id)) WITHOUT ROWID;
"""

INDEXES = """
CREATE INDEX IF NOT EXISTS span_trace ON span (trace_low);
"""
"""What assembly needs; made after the first bulk, kept from then on."""

_CLOSED = 4 << 20 | 4 << 24  # of a source of a time, the one bit that field, duration and record share, and no other has
_CLASSES = ((0, 16), (16, 20), (32, 24), (48, 28))


def duration_class(column: str) -> str:
    """A whole number that grows with a duration, some fifteen times from a power of sixteen to the next. NULL where it is."""
    steps = " ".join(f"WHEN {column} < {1 << bits + 4} THEN {at} + ({column} >> {bits})" for at, bits in _CLASSES)
    return f"CASE {steps} ELSE 64 + ({column} >> 32) END"


def span_class(s: str) -> str:
    """Twice the class of the duration of a row of `span`, and one more where lines state both of its ends (see
    of_fragments.SOURCES). s: what its columns begin with."""
    return f"(2 * {duration_class(f'{s}duration_ns')} + ({s}facts & {_CLOSED} = {_CLOSED}))"


SPAN_OPERATION = f"CREATE INDEX IF NOT EXISTS span_operation ON span (operation_id, {span_class('')}, id, duration_ns)"
"""Rows of a class lie as they came, so that those of an ingest go to a few pages. In the order of their durations each of a
thousand rows would go to a page of its own, which is written twice."""

READING_INDEXES = f"""
CREATE INDEX IF NOT EXISTS trace_start ON trace (start_ns);
CREATE INDEX IF NOT EXISTS trace_duration ON trace (duration_ns);
{SPAN_OPERATION};
CREATE INDEX IF NOT EXISTS attribute_plain ON attribute (plain);
CREATE INDEX IF NOT EXISTS span_error ON span (error) WHERE error > 0;
CREATE INDEX IF NOT EXISTS span_links ON span (trace_low) WHERE instr(extra, '"links"');
"""
"""Made after the first assembly, which changes what they hold."""

_PARENT_SOURCE = """CASE (s.facts >> 16) & 15 WHEN 0 THEN 'none' WHEN 1 THEN 'root' WHEN 2 THEN 'explicit'
        WHEN 3 THEN 'remote' WHEN 4 THEN 'contain' WHEN 10 THEN 'prior' WHEN 11 THEN 'order' ELSE 'other' END"""

_ISO = "strftime('%Y-%m-%dT%H:%M:%S', {0} / 1000000000, 'unixepoch') || printf('.%09dZ', {0} % 1000000000)"


def _trace_id(low: str, high: str) -> str:
    return (
        f"coalesce((SELECT text FROM opaque_trace o WHERE o.low = {low} AND o.high = {high}),"
        f" printf('%016x%016x', {high}, {low}))"
    )


def _span_id(key: str) -> str:
    return f"coalesce((SELECT text FROM opaque_span o WHERE o.key = {key}), printf('%016x', {key}))"


_JSON_NS = """CASE json_type(s.lines, '$[0]') WHEN 'integer' THEN json_extract(s.lines, '$[0]') ELSE s.start_ns END
        + json_extract(j.value, '$[2]')"""
_PACKED_NS = f"CASE length(s.lines) % {SIZE} WHEN 0 THEN s.start_ns ELSE {packed_base()} END + {packed_field('offset', 'k.key')}"

_ONE_EACH = f"'[' || substr(replace(hex(zeroblob(length(s.lines) / {SIZE})), '00', ',0'), 2) || ']'"
"""A JSON list with a member for each packed line: `key` is its number."""

_LINES = f"""
    SELECT s.id, json_extract(j.value, '$[0]') AS chunk_id, json_extract(j.value, '$[1]') AS line, {_JSON_NS} AS time_ns,
        json_extract(j.value, '$[3]') AS severity, json_extract(j.value, '$[5]') AS body
    FROM span s JOIN json_each(s.lines) j ON j.type = 'array' WHERE typeof(s.lines) = 'text'
    UNION ALL
    SELECT s.id, {packed_field("chunk", "k.key")}, {packed_field("line", "k.key")}, {_PACKED_NS},
        {packed_field("severity", "k.key")}, b.text
    FROM span s JOIN json_each({_ONE_EACH}) k
    LEFT JOIN body b ON b.chunk_id = {packed_field("chunk", "k.key")} AND b.number = {packed_field("body", "k.key")}
    WHERE typeof(s.lines) = 'blob'"""
"""All lines of spans."""

VIEWS = f"""
-- The public contract: these views keep their columns; the tables behind them may change.
CREATE VIEW traces AS SELECT
    {_trace_id("t.low", "t.high")} AS trace_id,
    o.service AS root_service, o.name AS root_operation,
    t.start_ns, {_ISO.format("t.start_ns")} AS start_time, t.duration_ns, t.duration_ns / 1e6 AS duration_ms,
    t.spans AS span_count, t.services AS service_count, t.errors AS error_count, t.inferred AS inferred_count,
    t.lines AS line_count, t.partial, t.lower_bound AS duration_is_lower_bound
FROM trace t JOIN operation o ON o.id = t.root_id
GROUP BY t.low, t.high; -- a group each: so it is whole where it is joined, and indexed by trace_id; else all is held against all

CREATE VIEW spans AS SELECT
    {_trace_id("t.low", "t.high")} AS trace_id,
    {_span_id("s.span_key")} AS span_id,
    CASE WHEN coalesce(s.parent_key, 0) <> 0 THEN {_span_id("s.parent_key")} END AS parent_span_id,
    {_PARENT_SOURCE} AS parent_source,
    CASE WHEN (s.facts >> 16) & 15 IN (1, 2) THEN 100 ELSE coalesce(s.confidence, 0) END AS parent_confidence,
    o.service, o.service AS service_name, o.name AS operation, o.name AS operation_name,
    (s.facts >> 4) & 15 > 1 AS operation_inferred,
    o.kind,
    s.start_ns, {_ISO.format("s.start_ns")} AS start_time,
    s.duration_ns, s.duration_ns / 1e6 AS duration_ms,
    s.flags & 8192 <> 0 AS duration_is_lower_bound,
    CASE WHEN s.error = 2 THEN 'error' WHEN s.flags & 32 THEN 'ok' ELSE 'unset' END AS status,
    s.error > 0 AS error,
    json_extract(s.extra, '$.failure[2]') AS error_type,
    json_extract(s.extra, '$.failure[3]') AS error_message,
    (SELECT json_group_object(key, json(value)) FROM
      (SELECT coalesce(a.key, json_extract(j.value, '$[0]')) AS key, coalesce(a.value, j.value -> 1) AS value
       FROM json_each(s.attributes) j LEFT JOIN attribute a ON j.type = 'integer' AND a.id = j.value >> 2
       ORDER BY 1)) AS attributes, -- by key: in what order lines told them depends on what was read with them
    s.n_lines AS line_count
FROM span s
JOIN operation o ON o.id = s.operation_id
JOIN trace t ON t.low = s.trace_low AND (t.high = s.trace_high OR (s.trace_high = 0 AND t.short))
WHERE s.span_key <> 0;

CREATE VIEW logs AS SELECT
    {_trace_id("t.low", "t.high")} AS trace_id,
    CASE WHEN s.span_key <> 0 THEN {_span_id("s.span_key")} END AS span_id,
    o.service,
    l.time_ns,
    {_ISO.format("l.time_ns")} AS time,
    l.severity AS severity_number,
    l.body, -- its first 160 characters
    src.path AS source_path, c.first_line + l.line AS source_line
FROM ({_LINES}) l
JOIN span s ON s.id = l.id
JOIN operation o ON o.id = s.operation_id
JOIN trace t ON t.low = s.trace_low AND (t.high = s.trace_high OR (s.trace_high = 0 AND t.short))
JOIN chunk c ON c.id = l.chunk_id
JOIN source src ON src.id = c.source_id;
"""

SCHEMA = f"{TABLES}{LATENCY};{VIEWS}"
