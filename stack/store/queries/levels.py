"""How restricted values are: the highest TLP level of what names them."""

from collections.abc import Sequence

from stack.accounts.principal import Principal
from stack.store.queries.rows import open_view


def find_levels(principal: Principal, texts: Sequence[str]) -> dict[str, int]:
    """For each key text that an object with a TLP marking names: the highest level, 0 (clear) to 4 (red).

    Of every statement that the principal may see, also those that are not shown.
    """
    view = open_view(principal)
    rows = view.read_members(
        "SELECT k.value, MAX(a.tlp) FROM store_key k JOIN store_object o ON o.id = k.object_id "
        "JOIN store_audience a ON a.id = o.audience_id "
        f"WHERE k.value {{members}} AND a.tlp IS NOT NULL AND {view.may_see('o.audience_id')} "
        "GROUP BY k.value",
        [text for text in dict.fromkeys(texts) if "\0" not in text],
    )
    return dict(rows)
