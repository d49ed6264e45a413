"""What every tab of an object page is given, and what it may give back."""

from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from stack.accounts.principal import Principal
from stack.store.records import NeighbourCount, ObjectRow, VersionRow
from stack.web.links import object_url


@dataclass(frozen=True, slots=True)
class Subject:
    """The object that a page is about, with who asks, the query of the URL, and what all tabs count."""

    principal: Principal
    row: ObjectRow
    asked: QueryDict
    counts: list[NeighbourCount] = field(default_factory=list)
    versions: list[VersionRow] = field(default_factory=list)

    @property
    def stix_id(self) -> str:
        return self.row.stix_id

    @property
    def url(self) -> str:
        return object_url(self.row.stix_id)


Context = dict[str, Any]
