"""Where files are kept, from the environment; what cannot be meant is refused with what was expected."""

from pathlib import Path

import pytest

from stack.config.artifacts import configure_artifacts
from stack.config.environment import SettingError
from stack.store.artifacts.records import ArtifactSettings

NAMES = (
    "ENDPOINT",
    "REGION",
    "ACCESS_KEY",
    "ACCESS_KEY_FILE",
    "SECRET_KEY",
    "SECRET_KEY_FILE",
    "CA",
    "ALLOW_HTTP",
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACK_ARTIFACTS", raising=False)
    for name in NAMES:
        monkeypatch.delenv(f"STACK_S3_{name}", raising=False)


def put(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"STACK_{name}", value)


def test_without_a_word_files_are_in_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, S3_ENDPOINT="http://somewhere.example")
    assert configure_artifacts() == ArtifactSettings()


def test_a_bucket_with_everything_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("of the file\n")
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
    put(
        monkeypatch,
        ARTIFACTS="s3://files.example/stack/one/",
        S3_ENDPOINT="https://s3.example:9000/",
        S3_REGION="eu-central-1",
        S3_ACCESS_KEY="reader",
        S3_SECRET_KEY_FILE=str(tmp_path / "secret"),
        S3_CA=str(tmp_path / "ca.pem"),
    )
    found = configure_artifacts()
    assert (found.bucket, found.prefix) == ("files.example", "stack/one")
    assert (found.endpoint, found.region) == ("https://s3.example:9000", "eu-central-1")
    assert (found.access_key, found.secret_key) == ("reader", "of the file")
    assert "CERTIFICATE" in found.authority
    assert "of the file" not in repr(found)
    assert not found.allows_http


@pytest.mark.parametrize(
    "address",
    [
        "files",
        "/var/files",
        "https://bucket",
        "s3://",
        "s3://UPPER",
        "s3://b",
        "s3://bucket/../x",
        "s3://k:s@bucket",
    ],
)
def test_what_is_no_bucket_is_refused_with_an_example(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    put(monkeypatch, ARTIFACTS=address)
    with pytest.raises(SettingError, match="STACK_ARTIFACTS: expected s3://bucket"):
        configure_artifacts()


@pytest.mark.parametrize(
    "endpoint", ["s3.example", "ftp://s3.example", "https://", "https://key:secret@s3.example"]
)
def test_what_is_no_endpoint_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    put(monkeypatch, ARTIFACTS="s3://bucket", S3_ENDPOINT=endpoint)
    with pytest.raises(SettingError, match="expected https://host") as refusal:
        configure_artifacts()
    assert "secret" not in str(refusal.value)


def test_plain_http_is_for_this_machine_or_has_to_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, ARTIFACTS="s3://bucket", S3_ENDPOINT="http://minio:9000")
    with pytest.raises(SettingError, match="STACK_S3_ALLOW_HTTP"):
        configure_artifacts()
    put(monkeypatch, S3_ALLOW_HTTP="yes")
    assert configure_artifacts().allows_http
    put(monkeypatch, S3_ALLOW_HTTP="no", S3_ENDPOINT="http://127.0.0.1:9000")
    assert configure_artifacts().allows_http


def test_half_a_pair_of_keys_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, ARTIFACTS="s3://bucket", S3_ACCESS_KEY="reader")
    with pytest.raises(SettingError, match="STACK_S3_SECRET_KEY"):
        configure_artifacts()


def test_a_file_that_holds_no_certificate_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path / "wrong"):
        (tmp_path / "wrong").write_bytes(b"\xff\xfe")
        put(monkeypatch, ARTIFACTS="s3://bucket", S3_CA=str(path))
        with pytest.raises(SettingError, match="PEM"):
            configure_artifacts()
