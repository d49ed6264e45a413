"""What the client of TAXII passes between its stages. Times are microseconds since the epoch, UTC."""

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from stack.core.http.tls import TlsOptions


class Mode(StrEnum):
    """What it means that a peer says something (docs/taxii.md).

    `ordinary`: it is a statement of the peer, as of any source. `replicating`: the peer passes on what others
    said, as another Stack does, so that a text which is here already is no new statement.
    """

    ORDINARY = "ordinary"
    REPLICATING = "replicating"


class Direction(StrEnum):
    PULL = "pull"
    PUSH = "push"


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a server is asked: `url` is an API root, or whatever is asked for discovery. The secrets are in
    `password`, `token` and `tls`; `user` goes with a password."""

    url: str
    version: str = "2.1"
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    tls: TlsOptions = field(default=TlsOptions(), repr=False)


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """How far a collection has been read; kept with the link.

    Everything that was added up to `added_after` is here. `token` goes on behind it (TAXII's `next`), and
    `reached` is the newest date on the way. Dates are the server's own texts. `recent` are digests of what
    came last, and `is_settled` says that the server's clock was well past `added_after` at the last look, so
    that nothing with an older date can come any more.
    """

    added_after: str = ""
    token: str = ""
    reached: str = ""
    recent: tuple[str, ...] = ()
    is_settled: bool = True


@dataclass(frozen=True, slots=True)
class Portion:
    """Objects that had not come before, in the order in which they came, and the position behind them."""

    objects: list[bytes]
    position: Position


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a run brought: objects handed to the ingest by these jobs, in how many pages; what the server does
    wrong, and whether it was read to its end."""

    objects: int
    pages: int
    notes: tuple[str, ...]
    jobs: tuple[int, ...]
    is_whole: bool


@dataclass(slots=True)
class Pushed:
    """What a run sent: objects that the peer has taken, refused or not told of yet (`pending`), and those
    that were left out because they came from there, or are not for others."""

    taken: int = 0
    refused: int = 0
    pending: int = 0
    echoes: int = 0
    kept_back: int = 0
