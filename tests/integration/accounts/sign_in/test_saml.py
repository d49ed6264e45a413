"""Single sign-on with SAML 2.0: what a provider's answer must be to be taken."""

import base64
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from allauth.socialaccount.models import SocialAccount
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.core.cache import cache
from django.test import Client, override_settings
from onelogin.saml2.constants import OneLogin_Saml2_Constants as Constants
from onelogin.saml2.utils import OneLogin_Saml2_Utils as Utils

from stack.accounts.models import Organisation, User
from stack.config.single_sign_on import read_providers
from tests.people import make_member
from tests.signing import PASSWORD, add_app, is_signed_in

pytestmark = [
    pytest.mark.django_db(databases="__all__"),
    pytest.mark.usefixtures("database"),
    pytest.mark.urls("tests.integration.accounts.sign_in.urls"),
]
_HERE = "http://localhost/sign-in/saml/north"
_THERE = "https://id.north.example/saml"
_REFUSED = "/sign-in?refused=single-sign-on"


@dataclass(frozen=True, slots=True)
class Signer:
    key: str
    certificate: str

    @property
    def bare(self) -> str:
        return "".join(self.certificate.splitlines()[1:-1])


def _make_signer() -> Signer:
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "id.north.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(
            name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=9)
        )
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Signer(private.decode(), certificate.decode())


@pytest.fixture(scope="module")
def signer() -> Signer:
    return _make_signer()


@pytest.fixture
def north(database: str, signer: Signer, tmp_path: Path) -> Iterator[Organisation]:
    cache.clear()
    path = tmp_path / "metadata.xml"
    path.write_text(
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{_THERE}">'
        "<IDPSSODescriptor "
        'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">'
        '<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>'
        f"{signer.bare}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService "
        f'Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{_THERE}/sso"/>'
        "</IDPSSODescriptor></EntityDescriptor>"
    )
    environment = {
        "STACK_SAML_NORTH_METADATA_FILE": str(path),
        "STACK_SAML_NORTH_ORGANISATION": "North",
        "STACK_SAML_NORTH_MAIL_DOMAINS": "north.example",
    }
    organisation = Organisation.objects.create(name="North")
    user = make_member("robin", organisation, password=PASSWORD)
    User.objects.filter(pk=user.pk).update(email="robin@north.example")
    with override_settings(SOCIALACCOUNT_PROVIDERS=read_providers(environment=environment)):
        yield organisation


def _browse() -> Client:
    return Client(headers={"Host": "localhost"})


def _ask(client: Client, query: str = "") -> str:
    """Begins the sign-in; gives the id of the request that goes to the provider."""
    start = client.get(f"/sign-in/saml/north/login/{query}")
    assert start["Location"].startswith(f"{_THERE}/sso?SAMLRequest=")
    sent = parse_qs(urlsplit(start["Location"]).query)["SAMLRequest"][0]
    return ElementTree.fromstring(zlib.decompress(base64.b64decode(sent), -15)).attrib["ID"]


def _at(minutes: int) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write(request_id: str, signer: Signer | None, **change: str) -> str:
    """A response with one assertion, signed (None: not)."""
    say = {
        "audience": f"{_HERE}/metadata/",
        "recipient": f"{_HERE}/acs/",
        "issuer": _THERE,
        "until": _at(5),
        "mail": "robin@north.example",
        "name": "subject-1",
        "algorithm": Constants.RSA_SHA256,
        "digest": Constants.SHA256,
    } | change
    assertion = (
        '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" Version="2.0" '
        f'IssueInstant="{_at(0)}"><saml:Issuer>{say["issuer"]}</saml:Issuer><saml:Subject>'
        '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">'
        f"{say['name']}</saml:NameID>"
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">'
        f'<saml:SubjectConfirmationData InResponseTo="{request_id}" Recipient="{say["recipient"]}" '
        f'NotOnOrAfter="{say["until"]}"/></saml:SubjectConfirmation></saml:Subject>'
        f'<saml:Conditions NotBefore="{_at(-60)}" NotOnOrAfter="{say["until"]}"><saml:AudienceRestriction>'
        f"<saml:Audience>{say['audience']}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{_at(0)}" SessionIndex="_s1"><saml:AuthnContext>'
        "<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password"
        "</saml:AuthnContextClassRef>"
        "</saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement>"
        f'<saml:Attribute Name="email">'
        f"<saml:AttributeValue>{say['mail']}</saml:AttributeValue></saml:Attribute>"
        "</saml:AttributeStatement></saml:Assertion>"
    )
    if signer is not None:
        signed = Utils.add_sign(
            assertion,
            signer.key,
            signer.certificate,
            sign_algorithm=say["algorithm"],
            digest_algorithm=say["digest"],
        )
        assertion = signed.decode() if isinstance(signed, bytes) else signed
    return (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0" '
        f'IssueInstant="{_at(0)}" Destination="{_HERE}/acs/" InResponseTo="{request_id}">'
        f'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{say["issuer"]}</saml:Issuer>'
        '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        f"{assertion}</samlp:Response>"
    )


def _answer(client: Client, response: str) -> Any:
    body = {"SAMLResponse": base64.b64encode(response.encode()).decode(), "RelayState": "//evil.example"}
    taken = client.post("/sign-in/saml/north/acs/", body)
    assert taken["Location"] == "/sign-in/saml/north/acs/finish/"
    return client.get(taken["Location"])


def test_providers_are_told_where_to_send_answers(north: Organisation) -> None:
    answer = _browse().get("/sign-in/saml/north/metadata/")
    assert answer.status_code == 200
    assert f"{_HERE}/acs/".encode() in answer.content
    assert b'WantAssertionsSigned="true"' in answer.content


def test_production_names_its_addresses_with_https(north: Organisation) -> None:
    with override_settings(PRODUCTION=True):
        answer = _browse().get("/sign-in/saml/north/metadata/")
    assert b'Location="https://localhost/sign-in/saml/north/acs/"' in answer.content


def test_a_signed_answer_to_our_request_signs_in(north: Organisation, signer: Signer) -> None:
    client = _browse()
    request_id = _ask(client, "?next=/search")
    assert _answer(client, _write(request_id, signer))["Location"] == "/search"
    assert is_signed_in(client)
    assert SocialAccount.objects.get().provider == "north"


@pytest.mark.asvs("6.8.3")
def test_a_replayed_answer_is_refused_here_and_in_another_browser(
    north: Organisation, signer: Signer
) -> None:
    client, thief = _browse(), _browse()
    response = _write(_ask(client), signer)
    assert _answer(thief, response).status_code == 302
    assert not is_signed_in(thief)
    _answer(client, response)
    assert is_signed_in(client)
    client.post("/sign-out")
    assert _answer(client, response).status_code == 302
    assert not is_signed_in(client)


def _tampered(text: str) -> str:
    return text.replace("robin@north.example", "chief@north.example")


def _wrapped(text: str) -> str:
    """The signed assertion stays as it is, behind a forged one (XML signature wrapping)."""
    start = text.index("<saml:Assertion")
    forged = (
        text[start : text.index("</samlp:Response>")]
        .replace('ID="_a1"', 'ID="_a2"')
        .replace("subject-1", "other")
    )
    head, _, tail = forged.partition("<ds:Signature")
    bare = head + tail.partition("</ds:Signature>")[2]
    return text[:start] + bare + text[start:]


@pytest.mark.asvs("6.8.2")
@pytest.mark.parametrize(
    ("change", "spoil"),
    [
        ({"audience": "https://other.example/metadata/"}, None),
        ({"recipient": "https://other.example/acs/"}, None),
        ({"issuer": "https://evil.example"}, None),
        ({"until": _at(-30)}, None),
        ({"algorithm": Constants.RSA_SHA1, "digest": Constants.SHA1}, None),
        ({}, _tampered),
        ({}, _wrapped),
    ],
)
def test_an_answer_that_is_not_right_in_every_way_is_refused(
    north: Organisation, signer: Signer, change: dict[str, str], spoil: Callable[[str], str] | None
) -> None:
    client = _browse()
    response = _write(_ask(client), signer, **change)
    assert _answer(client, spoil(response) if spoil else response)["Location"] == _REFUSED
    assert not is_signed_in(client)


@pytest.mark.asvs("6.8.2")
def test_an_unsigned_one_and_one_of_another_key_are_refused(north: Organisation) -> None:
    for wrong in (None, _make_signer()):
        client = _browse()
        assert _answer(client, _write(_ask(client), wrong))["Location"] == _REFUSED
        assert not is_signed_in(client)


def test_an_answer_that_nobody_asked_for_is_refused(north: Organisation, signer: Signer) -> None:
    client = _browse()
    response = _write("_never", signer)
    assert _answer(client, response).status_code == 302
    assert not is_signed_in(client)
    unasked = response.replace(' InResponseTo="_never"', "", 1)
    assert _answer(client, unasked)["Location"] == _REFUSED
    assert not is_signed_in(client)


@pytest.mark.parametrize("body", ["", "x", base64.b64encode(b"<a/>").decode(), "%00"])
def test_what_is_no_answer_is_refused(north: Organisation, body: str) -> None:
    client = _browse()
    _ask(client)
    client.post("/sign-in/saml/north/acs/", {"SAMLResponse": body})
    assert client.get("/sign-in/saml/north/acs/finish/").status_code == 302
    assert not is_signed_in(client)


def test_mail_addresses_of_other_domains_are_not_believed(north: Organisation, signer: Signer) -> None:
    User.objects.update(email="robin@else.example")
    client = _browse()
    answer = _answer(client, _write(_ask(client), signer, mail="robin@else.example"))
    assert answer["Location"] == "/sign-in?refused=unknown"


def test_a_second_factor_is_asked_for_all_the_same(north: Organisation, signer: Signer) -> None:
    add_app(User.objects.get(username="robin"))
    client = _browse()
    assert _answer(client, _write(_ask(client), signer))["Location"] == "/sign-in/second-factor"


def test_signing_out_there_is_not_offered(north: Organisation) -> None:
    assert _browse().get("/sign-in/saml/north/sls/").status_code == 404
