"""`STACK_ARTIFACTS` and `STACK_S3_*`: where stored files are kept, the data folder or a bucket."""

import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from stack.config.environment import SettingError, read_flag, read_secret, read_text
from stack.store.artifacts.records import ArtifactSettings

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*")


def configure_artifacts() -> ArtifactSettings:
    address = read_text("STACK_ARTIFACTS")
    if not address:
        return ArtifactSettings()
    if find_spec("obstore") is None:
        raise SettingError(
            "STACK_ARTIFACTS", "needs the packages of the extra “scale”: pip install stack-cti[scale]"
        )
    bucket, prefix = _read_place(address)
    endpoint, allows_http = _read_endpoint()
    access_key, secret_key = read_secret("STACK_S3_ACCESS_KEY"), read_secret("STACK_S3_SECRET_KEY")
    if bool(access_key) != bool(secret_key):
        raise SettingError("STACK_S3_ACCESS_KEY", "set it and STACK_S3_SECRET_KEY, or neither")
    return ArtifactSettings(
        bucket=bucket,
        prefix=prefix,
        endpoint=endpoint,
        region=read_text("STACK_S3_REGION"),
        access_key=access_key,
        secret_key=secret_key,
        authority=_read_authority(),
        allows_http=allows_http,
    )


def _read_place(address: str) -> tuple[str, str]:
    scheme, _, place = address.partition("://")
    bucket, _, prefix = place.strip("/").partition("/")
    if scheme != "s3" or not _BUCKET.fullmatch(bucket) or (prefix and not _PREFIX.fullmatch(prefix)):
        raise SettingError(
            "STACK_ARTIFACTS", "expected s3://bucket or s3://bucket/prefix, or nothing for the data folder"
        )
    return bucket, prefix


def _read_endpoint() -> tuple[str, bool]:
    """What is stored is sealed in any case; without TLS, whoever is between could still hold it back."""
    endpoint = read_text("STACK_S3_ENDPOINT").rstrip("/")
    if not endpoint:
        return "", False
    parts = urlsplit(endpoint)
    is_plain = parts.scheme == "http"
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise SettingError(
            "STACK_S3_ENDPOINT", "expected https://host or https://host:port, without keys in it"
        )
    if is_plain and parts.hostname not in _LOOPBACK and not read_flag("STACK_S3_ALLOW_HTTP", False):
        raise SettingError(
            "STACK_S3_ENDPOINT",
            "expected https://…; STACK_S3_ALLOW_HTTP=yes accepts plain HTTP inside a network that you trust",
        )
    return endpoint, is_plain


def _read_authority() -> str:
    path = read_text("STACK_S3_CA")
    if not path:
        return ""
    try:
        text = Path(path).read_text(encoding="ascii")
    except (OSError, ValueError):
        text = ""
    if "-----BEGIN CERTIFICATE-----" not in text:
        raise SettingError("STACK_S3_CA", f"expected a file with certificates in PEM, got {path}")
    return text
