"""What can be told of an address: its scope, its place and network, its roles, its names, its neighbours."""

from collections.abc import Iterator
from typing import Final

from stack.analysis.addresses.lists import Role
from stack.analysis.addresses.neighbours import Neighbourhood, count_bad, list_networks_around
from stack.analysis.addresses.places import Located, locate_address
from stack.analysis.addresses.reverse import FORM_TITLES, Form, ReverseName, find_names
from stack.analysis.addresses.roles import find_roles, tell_roles
from stack.analysis.addresses.scope import PUBLIC, find_scope, read_address, unwrap
from stack.analysis.answers import MODEST, SLIGHT, Answer, Evidence, Fact, Pivot
from stack.analysis.answers import Place as Spot
from stack.analysis.base import Tools
from stack.analysis.subjects import Subject
from stack.core.addresses import Address
from stack.core.errors import Unavailable
from stack.stix.observables.kinds import Kind

_DB_IP: Final = "https://db-ip.com"
_NETWORK: Final = "Network"
_NAMES: Final = "Names"
_MOST_SHOWN: Final = 10


def judge_address(subject: Subject, tools: Tools) -> Answer:
    """Raises BadInput for what is no address. DNS is asked about public addresses alone.

    Of an address that stands for another one, all but the scope is told of what is reached: of Teredo the
    client, which is the last.
    """
    address = read_address(subject.value)
    scope = find_scope(address)
    answers = [_tell_scope(address)]
    wrapped = unwrap(address)
    reached = wrapped.inner[-1] if wrapped else address
    if scope is PUBLIC:
        for told in _tell_public(reached, tools):
            if tools.stop.is_set():
                break
            answers.append(told)
    return Answer(
        is_found=any(each.evidence or each.facts for each in answers),
        summary=" · ".join(each.summary for each in answers if each.summary),
        evidence=tuple(each for answer in answers for each in answer.evidence),
        facts=tuple(each for answer in answers for each in answer.facts),
        pivots=tuple(each for answer in answers for each in answer.pivots),
        places=tuple(each for answer in answers for each in answer.places),
        link=next((each.link for each in answers if each.link), ""),
    )


def _tell_public(address: Address, tools: Tools) -> Iterator[Answer]:
    """One part after the other, what costs least first."""
    yield _tell_place(address)
    roles = find_roles(address, tools)
    yield tell_roles(roles)
    yield _tell_neighbours(address, tools, is_shared=Role.DELIVERY in roles.lists)
    yield _tell_names(address, tools)


def _tell_scope(address: Address) -> Answer:
    scope = find_scope(address)
    evidence = []
    if scope is not PUBLIC:
        evidence.append(Evidence("ip.scope", f"This address {scope.statement}", group="ip.scope"))
    facts = [Fact("Scope", scope.title)]
    pivots: list[Pivot] = []
    wrapped = unwrap(address)
    if wrapped is not None:
        written = " and ".join(map(str, wrapped.inner))
        evidence.append(
            Evidence("ip.wrapped", f"It is the {wrapped.form} form of {written}, which is what is reached.")
        )
        facts += [Fact(f"{wrapped.form} of", str(inner), Kind.IPV4) for inner in wrapped.inner]
        pivots += [Pivot(Kind.IPV4, str(inner), "stands-for") for inner in wrapped.inner]
    summary = "" if scope is PUBLIC else scope.title
    return Answer(summary=summary, evidence=tuple(evidence), facts=tuple(facts), pivots=tuple(pivots))


def _tell_place(address: Address) -> Answer:
    try:
        found = locate_address(address)
    except Unavailable as error:
        return Answer(facts=(Fact("Databases", error.detail, section=_NETWORK),))
    system = found.system
    facts: list[Fact] = []
    pivots: list[Pivot] = []
    if system is not None:
        facts.append(Fact("Autonomous system", f"AS{system.number}", Kind.ASN, _NETWORK))
        facts.append(Fact("Announced by", system.name or "a holder without a name", section=_NETWORK))
        pivots.append(Pivot(Kind.ASN, f"AS{system.number}", "belongs-to"))
    else:
        facts.append(Fact("Autonomous system", "none that the database knows", section=_NETWORK))
    facts += _tell_country(found)
    facts += [Fact("Data", source, section=_NETWORK) for source in found.sources]
    words = [f"AS{system.number} {system.name}".strip()] if system else []
    evidence = []
    if found.is_registration and not found.country:
        statement = f"No registry had given this address to anybody (by {found.sources[-1]})."
        evidence.append(Evidence("ip.unallocated", statement))
    return Answer(
        evidence=tuple(evidence),
        summary=", ".join([*words, *([found.country] if found.country else [])]),
        facts=tuple(facts),
        pivots=tuple(pivots),
        places=_make_spots(found),
        link=_DB_IP if found.is_bundled else "",
    )


def _tell_country(found: Located) -> Iterator[Fact]:
    if found.country:
        name = "Registered in" if found.is_registration else "Country"
        yield Fact(name, found.country, section=_NETWORK)
    if found.city:
        yield Fact("City", found.city, section=_NETWORK)


def _make_spots(found: Located) -> tuple[Spot, ...]:
    if len(found.country) != 2:
        return ()
    label = found.city or ("registered" if found.is_registration else "")
    return (Spot(found.country, label, found.latitude, found.longitude),)


def _tell_names(address: Address, tools: Tools) -> Answer:
    if tools.resolver is None:
        return Answer()
    found = find_names(address, tools.resolver)
    facts = []
    for each in found:
        remark = "leads back" if each.leads_back else "does not lead back"
        facts.append(Fact("Reverse name", each.name, Kind.DOMAIN, _NAMES))
        facts.append(Fact("By its name", f"{FORM_TITLES[each.form]} ({remark})", section=_NAMES))
    return Answer(
        evidence=tuple(evidence for each in found for evidence in _judge_name(each)),
        facts=tuple(facts),
        pivots=tuple(Pivot(Kind.DOMAIN, each.name, "named") for each in found),
    )


def _judge_name(found: ReverseName) -> Iterator[Evidence]:
    name = found.name
    if found.claims and not found.leads_back:
        statement = f"Its reverse name {name} claims to be of {found.claims}, but does not lead back to it."
        yield Evidence("ip.false-name", statement, MODEST)
    elif found.claims:
        yield Evidence("ip.crawler-name", f"Its name {name} is of {found.claims} and leads back.", -MODEST)
    elif found.form is Form.TOR:
        yield Evidence("ip.tor-name", f"Its reverse name {name} is one of a Tor relay.", SLIGHT, "ip.tor")
    elif found.form is Form.SCANNER:
        yield Evidence("ip.scanner-name", f"Its reverse name {name} says that it scans.", 0.0, "ip.scanner")
    elif found.form is Form.DYNAMIC:
        # Bots are mostly on such lines, and so is everybody else: it says that the address changes hands.
        statement = f"Its reverse name {name} is one of a line whose address changes hands."
        yield Evidence("ip.dynamic-name", statement)


def _tell_neighbours(address: Address, tools: Tools, *, is_shared: bool) -> Answer:
    """`is_shared`: thousands of sites are behind each address, so that neighbours say nothing."""
    evidence, facts = [], []
    for network in list_networks_around(address):
        found = count_bad(network, tools.list_addresses(network), besides=address)
        if not found.known:
            continue
        facts.append(Fact("Neighbours known", f"{found.known:,} in {network}", section="Neighbours"))
        if found.bad:
            evidence.append(_judge_neighbours(found, address, is_shared=is_shared))
    return Answer(evidence=tuple(evidence), facts=tuple(facts))


def _judge_neighbours(found: Neighbourhood, address: Address, *, is_shared: bool) -> Evidence:
    kind = Kind.IPV4 if address.version == 4 else Kind.IPV6
    number = len(found.bad)
    whole = f"of {found.size} addresses " if address.version == 4 else "addresses "
    verb = "is" if number == 1 else "are"
    return Evidence(
        code="ip.bad-neighbours",
        statement=f"{number} other {whole}in {found.network} {verb} indicated in the store.",
        weight=0.0 if is_shared else found.weight,
        group="ip.neighbours",
        pivots=tuple(Pivot(kind, value, "neighbour") for value in found.bad[:_MOST_SHOWN]),
        is_private=True,
    )
