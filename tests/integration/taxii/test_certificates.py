"""Client certificates, as a proxy tells of them."""

import base64
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings

from stack.accounts.models import ApiKey
from stack.core.addresses import read_networks
from stack.core.clock import now_us
from tests.integration.taxii.conftest import Taxii

pytestmark = pytest.mark.django_db

_DER = b"a certificate, as far as its fingerprint goes"
_FINGERPRINT = sha256(_DER).hexdigest()
_PEM = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(_DER).decode()}\n-----END CERTIFICATE-----\n"
_HEADER = "x-client-cert"


@pytest.fixture
def database(db: None) -> str:
    return "default"


@pytest.fixture
def proxied(taxii: Taxii, settings: Any) -> Taxii:
    """The test's client comes from a trusted proxy, and its certificate stands for the key of `taxii`."""
    settings.TRUSTED_PROXIES = read_networks(["127.0.0.1"])
    settings.TAXII = replace(
        django_settings.TAXII,
        certificate_header="X-Client-Cert",
        certificates={_FINGERPRINT: taxii.key.split("_")[1]},
    )
    del taxii.headers["authorization"]
    return taxii


@pytest.mark.parametrize(
    "value",
    [
        _FINGERPRINT,
        _FINGERPRINT.upper(),
        ":".join(_FINGERPRINT[n : n + 2] for n in range(0, 64, 2)),
        quote(_PEM),
    ],
)
def test_a_certificate_stands_for_its_key(proxied: Taxii, value: str) -> None:
    assert proxied.ask("GET", "", headers={_HEADER: value}).status_code == 200
    assert ApiKey.objects.get().last_used_at is not None


@pytest.mark.parametrize(
    "value",
    ["", "0" * 64, _FINGERPRINT[:-1], "nonsense", quote(_PEM * 2), quote(_PEM.replace("CERTIFICATE", "KEY"))],
)
def test_another_one_is_nobody(proxied: Taxii, value: str) -> None:
    assert proxied.ask("GET", "", headers={_HEADER: value}).status_code == 401


def test_from_anybody_else_the_header_means_nothing(proxied: Taxii, settings: Any) -> None:
    asked: dict[str, Any] = {"headers": {_HEADER: _FINGERPRINT}}
    assert proxied.ask("GET", "", **asked, REMOTE_ADDR="192.0.2.1").status_code == 401
    settings.TAXII = replace(settings.TAXII, certificate_header="")
    assert proxied.ask("GET", "", **asked).status_code == 401


def test_a_key_that_is_wrong_is_not_made_good_by_a_certificate(proxied: Taxii) -> None:
    headers = {_HEADER: _FINGERPRINT, "authorization": "Bearer nonsense"}
    assert proxied.ask("GET", "", headers=headers).status_code == 401


def test_a_certificate_ends_with_its_key(proxied: Taxii) -> None:
    ApiKey.objects.update(revoked_at=now_us())
    assert proxied.ask("GET", "", headers={_HEADER: _FINGERPRINT}).status_code == 401
