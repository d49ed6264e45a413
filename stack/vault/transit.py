"""The Transit engine of HashiCorp Vault and OpenBao as key-encryption key: it wraps, and keeps the key.

https://openbao.org/api-docs/secret/transit/ (`encrypt/:name`, `decrypt/:name`). The context goes along as
associated data and inside the plaintext: a server that is too old for associated data ignores it silently.
"""

import base64
import http.client
import json
import ssl
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from stack.core.tracing import span
from stack.vault.errors import VaultError, VaultLocked

_SECONDS = 10.0
_MOST_BYTES = 65536
_SETTING = "STACK_VAULT_KMS"
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class TransitKey:
    """The key `name` of the engine mounted at `mount`; plain HTTP is for this machine only."""

    scheme: str
    host: str
    port: int | None
    mount: str
    name: str
    token: str = field(repr=False)
    setting: str = _SETTING

    @classmethod
    def from_address(cls, address: str, *, token: str) -> "TransitKey":
        """From `https://host:8200/<mount>/<key>`; a mount may have several parts."""
        parts = urlsplit(address)
        mount, _, name = parts.path.strip("/").rpartition("/")
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if not (is_safe and parts.hostname and mount and name) or parts.username or parts.query:
            raise VaultLocked(
                f"{_SETTING}: expected https://host:8200/<mount>/<key>, for example …/transit/stack",
                remedy="Correct it, and start again.",
            )
        if not token or not token.isascii() or not token.isprintable():
            raise VaultLocked(
                f"{_SETTING} needs a token", remedy=f"Set {_SETTING}_TOKEN or {_SETTING}_TOKEN_FILE."
            )
        return cls(parts.scheme, parts.hostname, parts.port, mount, name, token)

    @property
    def key_id(self) -> str:
        return f"transit:{self.mount}/{self.name}"

    def wrap(self, key: bytes, *, context: bytes) -> str:
        data = {"plaintext": _encode(context + key), "associated_data": _encode(context)}
        return self._ask("encrypt", data, wanted="ciphertext")

    def unwrap(self, wrapped: str, *, context: bytes) -> bytes:
        data = {"ciphertext": wrapped, "associated_data": _encode(context)}
        plain = base64.b64decode(self._ask("decrypt", data, wanted="plaintext"))
        if not plain.startswith(context):
            raise VaultError("A wrapped key belongs to another place")
        return plain[len(context) :]

    def _ask(self, verb: str, data: dict[str, str], *, wanted: str) -> str:
        connection = self._connect()
        path = f"/v1/{quote(self.mount)}/{verb}/{quote(self.name, safe='')}"
        headers = {"X-Vault-Token": self.token, "X-Vault-Request": "true", "Content-Type": "application/json"}
        try:
            with span("ask key management", kind="client"):
                connection.request("POST", path, body=json.dumps(data), headers=headers)
                answer = connection.getresponse()
                status, body = answer.status, answer.read(_MOST_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise self._refuse(f"does not answer: {type(error).__name__}") from None
        finally:
            connection.close()
        # 400 is how it says that the text, the associated data or the key version is not one of its own.
        if status == 400 and verb == "decrypt":
            raise VaultError("The key-management service does not open a wrapped key")
        if status != 200:
            raise self._refuse(f"answered {status} to {verb}")
        try:
            return _read_member(body, wanted)
        except (ValueError, KeyError, TypeError):
            raise self._refuse(f"did not answer {verb} as Transit does") from None

    def _connect(self) -> http.client.HTTPConnection:
        if self.scheme == "http":
            return http.client.HTTPConnection(self.host, self.port, timeout=_SECONDS)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(self.host, self.port, timeout=_SECONDS, context=context)

    def _refuse(self, what: str) -> VaultLocked:
        return VaultLocked(
            f"{_SETTING}: the key-management service at {self.host} {what}",
            remedy="See that it is unsealed and that the token may encrypt and decrypt with this key.",
        )


def _read_member(body: bytes, wanted: str) -> str:
    text = json.loads(body)["data"][wanted]
    if not isinstance(text, str):
        raise TypeError(wanted)
    return text


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
