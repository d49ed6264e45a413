"""An address of somebody: what its form, its domain and, where it may be asked, DNS say of it."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG, Answer, Evidence, Fact, Pivot
from stack.analysis.base import Known, Tools
from stack.analysis.mail.alignment import organisational_domain, read_policy
from stack.analysis.mail.headers import domain_of
from stack.analysis.mail.judging.brands import find_brand, find_mixed_word, is_domain_of, is_free_mail
from stack.analysis.mail.judging.case import quote
from stack.analysis.mail.judging.lookalikes import WEIGHTS
from stack.analysis.names.lookalikes import find_lookalikes
from stack.analysis.names.parts import split_name
from stack.analysis.resolving.replies import Outcome, ask_dns
from stack.analysis.subjects import Subject
from stack.core.errors import BadInput
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import normalise

_PREFIX: Final = "address."
# RFC 2142, and what else names a task rather than a person.
_ROLES: Final = frozenset(
    """
    abuse accounting accounts admin administrator billing careers compliance contact customerservice helpdesk
    hello help hostmaster hr info invoice invoices it jobs legal mail marketing news newsletter noc no-reply
    noreply notifications office orders payments postmaster press privacy root sales security service services
    soc support webmaster
    """.split()  # noqa: SIM905 (a list of quoted words is hard to read)
)
# RFC 3834 and variable envelope return paths: the address of a recipient within that of a bounce.
_ENVELOPE: Final = re.compile(r"[^=\s]{1,64}=[a-z0-9.-]+\.[a-z]{2,24}")
_DOTLESS: Final = frozenset(("gmail.com", "googlemail.com"))
_DISPOSABLE: Final = "disposable-email"
_MOST_SERVERS: Final = 10


def analyze_address(subject: Subject, tools: Tools) -> Answer:
    """Raises BadInput for what is no address."""
    try:
        address = normalise(Kind.EMAIL, subject.value)
    except ValueError as error:
        raise BadInput(
            f"This is no e-mail address: {error}", remedy="Write it as mailbox@domain, without a name."
        ) from None
    local, domain = address.rpartition("@")[0], domain_of(address)
    evidence = [
        *_judge_domain(address, domain, tools),
        *_judge_local(local, domain, tools.brands),
        *_judge_known(address, local, domain, tools),
    ]
    facts = [
        Fact("Mailbox", local, section="Address"),
        Fact("Domain", domain, Kind.DOMAIN, section="Address"),
        Fact("Organisation", organisational_domain(domain), Kind.DOMAIN, section="Address"),
    ]
    pivots = [Pivot(Kind.DOMAIN, domain, "belongs-to")]
    plain = find_plain(local, domain)
    if plain != address:
        facts.append(Fact("Delivered to", plain, Kind.EMAIL, section="Address"))
        pivots.append(Pivot(Kind.EMAIL, plain, "same-mailbox"))
    if tools.resolver is not None:
        posture = _Posture(domain)
        posture.ask(tools)
        evidence += posture.evidence
        facts += posture.facts
        pivots += posture.pivots
    told = next((each.statement for each in sorted(evidence, key=lambda each: -each.weight)), "")
    return Answer(
        summary=told or "Nothing is known of this address by its form.",
        evidence=tuple(evidence),
        facts=tuple(facts),
        pivots=tuple(pivots),
    )


def find_plain(local: str, domain: str) -> str:
    """The mailbox without what is for its owner alone: a tag after a plus sign, dots where they are void."""
    base = local.partition("+")[0] or local
    if domain in _DOTLESS:
        return f"{base.replace('.', '') or base}@gmail.com"
    return f"{base}@{domain}"


def _judge_domain(address: str, domain: str, tools: Tools) -> Iterator[Evidence]:
    known = tools.find_known_good([(Kind.EMAIL, address), (Kind.DOMAIN, organisational_domain(domain))])
    lists = [each for found in known.values() for each in found]
    if any(each.list_name == _DISPOSABLE for each in lists):
        yield _say(
            "disposable",
            f"The domain {domain} gives out mailboxes for minutes, which nobody can be held to.",
            weight=SLIGHT,
        )
    if is_free_mail(domain):
        yield _say("free-mail", f"Anybody gets a mailbox of {domain}: the domain says nothing of its owner.")
    if any(each.is_false_positive for each in lists):
        return
    try:
        found = find_lookalikes(split_name(domain), watched=tools.brands)
    except ValueError:
        return
    for each in found[:1]:
        yield _say(
            "lookalike-domain",
            f"The domain {domain} is not of {each.brand.title}, but made to look like it: {each.detail}.",
            weight=WEIGHTS.get(each.trick, SLIGHT),
            pivots=(Pivot(Kind.DOMAIN, domain, "belongs-to"),),
        )


def _judge_local(local: str, domain: str, brands: tuple[str, ...]) -> Iterator[Evidence]:
    if local in _ROLES or local.replace(".", "").replace("-", "").replace("_", "") in _ROLES:
        yield _say("role", f"The mailbox {quote(local)} is of a task, not of a person.")
    if "+" in local:
        yield _say("tagged", f"What stands after the plus sign in {quote(local)} is a tag of its owner.")
    if _ENVELOPE.search(local):
        yield _say(
            "envelope", f"The mailbox {quote(local)} holds another address: it takes returns of mail to it."
        )
    if mixed := find_mixed_word(local):
        yield _say(
            "mixed-letters",
            f"The word {quote(mixed)} mixes letters of scripts that look alike.",
            weight=STRONG,
        )
    brand = find_brand(re.sub(r"[._+-]|\d+", " ", local), brands)
    if brand and not is_domain_of(brand, domain) and is_free_mail(domain):
        yield _say(
            "names-brand",
            f"The mailbox names {brand.title}, but {domain} gives mailboxes to anybody.",
            weight=STRONG if brand.is_watched else MODEST,
        )


def _judge_known(address: str, local: str, domain: str, tools: Tools) -> Iterator[Evidence]:
    """What the store says of the domain, and of the mailbox without its tag. The address itself is looked up
    for every subject."""
    plain = find_plain(local, domain)
    owned = [] if is_free_mail(domain) else [domain]
    asked = [*owned, *([plain] if plain != address else [])]
    for known in tools.look_up(asked) if asked else ():
        named = list(_name_indicators(known))
        if named and not known.known_good:
            yield _say(
                "known",
                f"The store has {quote(known.value)}, to which it belongs: {', '.join(named[:3])}.",
                weight=MODEST,
                pivots=(Pivot(known.kind, known.value, "belongs-to"),) if known.kind else (),
                is_private=True,
            )


def _name_indicators(known: Known) -> Iterator[str]:
    for each in known.objects:
        if each.type in {"indicator", "malware", "threat-actor", "campaign"} and not each.is_revoked:
            yield quote(each.name or each.stix_id)


class _Posture:
    """What DNS says of whether and by whom the domain takes mail, and who may send for it."""

    def __init__(self, domain: str) -> None:
        self.evidence: list[Evidence] = []
        self.facts: list[Fact] = []
        self.pivots: list[Pivot] = []
        self._domain = domain

    def ask(self, tools: Tools) -> None:
        if tools.resolver is None:
            return
        domain, parent = self._domain, organisational_domain(self._domain)
        servers = ask_dns(tools.resolver, domain, "MX")
        if servers.outcome == Outcome.SILENT:
            return
        if servers.outcome == Outcome.ABSENT:
            self._tell(
                "no-such-domain", f"DNS does not know {domain}: the address takes no mail.", weight=0.3
            )
            return
        self._read_servers(servers.texts)
        if tools.stop.is_set():
            return
        policies = [ask_dns(tools.resolver, f"_dmarc.{name}", "TXT").texts for name in (domain, parent)]
        policy = read_policy(policies[0], policies[1])
        self._add("DMARC", policy.wish if policy else "none stated")
        records = ask_dns(tools.resolver, domain, "TXT").texts
        self._add("SPF", next((text for text in records if text.lower().startswith("v=spf1")), "none stated"))

    def _read_servers(self, texts: Iterable[str]) -> None:
        hosts = [text.rpartition(" ")[2].rstrip(".") for text in texts]
        if hosts and not any(hosts):
            self._tell("null-mx", f"The domain {self._domain} takes no mail, as it says (null MX).")
        for host in sorted(filter(None, hosts))[:_MOST_SERVERS]:
            self._add("Mail server", host, Kind.DOMAIN)
            self.pivots.append(Pivot(Kind.DOMAIN, host, "uses-mail-server"))

    def _add(self, name: str, value: str, kind: str = "") -> None:
        self.facts.append(Fact(name, value, kind, section="Mail"))

    def _tell(self, code: str, statement: str, *, weight: float = 0.0) -> None:
        self.evidence.append(_say(code, statement, weight=weight))


def _say(
    code: str,
    statement: str,
    *,
    weight: float = 0.0,
    pivots: tuple[Pivot, ...] = (),
    is_private: bool = False,
) -> Evidence:
    return Evidence(_PREFIX + code, statement, weight=weight, pivots=pivots, is_private=is_private)
