"""Search for people and programs: one query language, filtered by audience, rechecked in the store."""

from collections.abc import Mapping, Sequence

from stack.accounts.principal import Principal
from stack.search.records import SearchPage

NO_FILTERS: Mapping[str, Sequence[str]] = {}


def search_objects(
    principal: Principal,
    *,
    query: str,
    types: Sequence[str] = (),
    filters: Mapping[str, Sequence[str]] = NO_FILTERS,
    sort: str = "relevance",
    limit: int = 50,
    after: str | None = None,
    facets: Sequence[str] = (),
    reading: str = "auto",
) -> SearchPage:
    """Objects that match `query` (docs/search.md), `types` and every one of `filters`.

    Values of one filter are alternatives. A facet is counted under the query and all other filters, so that
    its counts say what choosing that value would show. `sort` is relevance, modified, created or name;
    `reading="text"` takes every word literally. Raises BadInput with the position of the fault.
    """
    raise NotImplementedError
