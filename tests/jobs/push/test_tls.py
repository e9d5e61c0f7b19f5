"""TLS: whom we trust, who we are, and what is said where either is not so."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import grpc
import pytest
import trustme

from logtrace import api
from logtrace.errors import UsageError
from logtrace.jobs.push.session import How
from logtrace.jobs.push.target import Tls
from tests.jobs.push.receiver import Received, over_grpc, over_http

QUICK = How(timeout_s=30, retry_s=0.1)


class Files(NamedTuple):
    """PEM files: whom to trust, and a client's certificate with its key."""

    ca: Path
    client: Path


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def files(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("tls")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    authority.issue_cert("logtrace@example.com").private_key_and_cert_chain_pem.write_to_path(folder / "client.pem")
    return Files(folder / "ca.pem", folder / "client.pem")


def listening(
    kind: str, received: Received, authority: trustme.CA, name: str, wants_client: bool, until: datetime | None = None
) -> ExitStack:
    """A receiver with a certificate for a name, that holds until then; its address is `url`."""
    issued = authority.issue_cert(name, not_after=until)
    stack = ExitStack()
    if kind == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issued.configure_cert(context)
        if wants_client:
            authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        stack.url = stack.enter_context(over_http(received, context))  # type: ignore[attr-defined]
        return stack
    pair = (issued.private_key_pem.bytes(), b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    credentials = grpc.ssl_server_credentials([pair], authority.cert_pem.bytes(), wants_client)
    stack.url = stack.enter_context(over_grpc(received, credentials))  # type: ignore[attr-defined]
    return stack


@pytest.fixture(params=["https", "grpcs"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def secure(kind: str, received: Received, authority: trustme.CA) -> Iterator[str]:
    with listening(kind, received, authority, "localhost", False) as stack:
        yield stack.url


def test_a_certificate_that_is_trusted(store: Path, secure: str, files: Files):
    assert api.push(secure, store, tls=Tls(files.ca)).sent == 4


@pytest.mark.parametrize("named", [Tls(ca=Path("/nope")), Tls(cert=Path("/nope"), key=Path("/nope")), Tls(ca=Path(__file__))])
def test_files_that_are_none_are_refused_also_where_no_tls_is_spoken(store: Path, named: Tls):
    for url in ("http://localhost:4318", "grpc://localhost:4317"):
        with pytest.raises(UsageError, match="can't be used as --c"):
            api.push(url, store, tls=named, dry_run=True)
    with pytest.raises(UsageError, match="can't be used as --c"):
        api.verify("http://localhost:16686", store, tls=named)


def test_a_certificate_that_is_not(store: Path, secure: str):
    done = api.push(secure, store, how=QUICK)
    assert done.stopped.endswith("can't be trusted: unable to get local issuer certificate") and "--ca FILE" in done.hint


def test_a_certificate_that_is_over(store: Path, kind: str, received: Received, authority: trustme.CA, files: Files):
    with listening(kind, received, authority, "localhost", False, datetime(2020, 1, 1, tzinfo=UTC)) as stack:
        done = api.push(stack.url, store, tls=Tls(files.ca), how=QUICK)
    assert done.stopped.endswith("can't be trusted: certificate has expired") and "a new one" in done.hint


def test_a_certificate_of_another(store: Path, kind: str, received: Received, authority: trustme.CA, files: Files):
    with listening(kind, received, authority, "other.example", False) as stack:
        done = api.push(stack.url, store, tls=Tls(files.ca), how=QUICK)
    assert "can't be trusted" in done.stopped and "name in it" in done.hint


def test_who_we_are(store: Path, kind: str, received: Received, authority: trustme.CA, files: Files):
    with listening(kind, received, authority, "localhost", True) as stack:
        refused = api.push(stack.url, store, tls=Tls(files.ca), how=QUICK)
        assert refused.stopped and "--cert" in refused.hint
        assert api.push(stack.url, store, tls=Tls(files.ca, files.client)).sent == 4
    assert max(received.ids.values()) == 1


def test_tls_to_a_port_without(store: Path, http_url: str, grpc_url: str):
    for url in (http_url.replace("http:", "https:"), grpc_url.replace("grpc:", "grpcs:")):
        done = api.push(url, store, how=QUICK)
        assert "speaks no TLS" in done.stopped and "://" in done.hint


def test_no_tls_to_a_port_with(store: Path, secure: str):
    done = api.push(secure.replace("s:", ":"), store, how=QUICK)
    assert done.stopped and "TLS" in done.hint


@pytest.mark.parametrize("content", [None, "no PEM at all"])
def test_files_that_are_none(content: str | None, store: Path, kind: str, tmp_path: Path):
    file = tmp_path / "x.pem"
    if content is not None:
        file.write_text(content)
    for trust in (Tls(file), Tls(None, file)):
        with pytest.raises(UsageError, match=r"x\.pem"):
            api.push(f"{kind}://localhost:4317", store, tls=trust)
