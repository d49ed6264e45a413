"""Look-up: what is known about each of many pasted values, answered from the store's key table."""

from collections.abc import Sequence

from stack.accounts.principal import Principal
from stack.search.records import LookupAnswer


def look_up(principal: Principal, inputs: Sequence[str]) -> list[LookupAnswer]:
    """One answer per input, in order, unknown ones included; BadInput for more than 10,000."""
    raise NotImplementedError
