"""Modes of the files of secrets: what their owner alone may read, and what root lends to a group."""

import os

import pytest

from stack.core.secret_files import is_exposed

_STACK = 10001


def describe(*, owner: int, mode: int) -> os.stat_result:
    return os.stat_result((0o100000 | mode, 1, 1, 1, owner, 10001, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("owner", "reader", "mode"),
    [(_STACK, _STACK, 0o600), (_STACK, _STACK, 0o400), (0, _STACK, 0o440), (0, _STACK, 0o640), (0, 0, 0o600)],
)
def test_a_file_for_its_owner_or_lent_by_root_is_safe(owner: int, reader: int, mode: int) -> None:
    assert not is_exposed(describe(owner=owner, mode=mode), user=reader)


@pytest.mark.parametrize(
    ("owner", "reader", "mode"),
    [
        (_STACK, _STACK, 0o640),
        (_STACK, _STACK, 0o440),
        (0, 0, 0o640),
        (0, _STACK, 0o660),
        (0, _STACK, 0o444),
        (0, _STACK, 0o441),
        (1000, _STACK, 0o640),
    ],
)
def test_a_file_that_others_may_read_or_change_is_not(owner: int, reader: int, mode: int) -> None:
    assert is_exposed(describe(owner=owner, mode=mode), user=reader)
