"""Sections 3 to 5, 8.4 and 8.5: what Stack's client sends, as a strict server sees it, and what it reads."""

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from stack.core.http.errors import TlsFailure
from stack.core.http.tls import TlsOptions
from stack.sources.taxii.client import TaxiiClient
from stack.sources.taxii.protocol import Discovery
from stack.sources.taxii.pulling import make_drain
from stack.sources.taxii.records import Access, Position
from tests.certificates import make_authority, make_certificate
from tests.http_servers import allowing
from tests.standards.taxii.door import TAXII
from tests.standards.taxii.register import states
from tests.standards.taxii.samples import Json, ids_of, make_indicator
from tests.standards.taxii.strict import COLLECTION, PASSWORD, ROOT, USER, Strict, serve_strict

pytestmark = pytest.mark.usefixtures("loopback_allowed")

Connect = Callable[[Strict], TaxiiClient]


@pytest.fixture
def loopback_allowed() -> Iterator[None]:
    with allowing("127.0.0.0/8 ::1"):
        yield


@pytest.fixture
def connect() -> Iterator[Connect]:
    with ExitStack() as stack:
        yield lambda strict: stack.enter_context(
            TaxiiClient(_access(stack.enter_context(serve_strict(strict)) + ROOT))
        )


def _access(url: str, tls: TlsOptions | None = None) -> Access:
    return Access(url=url, user=USER, password=PASSWORD, tls=tls or TlsOptions())


def _drain(client: TaxiiClient, *, limit: int = 100) -> list[Json]:
    drain = make_drain(client, COLLECTION, position=Position(), limit=limit, is_exact=True)
    return [json.loads(text) for portion in drain.run() for text in portion.objects]


def _make_objects(count: int) -> list[Json]:
    return [make_indicator(f"number {number}") for number in range(count)]


def _go_everywhere(strict: Strict, client: TaxiiClient) -> None:
    client.discover()
    client.get_api_root()
    client.list_collections()
    found = _drain(client)
    client.read_dates(COLLECTION, ids_of(found))
    status = client.post_objects(COLLECTION, json.dumps({"objects": _make_objects(2)}).encode())
    client.get_status(status.id)
    assert len(strict.asked) >= 8


@states("C3.1-1", "C3.1-2", "C3.1-3", "C3.2-1", "C3.4-1", "C3.4-2", "C3.4-3", "C3.5-1", "C5.5-1")
def test_a_strict_server_finds_no_fault(connect: Connect) -> None:
    strict = Strict(objects=_make_objects(10))
    _go_everywhere(strict, connect(strict))
    assert strict.broken == []


@states("C3.1-1", "C3.1-2", "C3.2-1")
def test_every_request_says_what_it_wants_and_who_asks(connect: Connect) -> None:
    strict = Strict(objects=_make_objects(4))
    _go_everywhere(strict, connect(strict))
    for request in strict.asked:
        assert request.path.endswith("/")
        assert request.headers["accept"].replace(" ", "") == TAXII
        assert request.headers["user-agent"].lower().startswith("stack/")


@states("C3.5-1", "C3.4-2")
def test_next_comes_with_the_parameters_of_the_request_before(connect: Connect) -> None:
    strict = Strict(objects=_make_objects(10), page=4)
    assert _drain(connect(strict)) == strict.objects
    paged = [request for request in strict.asked if dict(request.query).get("next")]
    assert len(paged) >= 2
    assert strict.broken == []


@states("C3.5-2", "C3.4-1")
def test_without_next_the_date_of_the_last_header_goes_on(connect: Connect) -> None:
    strict = Strict(objects=_make_objects(10), page=4, gives_next=False)
    assert _drain(connect(strict)) == strict.objects
    assert any("added_after" in dict(request.query) for request in strict.asked)
    assert strict.broken == []


@states("C3.5-3")
def test_an_empty_page_with_more_is_no_end(connect: Connect) -> None:
    strict = Strict(objects=_make_objects(5), empty_pages=True)
    assert _drain(connect(strict)) == strict.objects


@states("C3.5-3")
def test_an_empty_collection_is_no_error(connect: Connect) -> None:
    assert _drain(connect(Strict())) == []


@states("C3.8-1", "C8.4-1")
def test_resources_with_required_properties_alone_are_read(connect: Connect) -> None:
    client = connect(Strict(most_bytes=4_711))
    found = client.discover()
    root = client.get_api_root()
    assert (root.title, root.versions, root.most_bytes) == ("Root", (TAXII,), 4_711)
    [row] = client.list_collections()
    assert (row.id, row.title, row.can_read, row.can_write) == (COLLECTION, "Worms", True, True)
    assert found.title


@states("C8.4-1")
def test_all_properties_of_resources_are_read(connect: Connect) -> None:
    media_types = ["application/stix+json;version=2.1"]
    extra = {"description": "of worms", "alias": "worms", "media_types": media_types, "contact": "us"}
    strict = Strict(extra=extra)
    with serve_strict(strict) as url, TaxiiClient(_access(f"{url}/taxii2/")) as client:
        found = client.discover()
        assert isinstance(found, Discovery)
        assert (found.title, found.description, found.contact) == ("Strict", "of worms", "us")
        assert found.default == f"{url}{ROOT}"
        assert found.api_roots == (f"{url}{ROOT}",)
    client = connect(strict)
    [row] = client.list_collections()
    assert (row.description, row.alias, row.media_types) == ("of worms", "worms", tuple(media_types))
    assert client.get_api_root().description == "of worms"
    status = client.post_objects(COLLECTION, json.dumps({"objects": _make_objects(3)}).encode())
    assert (status.is_complete, status.succeeded, status.failed, status.pending) == (True, 3, 0, 0)


@states("C7.1-1")
def test_properties_that_nobody_knows_are_ignored(connect: Connect) -> None:
    strict = Strict(objects=_make_objects(4), extra={"x_example_com_score": {"a": [1]}, "later": None})
    _go_everywhere(strict, connect(strict))
    assert _drain(connect(strict)) == strict.objects


@states("C8.5-3")
def test_http_basic_carries_user_and_password(connect: Connect) -> None:
    strict = Strict(objects=_make_objects(1))
    assert _drain(connect(strict)) == strict.objects
    assert all("authorization" in request.headers for request in strict.asked)


@pytest.fixture
def certificates(tmp_path: Path) -> tuple[Path, str]:
    """A server's certificate with its key, and the authority that signed it."""
    authority = make_authority()
    path = tmp_path / "server.pem"
    path.write_text(make_certificate(authority, "localhost"))
    return path, authority.pem


def _context(certificate: Path, version: ssl.TLSVersion) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.minimum_version = context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@states("C8.5-1", "C8.5-2")
def test_https_with_either_version_of_tls(certificates: tuple[Path, str], version: ssl.TLSVersion) -> None:
    certificate, authority = certificates
    strict = Strict(objects=_make_objects(4))
    with serve_strict(strict, context=_context(certificate, version)) as url:
        assert url.startswith("https://")
        with TaxiiClient(_access(url + ROOT, tls=TlsOptions(ca_file=authority))) as client:
            assert _drain(client) == strict.objects


@states("C8.5-4")
def test_a_certificate_that_nobody_known_signed_is_refused(certificates: tuple[Path, str]) -> None:
    strict = Strict(objects=_make_objects(1))
    with (
        serve_strict(strict, context=_context(certificates[0], ssl.TLSVersion.TLSv1_3)) as url,
        TaxiiClient(_access(url + ROOT)) as client,
        pytest.raises(TlsFailure),
    ):
        _drain(client)
    assert strict.asked == []
