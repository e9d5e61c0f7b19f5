"""What is done to a trace before Jaeger's clients see it."""

from __future__ import annotations

from logtrace.exporters.adjust import adjusted_spans
from logtrace.exporters.otlp import pairs, resource_spans
from tests.builders import span, trace

ATTRIBUTES = {"z": 1, "ip": 0x01020304, "peer.ipv4": 0x01020304 * 1.0, "a": "1", "telemetry.sdk.language": "go", "host.name": "h"}


def test_attributes_are_sorted_and_numbers_of_addresses_are_told_apart():
    ((resource,), (raw,)) = (
        each(trace(span(attributes=ATTRIBUTES))) for each in (lambda t: adjusted_spans(t, 0), resource_spans)
    )
    found = {pair["key"]: pair["value"] for pair in resource["scopeSpans"][0]["spans"][0]["attributes"]}
    assert list(found) == ["a", "ip", "peer.ipv4", "z"]
    assert found["ip"] == found["peer.ipv4"] == {"stringValue": "1.2.3.4"}
    assert [pair["key"] for pair in resource["resource"]["attributes"]] == ["host.name", "service.name", "telemetry.sdk.language"]
    assert [pair["key"] for pair in raw["scopeSpans"][0]["spans"][0]["attributes"]] == ["z", "ip", "peer.ipv4", "a"]


def test_what_is_no_address_is_left():
    for values in ({"ip": "10.0.0.1", "peer.ipv4": -5}, {"ip": True, "peer.ipv4": 1e400}, {"ip": [1], "peer.ipv4": 0.5}):
        (resource,) = adjusted_spans(trace(span(attributes=values)), 0)
        assert resource["scopeSpans"][0]["spans"][0]["attributes"] == pairs(values)
