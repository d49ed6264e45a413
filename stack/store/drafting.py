"""From statements to drafts: which audience each is for, and what of it a wider audience may see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import msgspec
import orjson

from stack.stix.renditions import list_renditions
from stack.store.access import AudienceRecord, ensure_audience
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
    _audiences: dict[tuple[tuple[str, ...], Handling], AudienceRecord] = field(default_factory=dict)

    def draft_all(self, statements: Sequence[Statement]) -> list[Draft]:
        """Each statement, whole, followed by what of it wider audiences may see."""
        return [draft for statement in statements for draft in self._draft(statement)]

    def handling_of(self, identity: Identity) -> Handling:
        """What the organisation ruled for the object; otherwise what the batch came with."""
        return self.rulings.get(identity, self.handling)

    def find_audience(self, statement: Statement) -> AudienceRecord:
        handling = self.handling_of((statement.uuid, statement.type))
        wanted = (statement.markings, handling)
        known = self._audiences.get(wanted)
        if known is None:
            known = self._audiences[wanted] = ensure_audience(
                self.owner_id, statement.markings, handling, database=self.database
            )
        return known

    def _draft(self, statement: Statement) -> Iterator[Draft]:
        audience = self.find_audience(statement).id
        if _GRANULAR not in statement.text:
            yield Draft(statement, audience, audience)
            return
        renditions = [(self.find_audience(each).id, each) for each in render_statement(statement)]
        widest = renditions[-1][0] if renditions else audience
        yield Draft(statement, audience, widest)
        for step, (rendition_audience, rendition) in enumerate(renditions, start=1):
            if rendition_audience != audience:
                yield Draft(rendition, rendition_audience, widest, redacted=step)


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
    return {
        (bytes(uuid), kind): msgspec.convert(
            orjson.loads(handling) if isinstance(handling, str) else handling, Handling
        )
        for uuid, kind, handling in rows
    }
