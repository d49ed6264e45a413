"""How servers are reached: over TLS, with credentials, and by whichever of several nodes answers."""

import datetime
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from stack.search.base import SearchBackend, SearchRequest
from stack.search.elasticsearch.address import SearchServers
from stack.search.elasticsearch.backend import ElasticsearchBackend
from stack.search.query_tree import Everything
from tests.integration.search.backends import lend_servers
from tests.integration.search.door import Door, open_door
from tests.services import note_service

pytestmark = pytest.mark.django_db

NOWHERE = "http://127.0.0.1:1"
REQUEST = SearchRequest(Everything(), frozenset({1}))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of 127.0.0.1, signed by itself; the key stands in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "search servers of a test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def servers(request: pytest.FixtureRequest) -> Iterator[SearchServers]:
    with lend_servers("elasticsearch") as lent:
        note_service(request.node, "elasticsearch")
        yield lent


@pytest.fixture
def door(servers: SearchServers, certificate: Path) -> Iterator[Door]:
    with open_door(servers.urls[0], certificate=certificate) as opened:
        yield opened


def make_index(servers: SearchServers) -> SearchBackend:
    backend = ElasticsearchBackend(servers)
    with backend.open_writer() as writer:
        assert writer
    return backend


@pytest.mark.parametrize(
    ("credentials", "shown"),
    [
        ({"api_key": "a2V5"}, "ApiKey a2V5"),
        ({"user": "stack", "password": "wörd"}, "Basic c3RhY2s6d8O2cmQ="),
    ],
)
def test_certificates_are_checked_and_credentials_shown(
    servers: SearchServers, door: Door, certificate: Path, credentials: dict[str, str], shown: str
) -> None:
    trusting = replace(servers, urls=(door.url,), ca_file=certificate, **credentials)  # type: ignore[arg-type]
    assert make_index(trusting).search(REQUEST).is_ready
    assert door.credentials == {shown}
    assert trusting.unencrypted == ()


def test_who_shows_another_certificate_is_told_nothing(
    servers: SearchServers, door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    backend = ElasticsearchBackend(replace(servers, urls=(door.url,), api_key="a2V5"))
    found = backend.search(REQUEST)
    assert (found.is_ready, "cannot be reached" in found.trouble) == (False, True)
    assert not backend.check().is_reachable
    assert (door.requests, door.credentials) == ([], set())
    assert "a2V5" not in caplog.text + found.trouble


def test_one_of_several_nodes_that_lives_is_enough(servers: SearchServers) -> None:
    with open_door(servers.urls[0]) as first, open_door(servers.urls[0]) as second:
        backend = make_index(replace(servers, urls=(first.url, NOWHERE, second.url), patience_s=4.0))
        assert backend.check().is_reachable
        second.hang()
        for _ in range(6):
            assert backend.search(REQUEST).is_ready
