"""Makes the secrets of an installation with its own PostgreSQL, Redis and Elasticsearch, once.

    python make_secrets.py FOLDER                      Compose does this, as root, before all else starts
    python make_secrets.py FOLDER --kubernetes stack   the same, and prints the Secret of a Helm release

Below FOLDER each service has a folder (in Compose a volume of its own) with what it needs and nothing else:
files of its own user, for nobody else. What is there already stays; a run that was cut short is completed by
the next.
"""

import argparse
import base64
import datetime
import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

# The users of the images: Stack's own, and those of the official ones.
USERS = {"stack": 10001, "postgres": 999, "redis": 999, "elasticsearch": 1000}
_CERTIFICATE_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Hosts:
    """By which names the services are reached."""

    postgres: str = "postgres"
    redis: str = "redis"
    elasticsearch: str = "elasticsearch"


def make_secrets(folder: Path, *, hosts: Hosts) -> list[str]:
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
    keep("redis", "server.conf", lambda: f"requirepass {redis}")
    search = keep("elasticsearch", "password", _make_password)
    made += _keep_certificates(folder / "elasticsearch", host=hosts.elasticsearch)
    keep("stack", "search-ca.pem", lambda: (folder / "elasticsearch" / "ca.pem").read_text(encoding="ascii"))
    keep("stack", "search-password", lambda: search)
    keep("stack", "database", lambda: f"postgresql://stack:{database}@{hosts.postgres}:5432/stack")
    keep("stack", "redis", lambda: f"redis://:{redis}@{hosts.redis}:6379/0")
    keep("stack", "metrics-token", _make_password)
    keep("stack", "session-key", lambda: secrets.token_urlsafe(48))
    keep("stack", "vault-key", lambda: base64.b64encode(secrets.token_bytes(32)).decode("ascii"))
    for service, user in USERS.items():
        _own(folder / service, user=user, mode=0o700)
    return made


def describe_secret(folder: Path, *, name: str) -> Mapping[str, object]:
    """The files as a Secret of Kubernetes: Stack's by their own names, the others' behind their service's."""
    texts = {
        path.name if service == "stack" else f"{service}-{path.name}": path.read_text(encoding="ascii")
        for service in USERS
        for path in sorted((folder / service).glob("[!.]*"))
    }
    metadata = {"name": name, "labels": {"app.kubernetes.io/part-of": "stack"}}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "Opaque", "stringData": texts}


def _make_password() -> str:
    """Of letters, digits, minus and underscore alone: it stands in addresses and configuration files."""
    return secrets.token_urlsafe(32)


def _keep_certificates(folder: Path, *, host: str) -> list[str]:
    """A certificate for Elasticsearch, and the authority that signed it, whose key is kept nowhere."""
    names = ("ca.pem", "node.pem", "node.key")
    if all((folder / name).exists() for name in names):
        return []
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Stack's own search")])
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "search")])
    root = _describe(authority, authority, authority_key).add_extension(
        x509.BasicConstraints(True, 0), critical=True
    )
    hosts = x509.SubjectAlternativeName([x509.DNSName(host), x509.DNSName("localhost")])
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


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the secrets of an installation, once.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kubernetes", metavar="RELEASE", help="print the Secret of this Helm release")
    arguments = parser.parse_args()
    release = arguments.kubernetes
    prefix = "" if release is None else f"{release}-"
    hosts = Hosts(f"{prefix}postgres", f"{prefix}redis", f"{prefix}elasticsearch")
    for name in make_secrets(arguments.folder, hosts=hosts):
        sys.stderr.write(f"made {name}\n")
    if release is not None:
        sys.stdout.write(json.dumps(describe_secret(arguments.folder, name=release), indent=2) + "\n")


if __name__ == "__main__":
    main()
