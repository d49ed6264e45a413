"""From statements to drafts: which audience each is for, and what of it a wider audience may see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
import orjson

from stack.stix.renditions import list_renditions
from stack.store.access import ensure_audience, read_handling
from stack.store.database import Database
from stack.store.planning import Draft, Identity
from stack.store.records import Handling, Statement
from stack.store.statements import describe_statement

_GRANULAR = b'"granular_markings"'


@dataclass(slots=True)
class Drafting:
    """Finds audiences for an organisation's statements; each is looked up once a batch."""

    database: Database
    owner_id: int
    handling: Handling
    rulings: dict[Identity, Handling]
    _audiences: dict[tuple[tuple[str, ...], int], int] = field(default_factory=dict)

    def draft_all(self, statements: Sequence[Statement]) -> list[Draft]:
        """Each statement, whole, followed by what of it wider audiences may see."""
        drafts: list[Draft] = []
        for statement in statements:
            identity = (statement.uuid, statement.type)
            handling = self.rulings.get(identity, self.handling) if self.rulings else self.handling
            audience = self._find_audience(statement.markings, handling)
            if _GRANULAR in statement.text:
                drafts += self._draft_renditions(identity, statement, audience, handling)
            else:
                drafts.append(Draft(identity, statement, audience, audience))
        return drafts

    def _draft_renditions(
        self, identity: Identity, statement: Statement, audience: int, handling: Handling
    ) -> Iterator[Draft]:
        renditions = [
            (self._find_audience(each.markings, handling), each) for each in render_statement(statement)
        ]
        widest = renditions[-1][0] if renditions else audience
        yield Draft(identity, statement, audience, widest)
        for step, (rendition_audience, rendition) in enumerate(renditions, start=1):
            if rendition_audience != audience:
                yield Draft(identity, rendition, rendition_audience, widest, redacted=step)

    def _find_audience(self, markings: tuple[str, ...], handling: Handling) -> int:
        # By the object's identity: to hash a handling costs more than all the rest of this.
        wanted = (markings, id(handling))
        known = self._audiences.get(wanted)
        if known is None:
            found = ensure_audience(self.owner_id, markings, handling, database=self.database)
            known = self._audiences[wanted] = found.id
        return known


def render_statement(statement: Statement) -> list[Statement]:
    """The statement without its marked parts, step by step; each keeps the SHA-256 of the whole."""
    rendered = []
    for rendition in list_renditions(orjson.loads(statement.text)):
        described = describe_statement(orjson.dumps(rendition), rendition)
        rendered.append(msgspec.structs.replace(described, sha256=statement.sha256))
    return rendered


def read_rulings(
    database: Database, organisation_id: int, identities: Sequence[Identity]
) -> dict[Identity, Handling]:
    """The organisation's rulings on these objects; mostly there are none at all."""
    if not database.read("SELECT 1 FROM store_ruling WHERE organisation_id = %s LIMIT 1", [organisation_id]):
        return {}
    rows = database.read_members(
        "SELECT uuid, type, handling FROM store_ruling WHERE uuid {members} AND organisation_id = %s",
        list({uuid for uuid, _ in identities}),
        [organisation_id],
    )
    return {(bytes(uuid), kind): read_handling(handling) for uuid, kind, handling in rows}
