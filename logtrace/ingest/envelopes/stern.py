"""stern: `POD CONTAINER LINE`, with -A `NAMESPACE POD CONTAINER LINE`."""

from __future__ import annotations

import re
from datetime import tzinfo
from string import ascii_lowercase, digits

from logtrace.ingest.envelopes._base import Envelope, Peeled
from logtrace.ingest.envelopes._kubernetes import pod_of
from logtrace.patterns import lazy_pattern

_HEAD = lazy_pattern(r"([a-z0-9][a-z0-9.-]*) ([a-z0-9][a-z0-9-]*) (?:([a-z0-9][a-z0-9-]*) )?", re.ASCII)
_RECORD = lazy_pattern(r"\{|\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d", re.ASCII)
_GENERATED = lazy_pattern(r"-(?=[a-z]*\d)[a-z0-9]{1,10}-[a-z0-9]{3,5}\Z|-[bcdfghjklmnpqrstvwxz2456789]{5}\Z|-\d+\Z", re.ASCII)
"""Ends of the pods of a deployment, of a daemon set (letters that form no words) and of a stateful set."""


def peel(text: str, _zone: tzinfo) -> Peeled | None:
    """The layer of stern's text.

    Two words of ordinary text look alike, so the pod's name must begin with its container's name; or it ends as Kubernetes
    ends the names it makes, and a record follows.
    """
    head = _HEAD.match(text)
    if head is None:
        return None
    one, two, three = head.groups()
    if _is_pod(one, two, text, head.end(2) + 1):
        namespace, pod, container, start = "", one, two, head.end(2) + 1
    elif three and _is_pod(two, three, text, head.end()):
        namespace, pod, container, start = one, two, three, head.end()
    else:
        return None
    resource, service = pod_of({"pod": pod, "container": container, "namespace": namespace})
    return Peeled(text[start:], service=service, resource=resource, stream=f"{pod}/{container}")


def _is_pod(pod: str, container: str, text: str, start: int) -> bool:
    return pod.startswith(container + "-") or bool(_GENERATED.search(pod) and _RECORD.match(text, start))


ENVELOPE = Envelope(
    name="stern",
    example='payments-5b9c-x2k4z payments {"msg":"Task created"}',
    inner='{"msg":"Task created"}',
    peel=peel,
    begins=ascii_lowercase + digits,
)
