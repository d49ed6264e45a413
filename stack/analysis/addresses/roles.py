"""What an address is for, by the lists of known values and by what the store calls it."""

from typing import Final, NamedTuple

from stack.analysis.addresses.lists import MEANINGS, Role, find_role
from stack.analysis.answers import Answer, Evidence, Fact
from stack.analysis.base import Tools
from stack.core.addresses import Address
from stack.core.errors import Unavailable
from stack.stix.observables.kinds import Kind

_TOR_LABELS: Final = frozenset({"tor", "tor-exit"})


class Roles(NamedTuple):
    """By role, the titles of the lists that give it; `fault` says why lists could not be asked."""

    lists: dict[Role, list[str]]
    fault: str = ""


def find_roles(address: Address, tools: Tools) -> Roles:
    """Tor exits are a feed, not a list: the labels of the store's objects say it."""
    text = str(address)
    kind = Kind.IPV4 if address.version == 4 else Kind.IPV6
    roles = Roles({})
    try:
        held = tools.find_known_good([(kind, text)]).get(text, ())
    except Unavailable as error:
        held, roles = (), Roles({}, error.detail)
    for each in held:
        if (role := find_role(each.list_name)) is not None:
            roles.lists.setdefault(role, []).append(each.title or each.list_name)
    for known in tools.look_up([text]):
        for found in known.objects:
            if not found.is_revoked and _TOR_LABELS.intersection(label.lower() for label in found.labels):
                roles.lists.setdefault(Role.TOR, []).append(found.name or "an indicator")
    return roles


def tell_roles(roles: Roles) -> Answer:
    facts = [Fact("Lists", roles.fault)] if roles.fault else []
    evidence = []
    for role, lists in roles.lists.items():
        meaning = MEANINGS[role]
        named = ", ".join(f"“{title}”" for title in dict.fromkeys(lists))
        statement = f"This address {meaning.statement} (by {named})."
        evidence.append(Evidence(f"ip.{role}", statement, meaning.weight, group=f"ip.{role}"))
        facts.append(Fact("Role", meaning.title))
    return Answer(
        summary=", ".join(MEANINGS[role].title for role in roles.lists),
        evidence=tuple(evidence),
        facts=tuple(facts),
    )
