"""By which values objects are found: the key table, which is all the correlation there is."""

from collections.abc import Sequence

from stack.accounts.principal import Principal
from stack.store.queries.rows import find_visible, open_view
from stack.store.records import ValueMatch


def match_values(
    principal: Principal, texts: Sequence[str], *, limit_per_value: int = 50
) -> dict[str, list[ValueMatch]]:
    """For each key text that is known, the objects that it leads to, of every kind and role.

    At most `limit_per_value` + 1 are given for a text, so that the caller can say that there are more.
    """
    view = open_view(principal)
    # PostgreSQL's text holds no NUL, and neither does a key.
    wanted = [text for text in dict.fromkeys(texts) if "\0" not in text]
    rows = view.database.read_members(
        "SELECT k.value, k.kind, k.role, k.object_id FROM store_key k "
        f"JOIN store_object o ON o.id = k.object_id WHERE k.value {{members}} AND {view.sees('o')}",
        wanted,
    )
    found: dict[str, list[ValueMatch]] = {}
    for value, kind, role, object_id in rows:
        matches = found.setdefault(value, [])
        if len(matches) <= limit_per_value:
            matches.append(ValueMatch(kind, role, object_id))
    return found


def suggest_values(principal: Principal, prefix: str, *, limit: int = 10) -> list[tuple[str, int]]:
    """Distinct (key text, kind code) that begin with `prefix`, in order."""
    view = open_view(principal)
    rows = view.database.read(
        "SELECT DISTINCT k.value, k.kind FROM store_key k JOIN store_object o ON o.id = k.object_id "
        f"WHERE k.value >= %s AND k.value < %s AND {view.sees('o')} ORDER BY k.value, k.kind LIMIT %s",
        [prefix, prefix + "\U0010ffff", limit],
    )
    return [(value, kind) for value, kind in rows]


def list_keys(principal: Principal, stix_id: str, texts: Sequence[str]) -> list[ValueMatch]:
    """Which other objects share any of the key texts with this object ("seen elsewhere")."""
    view = open_view(principal)
    found = find_visible(view, stix_id)
    if found is None:
        return []
    matches = match_values(principal, texts)
    return [match for rows in matches.values() for match in rows if match.object_id != found[0]]
