"""Both storages, each in a place of the test's own."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from pytest_django import Settings

from stack.accounts.models import Organisation
from stack.accounts.principal import Principal
from stack.accounts.roles import Role
from stack.store.artifacts import s3
from stack.store.artifacts.choice import open_storage
from stack.store.artifacts.models import Artifact
from stack.store.artifacts.queries import read_sealed
from stack.store.artifacts.records import ArtifactSettings
from tests.people import make_principal

MEGABYTE = 1_048_576


def read_s3_url(url: str, *, secret: str = "") -> ArtifactSettings:
    """`http://ACCESS:SECRET@127.0.0.1:PORT/BUCKET` as settings, with a prefix that nobody else has."""
    parts = urlsplit(url)
    return ArtifactSettings(
        bucket=parts.path.strip("/"),
        prefix=f"tests/{uuid4().hex}",
        endpoint=f"http://127.0.0.1:{parts.port}",
        access_key=parts.username or "",
        secret_key=secret or parts.password or "",
        allows_http=True,
    )


@pytest.fixture
def bucket(settings: Settings, s3_url: str) -> ArtifactSettings:
    settings.ARTIFACTS = read_s3_url(s3_url)
    return settings.ARTIFACTS


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[str]:
    """Which storage is set, by its name."""
    settings.DATA = tmp_path
    if request.param == "s3":
        settings.ARTIFACTS = read_s3_url(request.getfixturevalue("s3_url"))
    yield request.param
    for name in Artifact.objects.values_list("pk", flat=True):
        open_storage().remove(name)


@pytest.fixture
def principal(db: None) -> Principal:
    return make_principal("ada", Organisation.objects.create(name="Analysts"), role=Role.PLATFORM_ADMIN)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits for a storage that does not answer are short."""
    monkeypatch.setattr(s3, "_WAIT_S", 1)


def sealed_bytes(name: str) -> bytes:
    return b"".join(read_sealed(name))


def is_kept(name: str) -> bool:
    """Whether the storage has bytes under the name."""
    return name in _names()


def count_kept() -> int:
    return len(_names())


def _names() -> set[str]:
    """What the storage really holds, drafts included."""
    found = open_storage()
    if isinstance(found, s3.S3Storage):
        import obstore

        paths = [entry["path"] for page in obstore.list(found._store) for entry in page]
        return {path.replace("/", "") for path in paths}
    folder = getattr(found, "folder")  # noqa: B009
    return {f"{path.parent.name}{path.name}" for path in folder.rglob("*") if path.is_file()}
