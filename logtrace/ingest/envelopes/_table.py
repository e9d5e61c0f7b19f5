"""The envelopes in the order in which they are tried. A new one is a module of this package and a line here."""

from logtrace.ingest.envelopes import (
    ansi,
    cloudwatch_events,
    cloudwatch_insights,
    compose,
    cri,
    docker_json,
    elasticsearch_hit,
    elasticsearch_search,
    filebeat,
    fluent_record,
    fluent_text,
    gcp,
    journald,
    kubectl,
    loki_line,
    loki_query,
    loki_text,
    record_mark,
    splunk,
    stdlib_date,
    stern,
    stern_json,
    syslog,
    timestamps,
    vector,
)
from logtrace.ingest.envelopes._base import Envelope

ENVELOPES: tuple[Envelope, ...] = (
    # of text
    ansi.ENVELOPE,  # first: colours hide the beginnings of all others
    record_mark.ENVELOPE,
    cri.ENVELOPE,
    kubectl.ENVELOPE,
    compose.ENVELOPE,
    fluent_text.ENVELOPE,
    loki_text.ENVELOPE,
    timestamps.ENVELOPE,
    stdlib_date.ENVELOPE,
    syslog.ENVELOPE,
    stern.ENVELOPE,
    # of JSON objects; the order counts where one object has the signs of two
    docker_json.ENVELOPE,
    journald.ENVELOPE,
    vector.ENVELOPE,
    filebeat.ENVELOPE,
    fluent_record.ENVELOPE,
    stern_json.ENVELOPE,
    loki_line.ENVELOPE,
    elasticsearch_hit.ENVELOPE,
    gcp.ENVELOPE,
    splunk.ENVELOPE,
    # of documents
    loki_query.ENVELOPE,
    elasticsearch_search.ENVELOPE,
    cloudwatch_events.ENVELOPE,
    cloudwatch_insights.ENVELOPE,
)
