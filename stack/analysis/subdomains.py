"""Which hosts below a domain the store calls bad, as a principal may see it."""

from typing import Final

from stack.accounts.principal import Principal
from stack.analysis.base import Known
from stack.analysis.describing import describe_objects, make_known
from stack.core.errors import Unavailable
from stack.search.queries import search_objects
from stack.stix.observables.keys import ROLE_CODES, Role
from stack.stix.observables.kinds import Kind
from stack.stix.observables.normalise import normalise

_MOST: Final = 20


def find_below(principal: Principal, domain: str, *, besides: str) -> Known:
    """Indicators of hosts below a domain, the newest 20; `more` says how many there are beyond these.

    Those of the host `besides` are left out. Nothing while the search index cannot be asked; ValueError where
    a value is no domain.
    """
    name, host = normalise(Kind.DOMAIN, domain), normalise(Kind.DOMAIN, besides)
    value = f"*.{name}"
    try:
        page = search_objects(
            principal,
            query=f"domain:{value} AND type:indicator AND revoked:false AND NOT domain:{host}",
            sort="modified",
            limit=_MOST,
            with_snippets=False,
            must_be_whole=True,
        )
    except Unavailable:
        return Known(value, Kind.DOMAIN)
    rows = {hit.row.id: hit.row for hit in page.hits}
    described = describe_objects(principal, rows)
    role = ROLE_CODES[Role.PATTERN]
    objects = tuple(make_known(row, role, described) for row in rows.values() if row.id in described)
    return Known(value, Kind.DOMAIN, objects, more=max(0, page.total - len(rows)))
