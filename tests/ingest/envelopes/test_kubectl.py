from __future__ import annotations

from datetime import UTC

import pytest

from logtrace.ingest.envelopes.kubectl import peel


def test_container_is_the_service_and_the_pod_is_known():
    found = peel("[pod/edge-mcp-7d9f8b6c5d-x2x4z/edge-mcp] hello", UTC)
    assert (found.inner, found.service) == ("hello", "edge-mcp")
    assert dict(found.resource) == {"k8s.pod.name": "edge-mcp-7d9f8b6c5d-x2x4z", "k8s.container.name": "edge-mcp"}


def test_pods_are_streams_of_their_own():
    assert peel("[pod/a-1/api] x", UTC).stream != peel("[pod/a-2/api] x", UTC).stream


@pytest.mark.parametrize("text", ["[pod/a] x", "[pod/a/b", "[pod/a/b]x", "[INFO] [pod/a/b] x", "[pod/a/b/c] x", "[pod//b] x"])
def test_other_brackets_are_no_layer(text):
    assert peel(text, UTC) is None
