"""The contracts of the two sorts of plug-in: an `Analyzer` computes here, a `Provider` asks somebody.

One file each, in `analyzers/` and `providers/`. Both are pure: no database, no clock, no network of their
own. What an analyzer needs it asks of the `Tools` that it is handed; a provider yields what it wants to send.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from threading import Event
from typing import Any, BinaryIO, ClassVar, Protocol, TypeVar

import msgspec

from stack.analysis.answers import Answer
from stack.analysis.subjects import Subject
from stack.core.errors import FieldError, StackError
from stack.core.known_good import KnownGood
from stack.core.plugin_options import Credential, Option
from stack.stix.observables.kinds import Kind

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86_400
_T = TypeVar("_T")


class KnownSource(msgspec.Struct, frozen=True):
    """Who states an object; `reliability` is 0 (A, best) to 5 (F, cannot be judged)."""

    name: str
    reliability: int


class KnownObject(msgspec.Struct, frozen=True):
    """An object of the store that is, matches or mentions a value. Times are microseconds.

    `role` is "is", "pattern", "mention" or "network". `labels` are its labels and its …_types.
    """

    stix_id: str
    type: str
    name: str
    role: str
    sources: tuple[KnownSource, ...] = ()
    modified: int | None = None
    valid_until: int | None = None
    is_revoked: bool = False
    confidence: int | None = None
    labels: tuple[str, ...] = ()


class Known(msgspec.Struct, frozen=True):
    """What the store holds about one value, as far as the asker may see; `more` objects were not read."""

    value: str
    kind: str
    objects: tuple[KnownObject, ...] = ()
    networks: tuple[str, ...] = ()
    known_good: tuple[KnownGood, ...] = ()
    more: int = 0


class Similar(msgspec.Struct, frozen=True):
    """A fuzzy hash of the store that is near: `score` 0 to 100 of ssdeep, or `distance` of TLSH."""

    value: str
    score: int = 0
    distance: int = 0
    objects: tuple[KnownObject, ...] = ()


class Related(msgspec.Struct, frozen=True):
    """What the store connects a value to. `relation` is STIX's word ("indicates", "sample-of"…), `by` the
    object that is, matches or mentions the value, `other` the object at the far end of its edge.

    `values` are further values, (kind, text), of the object `by`: the other hashes of one file; `other` is
    None then.
    """

    by: KnownObject
    relation: str
    other: KnownObject | None = None
    is_outgoing: bool = True
    values: tuple[tuple[str, str], ...] = ()


class Resolver(Protocol):
    """Asks DNS. `lookup("example.org", "TXT")` gives texts; none where there are none or nobody answers."""

    def lookup(self, name: str, record: str) -> tuple[str, ...]: ...


class Tools(Protocol):
    """What an analyzer may use. `resolver` is None where DNS may not be asked about this subject.

    `brands` are the domains that the organisation watches. `stop` is set when time is over.
    """

    resolver: Resolver | None
    brands: tuple[str, ...]
    passwords: tuple[str, ...]
    stop: Event

    def look_up(self, values: Sequence[str]) -> list[Known]: ...

    def find_known_good(self, values: Iterable[tuple[Kind, str]]) -> Mapping[str, tuple[KnownGood, ...]]: ...

    def find_similar(self, kind: Kind, value: str) -> list[Similar]: ...

    def list_addresses(self, network: str) -> list[Known]:
        """The addresses of a network ("192.0.2.0/24") that the store knows; `relations.list_addresses`."""

    def list_related(self, kind: Kind, value: str) -> list[Related]:
        """What the store connects a value to, one edge away; `relations.list_related`."""

    def find_below(self, domain: str, *, besides: str) -> Known:
        """Indicators of hosts below a domain, without one; `subdomains.find_below`."""

    def open_sample(self) -> BinaryIO:
        """The file that is analysed, seekable; `is_file` subjects only. Hand it to the sandbox, unread."""

    def list_yara_rules(self) -> Sequence[tuple[str, str]]:
        """(STIX id, text) of the YARA rules of the store that the asker may see."""


class AnalyzerPlugin:
    """What every `analyzers/*.py` declares as `Analyzer`. `wall_s` is how long it may take."""

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    summary: ClassVar[str] = ""
    kinds: ClassVar[frozenset[str]] = frozenset()
    wall_s: ClassVar[float] = 60

    @staticmethod
    def analyze(subject: Subject, tools: Tools) -> Answer:
        raise NotImplementedError


class MalformedAnswer(StackError):
    """A service answered something else than it documents."""


class NotLetIn(StackError):
    """A service says in a body of status 200 that the credential is not good."""


class AskedTooOften(StackError):
    """A service says in a body of status 200 that its limit is reached; until when, if it says that."""

    def __init__(self, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Rate(msgspec.Struct, frozen=True):
    """At most `calls` in any `seconds`."""

    calls: int
    seconds: int


class ProviderRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One call. `path` follows the provider's address; the credential is added by the frame.

    `json` or `form` or `content` (with its `media_type`) is the body. Statuses in `expects` come back to the
    plug-in, all others are faults that the frame names: 401 and 403 unauthorised, 402 and 429 limited, the
    rest failed. `wait_s`: wait so long before sending (for services that compute). `is_submission`: it hands
    over a value or file for others to keep, rather than asking what is known. `is_login`: its reply holds a
    secret (a token), so it is not kept, and the headers that the plug-in sets from it are no part of what is
    kept. `file_field`: the file itself goes along, as this field of a multipart form beside those of `form`.
    """

    path: str
    method: str = "GET"
    params: Mapping[str, str] = msgspec.field(default_factory=dict)
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    content: bytes | None = None
    media_type: str = ""
    expects: tuple[int, ...] = (200,)
    wait_s: float = 0.0
    is_submission: bool = False
    is_login: bool = False
    is_metered: bool = True
    file_field: str = ""


class ProviderReply(msgspec.Struct, frozen=True):
    """`received_at` in microseconds: also of a reply that was kept from before."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received_at: int

    def read(self, shape: type[_T]) -> _T:
        """The body as JSON of this shape; unknown fields are ignored. Raises `MalformedAnswer`."""
        try:
            return msgspec.json.decode(self.body, type=shape, strict=False)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedAnswer(f"The answer is not what its documentation says: {error}") from error


Asking = Generator[ProviderRequest, ProviderReply, Answer]


class ProviderPlugin:
    """What every `providers/*.py` declares as `Provider`.

    `page` is its API documentation and `terms` what its terms mean for use, in a sentence. `url` is where it
    is asked (an option of that name changes it, for private instances). `rates` are those of its free tier;
    an account may have others. `tlp` is the highest level that may be sent ("clear", "green", "amber"…).
    `keeps_s` and `keeps_absent_s` are how long an answer is used again. `is_metered`: calls cost quota or
    money, so that none is repeated whose answer may have been paid for. `wall_s` bounds one asking.
    `is_named`: an organisation may have several accounts of it, each under a name of its own.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    page: ClassVar[str] = ""
    terms: ClassVar[str] = ""
    url: ClassVar[str] = ""
    kinds: ClassVar[frozenset[str]] = frozenset()
    credentials: ClassVar[tuple[Credential, ...]] = ()
    options: ClassVar[tuple[Option, ...]] = ()
    rates: ClassVar[tuple[Rate, ...]] = ()
    tlp: ClassVar[str] = "green"
    keeps_s: ClassVar[int] = DAY_S
    keeps_absent_s: ClassVar[int] = HOUR_S
    is_metered: ClassVar[bool] = True
    wall_s: ClassVar[float] = 30
    most_bytes: ClassVar[int] = 8 * 1024 * 1024
    is_named: ClassVar[bool] = False

    def __init__(self, choices: Mapping[str, str]) -> None:
        """`choices` has every option, with its default where nothing was chosen."""
        self.choices = choices

    @classmethod
    def check(cls, choices: Mapping[str, str]) -> list[FieldError]:
        """What is wrong with what was chosen, beyond what `options` say."""
        return []

    def takes(self) -> frozenset[str]:
        """The kinds that it is asked about, as it was set up."""
        return self.kinds

    def ask(self, subject: Subject) -> Asking:
        """Yields each request, gets its reply, returns the answer. Raises `MalformedAnswer`."""
        raise NotImplementedError

    def test(self) -> Asking:
        """The cheapest call that tells whether the credential is good; its answer's summary is shown."""
        raise NotImplementedError
