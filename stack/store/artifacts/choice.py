"""Which storage is set."""

import re
from pathlib import Path

from django.conf import settings

from stack.core.errors import NotFound
from stack.store.artifacts.base import ArtifactStorage
from stack.store.artifacts.folder import FolderStorage
from stack.store.artifacts.records import ArtifactSettings
from stack.store.artifacts.s3 import S3Storage

_NAME = re.compile(r"[0-9a-f]{32}")


def open_storage() -> ArtifactStorage:
    chosen: ArtifactSettings = settings.ARTIFACTS
    return S3Storage(chosen) if chosen.bucket else FolderStorage(Path(settings.DATA) / "artifacts")


def check_name(name: str) -> str:
    """Nothing but a name that Stack made becomes part of a path or a key."""
    if not _NAME.fullmatch(name):
        raise NotFound("There is no stored file of this name")
    return name
