"""What analyses say of the values that an object is, or has in its pattern."""

from typing import Any, Final

import orjson

from stack.accounts.principal import Permission
from stack.analysis.queries import find_verdicts
from stack.analysis.subjects import SUBJECT_KINDS
from stack.stix.observables.keys import Role, derive_keys
from stack.store.queries import get_text
from stack.web.analyses_shown import describe_row, name_kind
from stack.web.object_tabs.base import Context, Subject

_MOST_VALUES: Final = 200
_ROLES: Final = (Role.IS, Role.PATTERN)


def describe(subject: Subject) -> Context:
    """Each value with its newest verdict; those without one can be analysed."""
    values = _list_values(subject)
    shown = values[:_MOST_VALUES]
    verdicts = find_verdicts(subject.principal, [value for _, value in shown])
    return {
        "values": [_describe_value(kind, value, verdicts) for kind, value in shown],
        "total": len(values),
        "level": subject.row.tlp,
        "listed": "\n".join(value for _, value in shown),
        "may_analyze": Permission.ANALYZE in subject.principal.permissions,
    }


def _list_values(subject: Subject) -> list[tuple[str, str]]:
    obj = orjson.loads(get_text(subject.principal, subject.stix_id) or b"{}")
    keys = (key for key in derive_keys(obj) if key.role in _ROLES and key.kind.value in SUBJECT_KINDS)
    return list(dict.fromkeys((key.kind.value, key.text) for key in keys))


def _describe_value(kind: str, value: str, verdicts: dict[str, Any]) -> dict[str, Any]:
    row = verdicts.get(value)
    shown = describe_row(row) if row else None
    return {"kind": kind, "kind_title": name_kind(kind), "value": value, "analysis": shown}
