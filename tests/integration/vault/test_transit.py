"""Transit as key-encryption key, against a server of this test that speaks the documented API.

https://openbao.org/api-docs/secret/transit/: `POST /v1/<mount>/encrypt/<key>` and `…/decrypt/<key>`.
"""

import base64
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pytest_django import Settings

from stack.vault.errors import VaultError, VaultLocked
from stack.vault.key_sources import KeyPlace, ServicePlace, VaultSettings
from stack.vault.models import DataKey
from stack.vault.operations import open_sealed, seal, unlock_vault
from stack.vault.ring import forget_keys
from stack.vault.rotation import rotate_key_encryption
from stack.vault.transit import TransitKey
from tests.integration.vault.conftest import ACTOR, key_text

TOKEN = "s.right"
PLACE = {"table": "t", "row": "1", "field": "f"}


class TransitServer(ThreadingHTTPServer):
    """One key, `stack` at `transit`; `answer` replaces the proper answer by status and body."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), TransitHandler)
        self.keys = [os.urandom(32)]
        self.answer: tuple[int, bytes] | None = None
        self.knows_associated_data = True
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/transit/stack"

    def work(self, verb: str, data: dict[str, str]) -> tuple[int, dict[str, Any]]:
        bound = base64.b64decode(data.get("associated_data", "")) if self.knows_associated_data else b""
        if verb == "encrypt":
            nonce = os.urandom(12)
            sealed = AESGCM(self.keys[-1]).encrypt(nonce, base64.b64decode(data["plaintext"]), bound)
            text = base64.b64encode(nonce + sealed).decode()
            return 200, {
                "data": {"ciphertext": f"vault:v{len(self.keys)}:{text}", "key_version": len(self.keys)}
            }
        _, version, text = data["ciphertext"].split(":")
        raw = base64.b64decode(text)
        try:
            plain = AESGCM(self.keys[int(version[1:]) - 1]).decrypt(raw[:12], raw[12:], bound)
        except InvalidTag:
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}


class TransitHandler(BaseHTTPRequestHandler):
    server: TransitServer

    def do_POST(self) -> None:
        data = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        version, mount, verb, name = self.path.strip("/").split("/")
        self.server.asked.append(verb)
        if self.server.answer is not None:
            return self._send(*self.server.answer)
        if self.headers["X-Vault-Token"] != TOKEN or (version, mount, name) != ("v1", "transit", "stack"):
            return self._send(403, b'{"errors": ["permission denied"]}')
        status, body = self.server.work(verb, data)
        return self._send(status, json.dumps(body).encode())

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the base class
        """Nothing on standard error."""


@pytest.fixture
def transit() -> Iterator[TransitServer]:
    server = TransitServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join(5)
    server.server_close()


def key_of(server: TransitServer, token: str = TOKEN) -> TransitKey:
    return TransitKey.from_address(server.address, token=token)


@pytest.mark.parametrize("knows", [True, False])
def test_a_wrapped_key_opens_in_its_context_only_whether_or_not_the_server_knows_of_such(
    transit: TransitServer, knows: bool
) -> None:
    transit.knows_associated_data = knows
    key = key_of(transit)
    wrapped = key.wrap(b"k" * 32, context=b"one")
    assert wrapped.startswith("vault:v1:")
    assert key.unwrap(wrapped, context=b"one") == b"k" * 32
    with pytest.raises(VaultError):
        key.unwrap(wrapped, context=b"two")


@pytest.mark.parametrize(
    "answer",
    [
        (503, b'{"errors": ["Vault is sealed"]}'),
        (403, b"{}"),
        (307, b""),
        (500, b""),
        (200, b"<html>"),
        (200, b'{"data": {}}'),
        (200, b'{"data": {"plaintext": 5, "ciphertext": 5}}'),
        (200, b"[]"),
        (200, b"null"),
    ],
)
def test_an_answer_that_is_none_locks_and_follows_nowhere(
    transit: TransitServer, answer: tuple[int, bytes]
) -> None:
    transit.answer = answer
    key = key_of(transit)
    with pytest.raises(VaultLocked, match="STACK_VAULT_KMS"):
        key.wrap(b"k" * 32, context=b"one")
    with pytest.raises(VaultLocked) as refusal:
        key.unwrap("vault:v1:x", context=b"one")
    assert TOKEN not in str(refusal.value) + refusal.value.remedy
    assert transit.asked == ["encrypt", "decrypt"]


def test_a_wrong_token_and_a_server_that_is_gone_lock(transit: TransitServer) -> None:
    with pytest.raises(VaultLocked, match="403"):
        key_of(transit, "s.wrong").wrap(b"k" * 32, context=b"")
    absent = TransitKey.from_address("http://127.0.0.1:9/transit/stack", token=TOKEN)
    with pytest.raises(VaultLocked, match="does not answer"):
        absent.wrap(b"k" * 32, context=b"")


@pytest.mark.django_db(databases="__all__")
def test_a_vault_under_transit_asks_it_once_and_moves_there_from_a_local_key(
    database: str, settings: Settings, transit: TransitServer
) -> None:
    local = KeyPlace("STACK_VAULT_KEY", text=key_text())
    service = ServicePlace("transit", transit.address, TOKEN)
    settings.VAULT = VaultSettings(current=local)
    sealed = seal(b"secret", **PLACE)
    settings.VAULT = VaultSettings(current=local, service=service)
    assert rotate_key_encryption(ACTOR).after == "transit:transit/stack"
    settings.VAULT = VaultSettings(service=service)
    unlock_vault()
    forget_keys()
    transit.asked.clear()
    assert [open_sealed(sealed, **PLACE) for _ in range(5)] == [b"secret"] * 5
    assert transit.asked == ["decrypt"]


@pytest.mark.django_db(databases="__all__")
def test_after_a_rotation_at_the_service_ours_uses_its_newest_version(
    database: str, settings: Settings, transit: TransitServer
) -> None:
    settings.VAULT = VaultSettings(service=ServicePlace("transit", transit.address, TOKEN))
    sealed = seal(b"secret", **PLACE)
    transit.keys.append(os.urandom(32))
    assert rotate_key_encryption(ACTOR).rewrapped == 3
    assert all(row.wrapped.startswith("vault:v2:") for row in DataKey.objects.all())
    forget_keys()
    assert open_sealed(sealed, **PLACE) == b"secret"
    transit.keys[:] = [os.urandom(32), os.urandom(32)]
    forget_keys()
    with pytest.raises(VaultLocked):
        unlock_vault()
