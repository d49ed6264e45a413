"""Both storages, each in a place of the test's own."""

from collections.abc import Callable, Iterator
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
from stack.store.artifacts.folder import FolderStorage
from stack.store.artifacts.models import Artifact
from stack.store.artifacts.operations import keep_sealed
from stack.store.artifacts.queries import read_sealed
from stack.store.artifacts.records import ArtifactSettings
from tests.people import make_principal
from tests.service_fixtures import OwnService

MEGABYTE = 1_048_576


def read_s3_url(url: str) -> ArtifactSettings:
    """`http://ACCESS:SECRET@127.0.0.1:PORT/BUCKET` as settings, with a prefix that nobody else has."""
    parts = urlsplit(url)
    return ArtifactSettings(
        bucket=parts.path.strip("/"),
        prefix=f"tests/{uuid4().hex}",
        endpoint=f"http://127.0.0.1:{parts.port}",
        access_key=parts.username or "",
        secret_key=parts.password or "",
        allows_http=True,
    )


@pytest.fixture
def bucket(settings: Settings, s3_url: str) -> ArtifactSettings:
    found = read_s3_url(s3_url)
    settings.ARTIFACTS = found
    return found


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
def principal(database: str, db: None) -> Principal:
    return make_principal("ada", Organisation.objects.create(name="Analysts"), role=Role.PLATFORM_ADMIN)


@pytest.fixture
def own_s3(
    own_service: Callable[[str], OwnService], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> OwnService:
    """A server that the test may hurt, whose answers are waited for a second only."""
    monkeypatch.setattr(s3, "_WAIT_S", 1)
    service = own_service("s3")
    settings.ARTIFACTS = read_s3_url(service.url)
    return service


def sealed_bytes(name: str) -> bytes:
    return b"".join(read_sealed(name))


def exchange(name: str, sealed: bytes) -> None:
    """Puts other bytes into the storage under the name, as whoever can write there could."""
    open_storage().remove(name)
    keep_sealed(name, [sealed])


def list_kept() -> set[str]:
    """What the storage really holds, drafts included."""
    found = open_storage()
    if isinstance(found, s3.S3Storage):
        import obstore

        paths = [entry["path"] for page in obstore.list(found._store) for entry in page]
        return {path.replace("/", "") for path in paths}
    assert isinstance(found, FolderStorage)
    return {f"{path.parent.name}{path.name}" for path in found.folder.rglob("*") if path.is_file()}
