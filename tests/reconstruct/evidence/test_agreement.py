"""Spans that name one another: which of the calls that run side by side made which."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import orjson
import pytest
from rich.console import Console

from logtrace import api
from logtrace.reconstruct.choice.decide import decide
from logtrace.reconstruct.evidence.agreement import agreements, is_asked, of_asked
from logtrace.reconstruct.evidence.kinds import NAME, asking
from logtrace.reconstruct.evidence.priors import ROOT
from logtrace.reconstruct.evidence.scorer import weigh
from logtrace.reconstruct.evidence.shares import gains, shares
from logtrace.reconstruct.evidence.tables import Tables
from logtrace.reconstruct.forest.candidates import candidates
from logtrace.reconstruct.forest.columns import Forest
from logtrace.reconstruct.forest.peers import A_CLIENT, NO_PEER, Peer, numbered_peers
from logtrace.reconstruct.learning.selftaught import taught
from logtrace.views.tree.why import why_text
from tests.reconstruct.evidence.test_scorer import forest

ROOT_SPAN, FIRST_CALL, SECOND_CALL, PAY, STOCK = range(5)
SERVICES = ("order", "order", "order", "pay-service", "stock-service")
NAMES = ("POST /orders", "GET", "GET", "charge", "take")


def request(rng: random.Random) -> list[tuple[int, int, int]]:
    """(operation, start, end): two calls of one service that begin together, and what each of them calls: both hold either."""
    ends = rng.sample(range(300, 900), 2)
    begins = [rng.randint(20, 60) for _ in ends]
    inner = [(begin, begin + rng.randint(20, 90)) for begin in (rng.randint(80, 180) for _ in ends)]
    return [(0, 0, 1000), (1, begins[0], ends[0]), (2, begins[1], ends[1]), (3, *inner[0]), (4, *inner[1])]


def told(names: dict[int, dict[str, str]], many: int = 40) -> Forest:
    """Requests whose spans have these attributes, by operation."""
    rng = random.Random(1)
    found = forest(*(request(rng) for _ in range(many)))
    attributes = [{key: orjson.dumps(text).decode() for key, text in names.get(of, {}).items()} for of in range(5)]
    keys = [(service, name, "") for service, name in zip(SERVICES, NAMES, strict=True)]
    peers = numbered_peers(
        [list(attributes[of].items()) for of in found.operation.tolist()], [keys[of] for of in found.operation.tolist()]
    )
    numbers = {key: at for at, key in enumerate(dict.fromkeys(peers.operations))}
    return found._replace(
        operation=np.array([numbers[key] for key in peers.operations]), operations=list(numbers),
        peer=np.array(peers.numbers), peers=peers.peers,
    )  # fmt: skip


def right(found: Forest) -> float:
    """The share of what is called in other services that is given to the call that made it; those come in the order of spans
    that `request` makes, and are found again by their keys."""
    decision = decide(found, Tables(taught(found)))
    place = {key: at for at, key in enumerate(found.key.tolist())}
    many = len(found.key) // 5
    pairs = [(place[5 * number + child + 1], place[5 * number + parent + 1]) for number in range(many) for child, parent in CALLS]
    return sum(decision.parent[child] == parent for child, parent in pairs) / len(pairs)


CALLS = (PAY, FIRST_CALL), (STOCK, SECOND_CALL)
NAMED = {FIRST_CALL: {"peer.service": "pay"}, SECOND_CALL: {"url.full": "http://stock.prod:8080/take/7"}}


@pytest.mark.parametrize(
    "names",
    [
        NAMED,
        {FIRST_CALL: {"url.path": "/pay/charge", "peer.service": "10.0.0.1"}, PAY: {"http.route": "/charge"},
         SECOND_CALL: {"url.path": "/stock/take", "peer.service": "10.0.0.1"}, STOCK: {"http.route": "/take"}},
    ],
    ids=["services", "routes"],
)  # fmt: skip
def test_the_call_that_names_a_service_made_it(names: dict[int, dict[str, str]]) -> None:
    assert right(told({})) < 0.8
    assert right(told(names)) == 1.0


def test_names_that_agree_with_nothing_tell_nothing() -> None:
    mesh = {of: {"peer.service": "mesh-proxy"} for of in (FIRST_CALL, SECOND_CALL)}
    found = told(mesh)
    verdict = agreements(found, candidates(found, every=True))
    called = np.isin(found.operation, [at for at, (service, _, _) in enumerate(found.operations) if service != "order"])
    assert not verdict[called[candidates(found, every=True).child]].any()


def test_names_by_chance_weigh_nothing() -> None:
    """Calls that name one of the two services whatever they call."""
    found = told(NAMED, many=200)
    peers = (Peer(), Peer(calls=("pay",)), Peer(calls=("stock",)))
    rng = random.Random(2)
    calls = np.isin(found.operation, [at for at, key in enumerate(found.operations) if "GET" in key[1]])
    mixed = np.where(calls, [rng.choice((1, 2)) for _ in calls], NO_PEER)
    found = found._replace(peer=mixed, peers=peers)
    told_of = shares(found, candidates(found, every=True))
    pay = next(at for at, key in enumerate(found.operations) if key[0] == "pay-service")
    agrees, differs = gains(told_of.named, told_of.chance)
    assert agrees[pay] < 0.5
    assert differs[pay] > -0.5
    rightly = told(NAMED)
    agrees, differs = gains(*shares(rightly, candidates(rightly, every=True))[:2])
    assert agrees[next(at for at, key in enumerate(rightly.operations) if key[0] == "pay-service")] > 1.0


def test_work_on_what_was_asked_is_not_called_from_outside() -> None:
    """Within each charge one query, of which the client says as much: that it calls `pay`."""
    rng = random.Random(3)
    rows = [[(0, 0, 100), (1, 10, 90), (2, 20 + rng.randint(0, 9), 80), (3, 40, 50)] for _ in range(30)]
    found = forest(*rows)._replace(
        operations=[("order", "POST", ""), ("order", "GET", ""), ("pay", "charge", ""), ("pay", "query", "")],
        peers=(Peer(), Peer(calls=("pay",))),
    )
    found = found._replace(peer=(found.operation == 1).astype(np.int64))
    model = taught(found)
    assert model.pairs[ROOT, ("pay", "charge", "")].named > 0.9
    tables = Tables(model)
    assert tables.agrees[tables.numbers([("pay", "query", "")])[0]] == 0
    decision = decide(found, tables)
    assert (found.operation[decision.parent[found.operation == 3]] == 2).all()


ASKED = {FIRST_CALL: "pay", SECOND_CALL: "stock"}


def test_the_whole_way_from_logs_and_what_is_told_of_it(tmp_path: Path) -> None:
    """Of addresses no two are the same: rows of a store hold them as they are."""
    lines = []
    rng = random.Random(4)
    for number in range(30):
        for span, (of, start, end) in enumerate(request(rng)):
            at = 1_704_897_000_000_000_000 + number * 10**9
            lines.append({
                "start_time": at + start * 10**6, "timestamp": at + end * 10**6, "duration_ns": (end - start) * 10**6,
                "level": "info", "msg": "done", "service": SERVICES[of], "trace_id": f"{number + 1:032x}",
                "span_id": f"{span + 1:016x}", "operation": NAMES[of],
                **({"url.full": f"http://{ASKED[of]}:80/x/{number}"} if of in ASKED else {}),
            })  # fmt: skip
    log = tmp_path / "a.log"
    log.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    store = tmp_path / "s.db"
    api.ingest([str(log)], store)
    with api.open(store) as opened:
        for number in range(30):
            trace = opened.trace(f"{number + 1:032x}")
            parents = {span.span_id: span.parent_span_id for span in trace.spans}
            assert [parents[f"{child + 1:016x}"] for child, _ in CALLS] == [f"{parent + 1:016x}" for _, parent in CALLS]
        found = opened.why(trace, next(span for span in trace.spans if span.name == "charge"))
        assert found.candidates[0].peers > 0
    console = Console(width=140, file=io.StringIO(), record=True)
    console.print(why_text(found))
    assert "+ peers" in console.export_text()


def called(*traces, names: tuple[str, ...] = ("", "pay", "", ""), services: str = "order order pay pay") -> Forest:
    """Spans of four operations of these services, with the name of what those of each call."""
    peers = tuple(dict.fromkeys([Peer(), *(Peer(calls=(name,)) for name in names if name)]))
    found = forest(*traces)
    number = np.array([peers.index(Peer(calls=(name,)) if name else Peer()) for name in names])
    kinds = [A_CLIENT if name else "" for name in names]
    operations = [(service, f"o{at}", kind) for at, (service, kind) in enumerate(zip(services.split(), kinds, strict=True))]
    return found._replace(operations=operations, peers=peers, peer=number[found.operation])


def verdicts(found: Forest) -> dict[tuple[int, int], int]:
    """The verdict of each candidate of the first trace, by the places of both."""
    pairs = candidates(found, every=True)
    verdict = agreements(found, pairs)
    told_of = of_asked(found, pairs, verdict, is_asked(found, pairs, verdict))
    return dict(zip(zip(pairs.parent.tolist(), pairs.child.tolist(), strict=True), told_of.tolist(), strict=True))


def test_so_many_operations_are_asked_for_as_callers_name_their_service() -> None:
    found = called(*([[(0, 0, 100), (1, 10, 90), (2, 20, 80), (3, 40, 50)]] * 20))
    pairs = candidates(found, every=True)
    assert is_asked(found, pairs, agreements(found, pairs)).tolist() == [False, False, True, False]
    assert verdicts(found)[1, 2] == 1
    assert verdicts(found)[1, 3] == 0


def test_a_service_that_calls_itself_does_so_within_what_was_asked() -> None:
    found = called(*([[(0, 0, 100), (1, 10, 90), (2, 20, 80), (2, 40, 50)]] * 20))
    assert (verdicts(found)[1, 2], verdicts(found)[1, 3]) == (1, 0)
    beside = called(*([[(0, 0, 100), (1, 10, 90), (1, 12, 92), (2, 20, 80), (2, 40, 50)]] * 20))
    assert {verdicts(beside)[of, child] for of in (1, 2) for child in (3, 4)} == {1}


def test_what_calls_another_runs_in_its_own_service() -> None:
    """The stock's call of `pay` begins while another service's span runs that holds it more tightly."""
    found = called([(0, 0, 100), (2, 10, 90), (1, 20, 50)], names=("", "pay", "", ""), services="stock stock order pay")
    assert verdicts(found) == {(0, 1): 0, (0, 2): 1, (1, 2): -1}


def test_a_call_of_a_database_calls_no_service() -> None:
    found = called([(0, 0, 100), (1, 10, 90), (2, 20, 50)])._replace(peers=(Peer(), Peer(calls=("pay",), store=True)))
    assert verdicts(found)[1, 2] == -1


def test_who_called_speaks_against_others_where_it_speaks_for_one() -> None:
    found = called([(0, 0, 100), (3, 5, 95), (2, 20, 50)], services="order order pay stock")
    one, other, server = Peer(hosts=("10.0.0.1",)), Peer(hosts=("10.0.0.2",)), Peer(callers=("10.0.0.2",))
    assert verdicts(found._replace(peer=np.array([1, 2, 3]), peers=(Peer(), one, other, server)))[0, 2] == -1
    assert verdicts(found._replace(peer=np.array([1, 0, 3]), peers=(Peer(), one, other, server)))[0, 2] == 0


def test_what_outlives_the_callers_that_name_it_asks_for_them() -> None:
    found = called(*([[(0, 0, 100), (1, 10, 40), (2, 20, 70)]] * 20))
    pairs = candidates(found, every=True)
    assert asking(found, pairs, shares(found, pairs))[2] == NAME
    unnamed = found._replace(peer=np.zeros_like(found.peer))
    assert asking(unnamed, pairs, shares(unnamed, pairs))[2] == 0


def test_a_caller_whose_lines_stop_is_weighed_where_it_names_what_begins() -> None:
    traces = [[(0, 0, 100), (1, 10, end), (2, 30, 50)] for end in [20, 60] * 20]
    found = called(*traces)._replace(open_end=np.tile([False, True, False], 40))
    assert (1, 2) in weighed(found)
    assert (1, 2) not in weighed(found._replace(peer=np.zeros_like(found.peer)))


def weighed(found: Forest) -> set[tuple[int, int]]:
    """(parent, child) of all candidates that are weighed."""
    pairs = weigh(found, Tables(taught(found))).pairs
    return set(zip(pairs.parent.tolist(), pairs.child.tolist(), strict=True))


def test_what_names_a_service_is_sure_only_where_ends_are_told() -> None:
    rng = random.Random(5)
    rows = [[(0, 0, 100), (1, 10, 40), (2, begin := rng.randint(12, 20), begin + 40)] for _ in range(40)]
    found = called(*rows)
    confidence = decide(found, Tables(taught(found))).confidence[found.operation == 2]
    assert (confidence >= 80).all()
    by_lines = found._replace(open_end=np.ones(len(found.key), bool))
    assert (decide(by_lines, Tables(taught(by_lines))).confidence[found.operation == 2] < 80).all()
