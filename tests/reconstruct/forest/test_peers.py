"""What attributes tell of the other end of a call."""

from __future__ import annotations

import orjson
import pytest

from logtrace.reconstruct.forest.peers import A_CLIENT, CALLED, Peer, alike, fits, name_of, numbered_peers, peer_of, together


def told(operation: tuple[str, str, str], **attributes: str) -> Peer:
    return peer_of({key.replace("__", "."): orjson.dumps(value).decode() for key, value in attributes.items()}, operation)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pay-service", "pay"),
        ("PayService", "pay"),
        ("pay-service.prod.svc.cluster.local:8080", "pay"),
        ("outbound|8080||pay.prod.svc.cluster.local", "pay"),
        ("https://pay-svc:8443/charge/7?full=1", "pay"),
        ("ts-order-other-service", "ts order other"),
        ("10.0.0.7:8080", "10.0.0.7"),
        ("[fe80::7]:80", "fe80::7"),
        ("FE80::7", "fe80::7"),
        ("127.0.0.1:80", ""),
        ("localhost", ""),
        ("api", "api"),
        ("", ""),
    ],
)
def test_names_of_one_service_are_one(text: str, name: str) -> None:
    assert name_of(text) == name


def test_what_offers_remote_methods_is_named_by_its_last_part() -> None:
    assert name_of("shop.v1.CurrencyService", method=True) == "currency"


def test_how_far_names_are_alike() -> None:
    assert [alike("order", other) for other in ("order", "ts order", "order history", "orders", "")] == [2, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("asks", "asked", "fit"),
    [
        ("/users/*", "/users/*", 1),
        ("/api/v1/users/42", "/users/*", 1),
        ("/users/*", "/orders/*", -1),
        ("/*/*", "/users/*", -1),
        ("method charge", "method charge", 1),
        ("method charge", "method refund", -1),
        ("queue paid", "name consume paid", 1),
        ("queue paid", "name work", 0),
        ("/users/*", "method charge", 0),
    ],
)
def test_what_is_asked_for(asks: str, asked: str, fit: int) -> None:
    assert fits([asks], [asked]) == fit


def test_a_client_tells_whom_it_calls_and_a_server_who_called_it() -> None:
    client = told(("order", "POST", "client"), peer__service="pay", url__path="/charge/12", host__ip="10.0.0.7")
    server = told(("pay", "POST /charge/{id}", "server"), net__peer__ip="10.0.0.7", server__address="pay.prod")
    assert client == Peer(calls=("pay",), asks=("/charge/*",), hosts=("10.0.0.7",))
    assert server == Peer(asked=("/charge/*", "name post /charge/{id}"), callers=("10.0.0.7",))


def test_without_a_kind_places_are_of_another_unless_they_are_its_own() -> None:
    assert told(("order", "POST", ""), url__full="http://pay:80/charge/1").calls == ("pay",)
    itself = told(("pay-service", "POST", ""), url__full="http://pay:80/charge/1")
    assert (itself.calls, itself.asked) == ((), ("/charge/*", "name post"))


def test_a_proxy_serves_and_calls() -> None:
    proxy = told(("nginx", "GET /users", ""), upstream="user-service", url__path="/users")
    assert proxy == Peer(calls=("user",), asks=("/users",), asked=("/users", "name get /users"))


def test_a_database_is_no_service() -> None:
    assert told(("order", "SELECT", "client"), db__system="mysql", server__address="order-db").store


def test_calls_that_are_named_alike_are_told_apart() -> None:
    pairs = [[("peer.service", b'"pay"'.decode())], [("peer.service", '"stock"')], [("peer.service", '"10.0.0.7"')], []]
    found = numbered_peers(pairs, [("order", "GET", "")] * 4)
    assert [name for _, name, _ in found.operations] == [f"GET{CALLED}pay", f"GET{CALLED}stock", "GET", "GET"]
    assert [kind for _, _, kind in found.operations] == [A_CLIENT, A_CLIENT, "", ""]
    assert {together(each) for each in found.operations} == {("order", "GET", "")}
    assert found.numbers == [1, 2, 3, 0]


def test_of_several_values_it_is_one_in_any_order() -> None:
    pairs = [("peer.service", '"pay"'), ("peer.service", '"bank"')]
    found = numbered_peers([pairs, pairs[::-1]], [("order", "GET", "client")] * 2)
    assert (found.numbers, found.peers[1].calls) == ([1, 1], ("bank",))
