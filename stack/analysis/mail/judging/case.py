"""What the rules look at, and how they say what they found.

Weights are in log-odds (`answers`). They are set by hand from how specific a trait is: a trait that the
servers of ordinary newsletters, mailing lists and forwarders have too is told or counts little, however
suspicious it reads; see docs/analysis.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from stack.analysis.answers import Evidence, Pivot
from stack.analysis.mail.alignment import organisational_domain
from stack.analysis.mail.headers import domain_of
from stack.analysis.mail.lookups import Replies
from stack.analysis.mail.shapes import Checks, MailReading
from stack.core.known_good import KnownGood

PREFIX: Final = "mail."
DAY_US: Final = 86_400_000_000
_MOST_QUOTED = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`replies` and `checks` are None where DNS was not asked. `known` has the lists that hold a value.
    `brands` are domains that the organisation watches."""

    mail: MailReading
    now: int
    brands: tuple[str, ...] = ()
    replies: Replies | None = None
    checks: Checks | None = None
    known: Mapping[str, tuple[KnownGood, ...]] = field(default_factory=dict)

    @property
    def author(self) -> str:
        """The domain of the From field; empty where it has none."""
        return next((domain_of(each.address) for each in self.mail.senders if each.address), "")

    def is_popular(self, domain: str) -> bool:
        """Whether a list of sites that nobody should block has the domain."""
        return any(found.is_false_positive for found in self.known.get(organisational_domain(domain), ()))

    def is_own_brand(self, domain: str) -> bool:
        return organisational_domain(domain) in {organisational_domain(brand) for brand in self.brands}


def say(
    code: str,
    statement: str,
    *,
    weight: float = 0.0,
    group: str = "",
    pivots: tuple[Pivot, ...] = (),
) -> Evidence:
    return Evidence(
        PREFIX + code, statement, weight=weight, group=PREFIX + group if group else "", pivots=pivots
    )


def quote(text: str) -> str:
    """Foreign text within a sentence: on one line, without what does not print, not too long."""
    line = "".join(each if each.isprintable() else "\ufffd" for each in " ".join(text.split()))
    return f"“{line[:_MOST_QUOTED]}…”" if len(line) > _MOST_QUOTED else f"“{line}”"
