"""Makes the secrets of `compose.yaml` once: `python make_secrets.py FOLDER`, as root, before all else starts.

Below FOLDER each service has a folder (a volume of its own) with what it needs and nothing that it does not:
files of its own user, for nobody else. What is there already stays, so that this runs at every start; a run
that was cut short is completed by the next.
"""

import base64
import datetime
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# The users of the images: Stack's own, and those of the official ones.
USERS = {"stack": 10001, "postgres": 999, "redis": 999, "elasticsearch": 1000}
_CERTIFICATE_DAYS = 3650


def make_secrets(folder: Path) -> list[str]:
    """The files that were made, as `service/name`; none when all were there."""
    made: list[str] = []

    def keep(service: str, name: str, make: Callable[[], str]) -> str:
        path = folder / service / name
        if not path.exists():
            _write(path, make(), user=USERS[service])
            made.append(f"{service}/{name}")
        return path.read_text(encoding="ascii").strip()

    database = keep("postgres", "password", _make_password)
    redis = keep("redis", "password", _make_password)
    keep("redis", "redis.conf", lambda: f"requirepass {redis}")
    search = keep("elasticsearch", "password", _make_password)
    made += _keep_certificates(folder / "elasticsearch")
    keep("stack", "search-ca.pem", lambda: (folder / "elasticsearch" / "ca.pem").read_text(encoding="ascii"))
    keep("stack", "search-password", lambda: search)
    keep("stack", "database", lambda: f"postgresql://stack:{database}@postgres:5432/stack")
    keep("stack", "redis", lambda: f"redis://:{redis}@redis:6379/0")
    keep("stack", "metrics-token", _make_password)
    keep("stack", "session-key", lambda: secrets.token_urlsafe(48))
    keep("stack", "vault-key", lambda: base64.b64encode(secrets.token_bytes(32)).decode("ascii"))
    for service, user in USERS.items():
        _own(folder / service, user=user, mode=0o700)
    return made


def _make_password() -> str:
    """Of letters, digits, minus and underscore alone: it stands in addresses and configuration files."""
    return secrets.token_urlsafe(32)


def _keep_certificates(folder: Path) -> list[str]:
    """A certificate for Elasticsearch, and the authority that signed it, whose key is kept nowhere."""
    names = ("ca.pem", "node.pem", "node.key")
    if all((folder / name).exists() for name in names):
        return []
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stack's own search")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "elasticsearch")])
    root = _describe(authority, authority, authority_key).add_extension(
        x509.BasicConstraints(True, 0), critical=True
    )
    hosts = x509.SubjectAlternativeName([x509.DNSName("elasticsearch"), x509.DNSName("localhost")])
    node = (
        _describe(subject, authority, key)
        .add_extension(x509.BasicConstraints(False, None), critical=True)
        .add_extension(hosts, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    texts = (
        root.sign(authority_key, hashes.SHA256()).public_bytes(pem),
        node.sign(authority_key, hashes.SHA256()).public_bytes(pem),
        private,
    )
    for name, text in zip(names, texts, strict=True):
        _write(folder / name, text.decode("ascii"), user=USERS["elasticsearch"])
    return [f"elasticsearch/{name}" for name in names]


def _describe(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_CERTIFICATE_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _write(path: Path, text: str, *, user: int) -> None:
    """Whole, or not at all: a start that is cut short leaves no half of a key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text.rstrip("\n") + "\n")
        file.flush()
        os.fsync(file.fileno())
    _own(draft, user=user, mode=0o400)
    draft.rename(path)


def _own(path: Path, *, user: int, mode: int) -> None:
    path.chmod(mode)
    if os.geteuid() == 0:
        os.chown(path, user, user)


if __name__ == "__main__":
    for name in make_secrets(Path(sys.argv[1])):
        sys.stderr.write(f"made {name}\n")
