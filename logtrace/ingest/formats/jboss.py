"""JBoss LogManager's JSON, as Quarkus and WildFly write it: the ids of the current span in `mdc`, the application in
`processName`."""

from __future__ import annotations

from logtrace.ingest.formats._format import Format
from logtrace.ingest.vocabulary.aliases import ALIASES

FORMAT = Format(
    "jboss",
    "JBoss LogManager's JSON (Quarkus, WildFly)",
    example='{"timestamp":"2024-01-10T14:30:00.25Z","sequence":1,"loggerClassName":"org.jboss.logging.Logger","loggerName":"Api",'
    '"level":"INFO","message":"done","mdc":{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"a3ce929d0e0e4736"},"ndc":"",'
    '"processName":"api"}',
    marks=(("loggerClassName",),),
    keys={"service": ("service.name", "service", *ALIASES["service"], "processName")},
    silent=True,
)
