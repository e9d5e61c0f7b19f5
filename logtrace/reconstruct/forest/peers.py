"""What a span tells of the other end of a call: whom it calls and for what; or what it was asked for, and by whom.

    order   peer.service: pay, url.path: /charge, host.ip: 10.0.0.7   →   pay   POST /charge, client.address: 10.0.0.7

A client's or producer's span tells of what it calls, a server's or consumer's of itself and its caller. One that does not say
which it is calls what it names, unless that is its own service.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import orjson

from logtrace.patterns import lazy_pattern
from logtrace.reconstruct.spans.clocks import HOST_KEYS
from logtrace.reconstruct.spans.naming import OperationKey, masked

PEER_KEYS = (
    "service.peer.name", "peer.service", "peer_service", "peerService", "peer.hostname", "peer.address", "peer.ipv4", "peer.ip",
    "net.peer.name", "net.peer.ip", "net.sock.peer.addr", "network.peer.address",
)  # fmt: skip
"""Attributes that name the other end, whichever that is."""

CALLED_KEYS = (
    "upstream_service", "upstream_cluster", "upstream_host", "upstream_addr", "upstream", "destination_service",
    "downstream_service", "target_service",
)  # fmt: skip
"""Attributes that name what a span calls, as proxies tell it of what they serve as well."""

PLACE_KEYS = ("server.address", "http.host", "url.full", "http.url", "rpc.service")
"""Attributes that name the called end, told by both."""

CALLER_KEYS = (
    "client.address", "client_address", "remote_addr", "remoteAddr", "remote_ip", "client_ip", "http.client_ip", "source.address",
    "source_service", "caller_service",
)  # fmt: skip
"""Attributes that name who calls."""

PATH_KEYS = ("http.route", "url.path", "http.target", "url.full", "http.url")
METHOD_KEYS = ("rpc.method",)
QUEUE_KEYS = ("messaging.destination.name", "messaging.destination", "message_bus.destination", "messaging.kafka.topic")
"""Attributes that tell what is asked for: a path, a remote method, what goes through a queue."""

STORE_KEYS = ("db.system", "db.system.name", "db.type", "db.instance", "db.name", "db.namespace")
"""Attributes of calls to what is no service."""

NAMING_KEYS = frozenset({*PEER_KEYS, *CALLED_KEYS, *PLACE_KEYS, *CALLER_KEYS, *METHOD_KEYS, *QUEUE_KEYS})
"""Without any of these nothing that spans tell can be compared."""

TOLD_KEYS = frozenset({*NAMING_KEYS, *PATH_KEYS, *STORE_KEYS})

NO_PEER = 0
"""The number of a span that tells nothing."""

CALLS, SERVES = "calls", "serves"
_SIDES = {"client": CALLS, "producer": CALLS, "server": SERVES, "consumer": SERVES, "internal": SERVES}

_COMMON = frozenset(("service", "services", "svc", "server", "srv", "app", "api", "grpc", "http", "https"))
"""Words of names that do not tell services apart."""

_WORD = lazy_pattern(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\W\d_a-zA-Z]+")
_PLACE = lazy_pattern(r"(?:[\w.+-]+://)?(?:[^/@\s]*@)?(?P<host>\[[^\]\s]+\]|[^\s:/?#]*)(?::\d+)?(?P<path>/[^\s?#]*)?")
_PARAMETER = lazy_pattern(r"\{[^/}]*\}|:[^/]+|<[^/>]*>|\[[^/\]]*\]|\*+")
_ADDRESS = lazy_pattern(r"\d+(?:\.\d+){3}")
_EVERYWHERE = frozenset(("localhost", "0.0.0.0", "::", "::1"))
_METHOD = lazy_pattern(r"/?[\w.-]*\w\.\w+/(\w+)")


class Peer(NamedTuple):
    """What a span tells. Names are those of services or hosts, as words, or addresses.

    calls      names of what it calls
    asks       what it asks for: `/a/path`, `method …`, `queue …`
    store      whether it asks what is no service
    asked      what it was asked for, and its name as `name …`
    callers    names of what called it
    hosts      names of the host it runs on
    """

    calls: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    store: bool = False
    asked: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


CALLED, A_CLIENT = " → ", "(client)"
"""Between the name of an operation and that of what it calls; the kind of one that only tells so by what it calls."""


def told_apart(operation: OperationKey, peer: Peer) -> OperationKey:
    """The operation with what its span calls in its name: clients often name all of their calls alike, `GET`. Addresses are too
    many for that. Of one that does not say so itself, that it is a client's."""
    service, name, kind = operation
    called = next((each for each in peer.calls if not _is_address(each)), "")
    if peer.store or not called:
        return operation
    return service, f"{name}{CALLED}{called}", kind if kind or peer.asked else A_CLIENT


def together(operation: OperationKey) -> OperationKey:
    """The operation that was told apart."""
    service, name, kind = operation
    return service, name.partition(CALLED)[0], "" if kind == A_CLIENT else kind


class Numbered(NamedTuple):
    """By span: its operation, told apart, and the number of what it tells; and that by number."""

    operations: list[OperationKey]
    numbers: list[int]
    peers: tuple[Peer, ...]


def numbered_peers(attributes: Iterable[Iterable[tuple[str, str]]], operations: Iterable[OperationKey]) -> Numbered:
    """What spans of these operations tell with these attributes (key, JSON text); of several values of a key the first by its
    text, in whatever order they come."""
    numbers = {Peer(): NO_PEER}
    known: dict[tuple[OperationKey, tuple[tuple[str, str], ...]], tuple[OperationKey, int]] = {}
    found: list[tuple[OperationKey, int]] = []
    for operation, pairs in zip(operations, attributes, strict=True):
        asked = operation, tuple(sorted(pair for pair in pairs if pair[0] in TOLD_KEYS or pair[0] in HOST_KEYS))
        if asked not in known:
            peer = peer_of(dict(reversed(asked[1])), operation) if asked[1] else Peer()
            known[asked] = told_apart(operation, peer), numbers.setdefault(peer, len(numbers))
        found.append(known[asked])
    return Numbered([operation for operation, _ in found], [number for _, number in found], tuple(numbers))


def peer_of(told: Mapping[str, str], operation: OperationKey) -> Peer:
    """What a span of this operation tells with these attributes (key → JSON text)."""
    service, name, kind = operation
    values = {key: text for key, value in told.items() if isinstance(text := orjson.loads(value), str) and text}

    def names(*keys: str) -> tuple[str, ...]:
        return tuple(
            dict.fromkeys(found for key in keys if key in values and (found := name_of(values[key], key == "rpc.service")))
        )

    peers, called, places = names(*PEER_KEYS), names(*CALLED_KEYS), names(*PLACE_KEYS)
    side = _SIDES.get(kind.lower(), "")
    itself = any(alike(each, name_of(service)) for each in places)
    calls_other = side == CALLS or (not side and bool(peers or places) and not itself)
    what = tuple(_asked(values))
    calls = peers + called + places if calls_other else called
    return Peer(
        calls,
        what if calls or calls_other else (),
        any(key in values for key in STORE_KEYS),
        () if calls_other else tuple(dict.fromkeys([*what, *asked_of(name)])),
        names(*CALLER_KEYS) + (() if calls_other else peers),
        names(*HOST_KEYS),
    )


def name_of(text: str, method: bool = False) -> str:
    """The words of a name of a service, of a host (its first label), or of what offers remote methods (its last); an address as
    it is, "" for one that is on every host."""
    match = _PLACE.match(text.rpartition("|")[2].strip())
    host = match["host"].strip("[]") if match else ""
    if text.count(":") > 1 and not {"/", "["} & {*text}:
        host = text
    if host.lower() in _EVERYWHERE or host.startswith("127."):
        return ""
    if _is_address(host):
        return host.lower()
    label = host.rpartition(".")[2] if method else host.partition(".")[0]
    words = [word.lower() for word in _WORD.findall(label)]
    return " ".join([word for word in words if word not in _COMMON] or words)


def _is_address(name: str) -> bool:
    return ":" in name or _ADDRESS.fullmatch(name) is not None


def alike(one: str, other: str) -> int:
    """How far two names are of the same: 2 the same words, 1 those of one within those of the other, 0 not."""
    if not one or not other:
        return 0
    return 2 if one == other else int(f" {one} " in f" {other} " or f" {other} " in f" {one} ")


def fits(asks: Sequence[str], asked: Sequence[str]) -> int:
    """Whether what one asks for is what the other was asked for: 1 yes, -1 no, 0 where they tell of different things."""
    found = [_fits(one, other) for one in asks for other in asked]
    return max(found, key=lambda each: (each > 0, each < 0), default=0)


def _fits(one: str, other: str) -> int:
    if one[0] == other[0] == "/":
        return _one_route(one, other)
    (of, what), (by, name) = one.split(" ", 1) if " " in one else (one, ""), other.split(" ", 1) if " " in other else (other, "")
    if of == by:
        return 1 if what == name else -1
    return int(by == "name" and of == "queue" and what in name)


def _one_route(one: str, other: str) -> int:
    """Two routes, of which one may lack what a proxy takes off its beginning."""
    shorter, longer = sorted((one.split("/")[1:], other.split("/")[1:]), key=len)
    pairs = list(zip(reversed(shorter), reversed(longer), strict=False))
    literal = any(a == b != "*" for a, b in pairs)
    return 1 if literal and all(a == b or "*" in (a, b) for a, b in pairs) else -1


def _asked(values: Mapping[str, str]) -> Iterable[str]:
    routes = [route for key in PATH_KEYS if key in values and (route := _route(values[key]))]
    yield from dict.fromkeys(routes)
    yield from dict.fromkeys(f"method {values[key].lower()}" for key in METHOD_KEYS if key in values)
    yield from dict.fromkeys(f"queue {values[key].lower()}" for key in QUEUE_KEYS if key in values)


def asked_of(name: str) -> Sequence[str]:
    """What a span of this name was asked for (see Peer.asked)."""
    method = _METHOD.search(name)
    if method is not None:
        return (f"method {method[1].lower()}",)
    routes = [route for word in name.split() if word.startswith("/") and (route := _route(word))]
    return (*routes, f"name {name.lower()}")


def _route(text: str) -> str:
    """A path as a route whose parameters are `*`; "" where nothing else is in it."""
    match = _PLACE.match(text)
    path = masked((match["path"] or "") if match else "").rstrip("/")
    route = "/".join("*" if _PARAMETER.fullmatch(part) else part.lower() for part in path.split("/"))
    return route if route.strip("/*") else ""
