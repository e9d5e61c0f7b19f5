"""What shippers tell of the pod a line came from: the same facts under the names that each of them gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from logtrace.ingest.envelopes._base import Resource
from logtrace.ingest.envelopes._values import first, known, labelled, object_of

_SERVICE_LABELS = ("app.kubernetes.io/name", "app_kubernetes_io/name", "app", "k8s-app", "service_name", "service", "job")
"""The label that names a service, the most telling first; Filebeat writes `_` for dots."""


def pod_of(found: Mapping[str, Any]) -> tuple[Resource, str]:
    """(resource, service) of an object that describes a pod as Fluentd, Fluent Bit, Filebeat, Vector or stern do."""
    labels = object_of(found.get("labels") or found.get("pod_labels"))
    container = first(found, "container_name", "container.name", "containerName", "container")
    resource = known(
        ("k8s.namespace.name", first(found, "namespace_name", "pod_namespace", "namespace", "namespace.name")),
        ("k8s.pod.name", first(found, "pod_name", "pod.name", "podName", "pod")),
        ("k8s.container.name", container),
        ("k8s.node.name", first(found, "host", "pod_node_name", "node.name", "nodeName")),
        ("container.image.name", first(found, "container_image", "container.image")),
    )
    return resource + labelled("k8s.pod.label", labels), service_of_labels(labels) or container


def service_of_labels(labels: Mapping[str, Any]) -> str:
    """The service that labels name, "" where they name none."""
    return first(labels, *_SERVICE_LABELS)
