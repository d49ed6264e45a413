"""Collections and API roots as pages and files show them, and what is asked for a new one."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypedDict

from django.http import HttpRequest, QueryDict

from stack.accounts.principal import Principal
from stack.accounts.queries import list_organisations
from stack.core.errors import BadInput, FieldError
from stack.ingest.handling import list_own_groups
from stack.sharing.collections.queries import list_api_roots
from stack.sharing.collections.records import OWN_ONLY, CollectionRow, Sharing
from stack.stix.timestamps import format_instant
from stack.store.selections.queries import count_entries, newest_date
from stack.web.answers import Sheet
from stack.web.forms import Choice, Entry, Form, choose

_COLUMNS: Final = (
    "id",
    "uid",
    "root",
    "alias",
    "title",
    "query",
    "organisation",
    "can_read",
    "can_write",
    "objects",
    "newest",
)
_READERS: Final = (
    ("own", "Only the organisation"),
    ("everyone", "Everyone on this Stack"),
    ("chosen", "The organisations and groups ticked below"),
)
_WRITERS: Final = (("nobody", "Nobody: it is filled here"), *_READERS)
_ORGANISATION: Final = "org:"
_GROUP: Final = "group:"


class AskedCollection(TypedDict):
    """What `create_collection` takes."""

    title: str
    description: str
    query: str
    alias: str
    readers: Sharing
    writers: Sharing | None


def ask_for_collection(principal: Principal, row: CollectionRow | None = None) -> Form:
    """The form of a collection; filled from `row` where one is changed."""
    readers, writers = (row.readers, row.writers) if row else (OWN_ONLY, None)
    entries: tuple[Entry, ...] = (
        Entry(
            "title",
            "Title",
            value=row.title if row else "",
            is_required=True,
            placeholder="Indicators for partners",
        ),
        Entry(
            "query",
            "Objects that match",
            kind="textarea",
            value=row.query if row else "",
            placeholder="type:indicator AND confidence:>=70",
            hint="A search, or * for everything, kept up as objects change. Empty: what is picked or posted.",
        ),
        Entry("description", "Description", kind="textarea", value=row.description if row else ""),
        Entry(
            "alias",
            "Name in addresses",
            value=row.alias if row else "",
            placeholder="partners",
            hint="Instead of its id; a-z 0-9 . _ -",
        ),
        *_ask_for_sharing(principal, "readers", "Who may read it", _READERS, readers),
        *_ask_for_sharing(principal, "writers", "Who may post into it", _WRITERS, writers),
    )
    roots = () if row else _offer_roots(principal)
    if len(roots) > 1:
        entries = (*entries, Entry("root", "API root", kind="select", choices=roots))
    return Form(f"collection-{row.id}" if row else "collection", entries)


def ask_for_root() -> Form:
    return Form(
        "root",
        (
            Entry("title", "Title", is_required=True, placeholder="Exchange of the energy sector"),
            Entry(
                "slug", "Name in its address", is_required=True, placeholder="energy", hint="a-z 0-9 . _ -"
            ),
            Entry("description", "Description", kind="textarea"),
        ),
    )


def read_collection(sent: QueryDict) -> AskedCollection:
    """What was asked for. Raises `BadInput`."""
    return AskedCollection(
        title=sent.get("title", ""),
        description=sent.get("description", ""),
        query=sent.get("query", ""),
        alias=sent.get("alias", "").strip(),
        readers=_read_sharing(sent, "readers") or OWN_ONLY,
        writers=_read_sharing(sent, "writers"),
    )


def describe_collections(
    request: HttpRequest, principal: Principal, rows: Iterable[CollectionRow]
) -> list[dict[str, Any]]:
    """Rows of the table, each with its address for TAXII."""
    names = _Names(principal)
    return [describe_collection(request, principal, row, names=names) for row in rows]


def describe_collection(
    request: HttpRequest, principal: Principal, row: CollectionRow, *, names: "_Names | None" = None
) -> dict[str, Any]:
    known = names or _Names(principal)
    return {
        "row": row,
        "url": f"/sharing/collections/{row.id}",
        "objects": count_entries(principal, row.id) if row.can_read else None,
        "newest": newest_date(principal, row.id) if row.can_read else 0,
        "taxii_url": request.build_absolute_uri(f"/taxii2/{row.root}/collections/{row.uid}/"),
        "readers": known.describe(row.readers) if row.is_own else "",
        "writers": known.describe(row.writers) if row.is_own else "",
    }


def write_collections(principal: Principal, rows: Sequence[CollectionRow]) -> Sheet:
    return Sheet(_COLUMNS, [_write_row(principal, row) for row in rows], {"total": len(rows)})


def _write_row(principal: Principal, row: CollectionRow) -> tuple[Any, ...]:
    newest = newest_date(principal, row.id) if row.can_read else 0
    return (
        row.id,
        row.uid,
        row.root,
        row.alias,
        row.title,
        row.query,
        row.organisation,
        row.can_read,
        row.can_write,
        count_entries(principal, row.id) if row.can_read else None,
        format_instant(newest) if newest else None,
    )


class _Names:
    """Organisations and groups by their ids, read once for all rows of a page."""

    def __init__(self, principal: Principal) -> None:
        self._organisations = {each.id: each.name for each in list_organisations(principal)}
        self._groups = {each.id: each.name for each in list_own_groups(principal)}

    def describe(self, sharing: Sharing | None) -> str:
        """Who beside the organisation itself, in words."""
        if sharing is None:
            return "nobody"
        if sharing.everyone:
            return "everyone on this Stack"
        names = [self._groups[each] for each in sharing.group_ids if each in self._groups]
        names += [
            self._organisations[each] for each in sharing.organisation_ids if each in self._organisations
        ]
        return ", ".join(names) or "only the organisation"


def _offer_roots(principal: Principal) -> tuple[Choice, ...]:
    return choose(
        (root.slug, f"{root.title} ({root.slug})")
        for root in list_api_roots(principal)
        if root.organisation_id in (None, principal.organisation_id)
    )


def _ask_for_sharing(
    principal: Principal, name: str, label: str, words: Sequence[tuple[str, str]], chosen: Sharing | None
) -> tuple[Entry, ...]:
    """How widely, and with whom; the second is left out where there is nobody else."""
    sharing = chosen or OWN_ONLY
    others = [
        (f"{_GROUP}{each.id}", each.name, each.id in sharing.group_ids) for each in list_own_groups(principal)
    ]
    others += [
        (f"{_ORGANISATION}{each.id}", each.name, each.id in sharing.organisation_ids)
        for each in list_organisations(principal)
        if each.id != principal.organisation_id
    ]
    current = "nobody" if chosen is None else "everyone" if sharing.everyone else "own"
    if sharing.group_ids or sharing.organisation_ids:
        current = "chosen"
    width = Entry(name, label, kind="select", choices=choose(words if others else words[:-1], current))
    if not others:
        return (width,)
    choices = tuple(Choice(value, title, is_chosen=is_chosen) for value, title, is_chosen in others)
    return (width, Entry(f"{name}_chosen", f"{label}: chosen ones", kind="checks", choices=choices))


def _read_sharing(sent: QueryDict, name: str) -> Sharing | None:
    match sent.get(name, ""):
        case "" | "nobody":
            return None
        case "own":
            return OWN_ONLY
        case "everyone":
            return Sharing(everyone=True)
        case "chosen":
            ticked = sent.getlist(f"{name}_chosen")
            return Sharing(
                organisation_ids=_read_numbers(ticked, _ORGANISATION, name),
                group_ids=_read_numbers(ticked, _GROUP, name),
            )
        case other:
            raise _refuse(name, f"“{other[:40]}” is no choice")


def _read_numbers(ticked: Iterable[str], prefix: str, name: str) -> tuple[int, ...]:
    texts = [each.removeprefix(prefix) for each in ticked if each.startswith(prefix)]
    if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in texts):
        raise _refuse(name, "expected ids, which are numbers")
    return tuple(map(int, texts))


def _refuse(name: str, message: str) -> BadInput:
    return BadInput(f"{name}: {message}", errors=(FieldError(name, message),))
