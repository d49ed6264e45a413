"""By which values objects are found: the key table, which is all the correlation there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from stack.accounts.principal import Principal
from stack.stix.observables.key_text import networks_of
from stack.stix.observables.keys import ROLE_CODES, Role
from stack.store.queries.rows import View, find_visible, open_view
from stack.store.records import ValueMatch

# The index of migration 0003, word for word: `/24` for each network that is a key.
_LENGTH = "ltrim(value, '0123456789abcdef.:')"
_NEXT_LENGTH = (
    f"(SELECT {_LENGTH} FROM store_key WHERE kind = 3 AND {_LENGTH} > %s ORDER BY {_LENGTH} LIMIT 1)"
)
_UNSHOWN = ROLE_CODES[Role.UNSHOWN]


@dataclass(frozen=True, slots=True)
class KnownValue:
    """The newest objects under a key text, and how many keys lead to objects in all."""

    matches: list[ValueMatch]
    total: int


def find_values(
    principal: Principal, texts: Sequence[str], *, limit_per_role: int = 50
) -> dict[str, KnownValue]:
    """For each key text that is known, the objects that it leads to, of every kind: of each role the newest.

    A value that half of all objects mention gives `limit_per_role` of them; the others are only counted.
    """
    view = open_view(principal)
    # PostgreSQL's text holds no NUL, and neither does a key.
    wanted = [text for text in dict.fromkeys(texts) if "\0" not in text]
    rows = view.read_members(
        "SELECT value, kind, role, object_id, total FROM ("
        "SELECT k.value, k.kind, k.role, k.object_id, COUNT(*) OVER (PARTITION BY k.value) AS total, "
        "ROW_NUMBER() OVER (PARTITION BY k.value, k.role ORDER BY k.object_id DESC) AS place "
        "FROM store_key k JOIN store_object o ON o.id = k.object_id "
        f"WHERE k.value {{members}} AND {view.sees('o')}) ranked WHERE place <= %s",
        wanted,
        [limit_per_role],
    )
    found: dict[str, KnownValue] = {}
    for value, kind, role, object_id, total in rows:
        known = found.get(value) or found.setdefault(value, KnownValue([], total))
        known.matches.append(ValueMatch(kind, role, object_id))
    if view.is_split:
        _add_unshown(view, wanted, found, limit_per_role)
    return found


def _add_unshown(view: View, texts: Sequence[str], found: dict[str, KnownValue], limit: int) -> None:
    """Values that only a face states which another one is shown instead of: they lead to that other face."""
    rows = view.read_members(
        "SELECT DISTINCT k.value, k.kind, s.id FROM store_key k JOIN store_object o ON o.id = k.object_id "
        "JOIN store_object s ON s.uuid = o.uuid AND s.type = o.type AND s.id <> o.id "
        f"WHERE k.value {{members}} AND o.rivals > 0 AND {view.may_see('o.audience_id')} "
        f"AND {view.sees('s')} AND NOT EXISTS (SELECT 1 FROM store_key t "
        "WHERE t.value = k.value AND t.kind = k.kind AND t.object_id = s.id) "
        "ORDER BY k.value, s.id DESC",
        texts,
    )
    for value, kind, object_id in rows:
        known = found.get(value) or KnownValue([], 0)
        matches = known.matches
        if sum(match.role_code == _UNSHOWN for match in matches) < limit:
            matches.append(ValueMatch(kind, _UNSHOWN, object_id))
        found[value] = KnownValue(matches, known.total + 1)


def match_values(
    principal: Principal, texts: Sequence[str], *, limit_per_value: int = 50
) -> dict[str, list[ValueMatch]]:
    """What `find_values` finds, without the counts."""
    found = find_values(principal, texts, limit_per_role=limit_per_value)
    return {text: known.matches for text, known in found.items()}


def list_networks(principal: Principal, addresses: Sequence[str]) -> dict[str, list[str]]:
    """The key texts of the networks that may contain each address: those with a prefix length that any
    network in the store has. Whether there is one, and may be seen, `find_values` tells."""
    database = open_view(principal).database
    lengths: list[int] = []
    last = ""
    # From one length to the next through the index: there are few, however many networks there are.
    while addresses and (found := database.read(f"SELECT {_NEXT_LENGTH}", [last])[0][0]):
        last = found
        lengths.append(int(found[1:]))
    return {address: networks_of(address, lengths=lengths) for address in addresses} if lengths else {}


def suggest_values(principal: Principal, prefix: str, *, limit: int = 10) -> list[tuple[str, int]]:
    """Distinct (key text, kind code) that begin with `prefix`, in order."""
    view = open_view(principal)
    rows = view.read(
        "SELECT DISTINCT k.value, k.kind FROM store_key k JOIN store_object o ON o.id = k.object_id "
        f"WHERE k.value >= %s AND k.value < %s AND {view.sees('o')} ORDER BY k.value, k.kind LIMIT %s",
        [prefix, prefix + "\U0010ffff", limit],
    )
    return [(value, kind) for value, kind in rows]


def list_values(
    principal: Principal, prefix: str, *, kind_code: int, after: str = "", limit: int = 1000
) -> list[str]:
    """Distinct key texts of one kind that begin with `prefix`, in order, from behind `after` on."""
    view = open_view(principal)
    rows = view.read(
        "SELECT DISTINCT k.value FROM store_key k JOIN store_object o ON o.id = k.object_id "
        "WHERE k.value >= %s AND k.value > %s AND k.value < %s AND k.kind = %s "
        f"AND {view.sees('o')} ORDER BY k.value LIMIT %s",
        [prefix, after, prefix + "\U0010ffff", kind_code, limit],
    )
    return [value for (value,) in rows]


def list_keys(principal: Principal, stix_id: str, texts: Sequence[str]) -> list[ValueMatch]:
    """Which other objects share any of the key texts with this object ("seen elsewhere")."""
    view = open_view(principal)
    found = find_visible(view, stix_id)
    if found is None:
        return []
    matches = match_values(principal, texts)
    return [match for rows in matches.values() for match in rows if match.object_id != found.face_id]
