"""What the room gives out."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ArtifactRef:
    """A stored file: `name` finds its bytes, `sha256` and `size` (bytes) are those of what was given in."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class ArtifactCheck:
    """Whether files can be kept and read now; `name` is `folder` or `s3`, `detail` says why not."""

    name: str
    is_reachable: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ArtifactSettings:
    """Where files are kept: in a bucket, or without one in the folder `artifacts` of the data folder.

    `endpoint` is empty for AWS itself. Without keys, the machine's own role is asked for them, as the SDKs of
    AWS do. `authority` is a PEM text: who signs the endpoint's certificate, besides the system's own.
    """

    bucket: str = ""
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    authority: str = field(default="", repr=False)
    allows_http: bool = False
