from typing import Any

import pytest
from django.http import QueryDict

from stack.audit.records import EntryRow
from stack.stix.markings import TLP_20_IDS
from stack.web.audit_shown import show_entry_row

_NEXT_YEAR = 1_801_386_000_000_000


def _summarise(before: dict[str, Any], after: dict[str, Any]) -> str:
    row = EntryRow(
        number=1,
        sequence=None,
        at=0,
        name="member.change",
        result="done",
        actor="ada",
        user_id=1,
        key_id=None,
        organisation_id=1,
        face="web",
        address="",
        request_id="",
        object_kind="member",
        object_id="2",
        before=before,
        after=after,
        is_security=False,
    )
    return str(show_entry_row(row, QueryDict())["summary"])


@pytest.mark.parametrize(
    ("before", "after", "summary"),
    [
        ({}, {}, ""),
        ({}, {"name": "siem", "tlp_ceiling": 4, "scopes": []}, "name siem · up to TLP:RED"),
        ({"name": "siem", "tlp_ceiling": 0}, {}, "name siem · up to TLP:CLEAR"),
        (
            {"role": "reader", "username": "bob"},
            {"role": "curator", "username": "bob"},
            "role reader → curator",
        ),
        ({"tlp_ceiling": 2}, {"tlp_ceiling": 1}, "up to TLP:AMBER → TLP:GREEN"),
        ({"everyone": False}, {"everyone": True}, "shared with everyone"),
        ({"everyone": True}, {"everyone": False}, "no longer shared with everyone"),
        (
            {},
            {
                "file": "b.json",
                "handling": {
                    "embargo_until": _NEXT_YEAR,
                    "everyone": True,
                    "group_ids": [],
                    "markings": [TLP_20_IDS["amber"]],
                },
            },
            "file b.json · embargo until 2027-01-31 09:00:00 UTC · shared with everyone · ma…",
        ),
        ({"markings": [TLP_20_IDS["red"]]}, {"markings": []}, "markings TLP:RED → none"),
    ],
)
def test_an_entry_is_summed_up_in_words(before: dict[str, Any], after: dict[str, Any], summary: str) -> None:
    assert _summarise(before, after) == summary
