"""The envelopes in the order in which they are tried. A new one is a module of this package and a line here."""

from logtrace.ingest.envelopes import ansi, compose, cri, docker_json, kubectl, stdlib_date, timestamps
from logtrace.ingest.envelopes._base import Envelope

ENVELOPES: tuple[Envelope, ...] = (
    ansi.ENVELOPE,  # first: colours hide the beginnings of all others
    docker_json.ENVELOPE,
    cri.ENVELOPE,
    kubectl.ENVELOPE,
    compose.ENVELOPE,
    timestamps.ENVELOPE,
    stdlib_date.ENVELOPE,
)
