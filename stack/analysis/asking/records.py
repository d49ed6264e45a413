"""What this room gives out. Times are microseconds since the epoch, UTC."""

from dataclasses import dataclass
from enum import StrEnum

from stack.analysis.answers import Answer
from stack.analysis.base import Rate


class Outcome(StrEnum):
    """How an asking ended; only the first two are answers."""

    FOUND = "found"
    ABSENT = "absent"
    REFUSED = "refused"
    LIMITED = "limited"
    UNAUTHORISED = "unauthorised"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request as it would go out; a credential shows as its title in angle brackets."""

    method: str
    url: str
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedAsk:
    """Whether a provider would be asked about a subject, and what would be sent first.

    `why_not` is empty or one of no-account, off, tlp, quota, breaker; `message` says it in words. `left` is
    how many calls the tightest of its limits leaves at the moment; None where nothing is limited.
    """

    provider: str
    title: str
    account_id: int | None
    is_possible: bool
    why_not: str = ""
    message: str = ""
    sends: tuple[SentRequest, ...] = ()
    is_metered: bool = True
    left: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking. `calls` were sent now; with none of them it is what was kept from `asked_at`.

    `retry_at`: from then on it may be asked again, of what is limited.
    """

    outcome: Outcome
    answer: Answer | None = None
    message: str = ""
    is_kept: bool = False
    asked_at: int
    ended_at: int
    calls: int = 0
    retry_at: int | None = None


@dataclass(frozen=True, slots=True)
class FieldRow:
    """An option or a credential, as a form shows it; `values` are those to choose from."""

    name: str
    title: str
    is_needed: bool
    default: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """`credentials` are the names of those that are set, `options` those that were chosen.

    `state` is one of off, incomplete, ready, limited, breaker, unauthorised, failing; `message` says why, and
    `until` for how long. `tlp` is the highest level that goes out. `left` as of `PlannedAsk`.
    """

    id: int
    provider: str
    name: str
    is_personal: bool
    is_enabled: bool
    credentials: tuple[str, ...]
    options: dict[str, str]
    rates: tuple[Rate, ...]
    tlp: int
    state: str
    message: str
    until: int | None
    left: int | None
    last_asked_at: int | None
    created_at: int
    changed_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRow:
    """A provider with the accounts for it that the principal may use."""

    name: str
    title: str
    page: str
    terms: str
    url: str
    kinds: tuple[str, ...]
    credentials: tuple[FieldRow, ...]
    options: tuple[FieldRow, ...]
    rates: tuple[Rate, ...]
    tlp: int
    keeps_s: int
    is_metered: bool
    is_named: bool
    accounts: tuple[AccountRow, ...]


@dataclass(frozen=True, slots=True)
class TestResult:
    """Whether an account's credential is good, in words of `message`."""

    __test__ = False

    is_good: bool
    outcome: Outcome
    message: str
    took_ms: int
