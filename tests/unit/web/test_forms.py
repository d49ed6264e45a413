"""Forms: nothing typed is lost, each fault stands at its entry, and what was sent is read strictly."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict

from stack.accounts.roles import Role
from stack.core.clock import now_us
from stack.core.errors import BadInput, Conflict, FieldError
from stack.stix.markings import TlpLevel
from stack.web.forms import (
    Entry,
    Form,
    choose,
    offer_levels,
    read_days,
    read_expiry,
    read_ids,
    read_level,
    read_role,
    read_words,
)

_DAY = 86_400_000_000
_FORM = Form(
    "guide",
    (
        Entry("name", "Name"),
        Entry(
            "scopes", "It may", kind="checks", choices=choose((("read", "Read"), ("mark", "Mark")), "read")
        ),
    ),
)


def test_a_refused_form_keeps_what_was_sent_and_shows_each_fault_at_its_entry() -> None:
    error = BadInput("scopes: no", errors=(FieldError("scopes[0]", "expected less"),))
    form = _FORM.refill(QueryDict("name=laptop&scopes=mark"), error)
    name, scopes = form.entries
    assert (name.value, name.fault, scopes.fault) == ("laptop", "", "expected less")
    assert [choice.value for choice in scopes.choices if choice.is_chosen] == ["mark"]
    assert form.fault is None


@pytest.mark.parametrize(
    "error",
    [Conflict("There is one already"), BadInput("no", errors=(FieldError("colour", "expected none"),))],
)
def test_a_fault_of_nothing_that_was_asked_for_stands_above_the_form(error: BadInput | Conflict) -> None:
    assert _FORM.refill(QueryDict("name=laptop"), error).fault is error


def test_no_level_above_ones_own_is_offered() -> None:
    offered = offer_levels(TlpLevel.AMBER, "green")
    assert [choice.value for choice in offered] == ["clear", "green", "amber"]
    assert [choice.value for choice in offered if choice.is_chosen] == ["green"]


def test_what_was_sent_is_read() -> None:
    sent = QueryDict("role=curator&level=TLP:AMBER%2BSTRICT&days=30&ids=4&ids=17&words=a%0Ab,+c&none=")
    assert read_role(sent) is Role.CURATOR
    assert read_level(sent, "level") is TlpLevel.AMBER_STRICT
    assert read_days(sent, "days") == 30
    assert read_days(sent, "none") is None
    assert read_ids(sent, "ids") == [4, 17]
    assert read_words(sent, "words") == ["a", "b", "c"]
    expiry = read_expiry(sent, "days")
    assert expiry is not None
    assert 29 * _DAY < expiry - now_us() <= 30 * _DAY


_UNREADABLE = ("-1", "1.5", "٣", "²", "9" * 40, "x", "4;5", "+4")


@pytest.mark.parametrize(
    ("read", "texts"),
    [
        (read_role, (*_UNREADABLE, "", "Reader", "owner")),
        (read_level, (*_UNREADABLE, "", "purple")),
        (read_days, (*_UNREADABLE, "0", "3651")),
        (read_ids, (*_UNREADABLE, "", " ")),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(read: Callable[..., Any], texts: tuple[str, ...]) -> None:
    for text in texts:
        sent = QueryDict(mutable=True)
        sent["entry"] = text
        with pytest.raises(BadInput) as refused:
            read(sent, "entry")
        assert refused.value.errors[0].field == "entry"
        assert "expected" in refused.value.errors[0].message
