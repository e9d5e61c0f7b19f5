"""Sidekiq's JSON formatter: a job's class, id and seconds stand in `ctx`."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "sidekiq",
    "Sidekiq's JSON formatter; `ctx.elapsed` is seconds",
    example='{"ts":"2024-01-10T14:30:00.250Z","pid":1,"tid":"gx1","lvl":"INFO","msg":"done","ctx":{"class":"ChargeJob","jid":"b4a",'
    '"elapsed":0.25,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"}}',
    marks=(("tid", "lvl", "ctx.jid"),),
    keys={"name": (*ALIASES["name"], "ctx.class")},
    durations=(("ctx.elapsed", "s"),),
)
