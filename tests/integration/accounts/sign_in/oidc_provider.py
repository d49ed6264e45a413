"""A small OpenID Connect provider on loopback: discovery, keys, authorization code with PKCE, RS256."""

import base64
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID = "stack"
CLIENT_SECRET = "a secret of the client"


@dataclass
class Provider:
    """`claims` go into every token over the right ones; `key` signs; `approve` is what its own page does."""

    address: str
    claims: dict[str, Any] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    published: rsa.RSAPublicKey | None = None
    algorithm: str = "RS256"
    issuer: str = ""
    moved_to: str = ""
    token_endpoint: str = ""
    tokens_given: int = 0
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def approve(self, location: str) -> str:
        """The user agrees: the address that the browser is sent back to. Checks the request as it must."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert asked["nonce"]
        assert len(asked["state"]) >= 16
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return asked["redirect_uri"] + "?" + urlencode({"code": code, "state": asked["state"]})

    def answer(self, path: str, form: dict[str, str]) -> dict[str, Any] | None:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer or self.address,
                "authorization_endpoint": f"{self.address}/authorize",
                "token_endpoint": self.token_endpoint or f"{self.address}/token",
                "jwks_uri": f"{self.address}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/keys":
            public = self.published or self.key.public_key()
            jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public))
            return {"keys": [jwk | {"kid": "one", "use": "sig", "alg": "RS256"}]}
        asked = self._codes.pop(form.get("code", ""), None)
        if path != "/token" or asked is None or form.get("client_secret") != CLIENT_SECRET:
            return None
        challenge = base64.urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        assert challenge.decode() == asked["code_challenge"]
        assert form["redirect_uri"] == asked["redirect_uri"]
        self.tokens_given += 1
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": self._sign(asked["nonce"])}

    def find_redirect(self, path: str) -> str:
        """Where the answer to the path leads instead, if it is to."""
        return f"{self.moved_to}{path}" if self.moved_to else ""

    def _sign(self, nonce: str) -> str:
        now = int(time.time())
        claims = {
            "iss": self.address,
            "aud": CLIENT_ID,
            "sub": "subject-1",
            "nonce": nonce,
            "iat": now,
            "exp": now + 60,
            "email": "robin@north.example",
            "email_verified": True,
        }
        kept = {name: value for name, value in (claims | self.claims).items() if value is not None}
        key = "" if self.algorithm == "none" else self.key
        return jwt.encode(kept, key, algorithm=self.algorithm, headers={"kid": "one"})


@contextmanager
def serve_provider() -> Iterator[Provider]:
    """Runs a provider while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    provider = Provider(f"http://127.0.0.1:{server.server_port}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            moved_to = provider.find_redirect(self.path)
            if moved_to:
                self.send_response(302)
                self.send_header("Location", moved_to)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._send(provider.answer(self.path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._send(provider.answer(self.path, {name: each[0] for name, each in parse_qs(body).items()}))

        def _send(self, answer: dict[str, Any] | None) -> None:
            body = json.dumps(answer or {"error": "invalid_grant"}).encode()
            self.send_response(200 if answer else 400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *about: Any) -> None:
            """Quiet."""

    server.RequestHandlerClass = Handler
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
