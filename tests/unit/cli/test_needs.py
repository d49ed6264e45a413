"""Every command and each of its actions says which permission it takes."""

import argparse

import pytest

from stack.accounts.roles import Permission
from stack.cli.catalogue import build_command_parser, describe_needs, list_commands, load_command

# These are words of the query that stand for an action.
_WORDS = {"backup": {"", "verify"}, "search": {"", "verify", "rebuild", "switch"}}
# What no permission guards, and why that is right.
_OPEN = {
    ("backup", "verify"): "reads an archive, and nothing else",
    ("beat", ""): "has the keys of the installation",
    ("completion", ""): "prints a script",
    ("doctor", ""): "looks at this machine, before there may be an administrator",
    ("init", ""): "makes the first administrator",
    ("keys", "init"): "makes the vault before there is an administrator",
    ("migrate-to-postgres", ""): "runs on the machine of the data, while nothing else does",
    ("restore", ""): "puts the administrators in place too",
    ("runner", ""): "runs on the machine of the data",
    ("serve", ""): "runs on the machine of the data",
    ("version", ""): "prints the version",
    ("web", ""): "runs on the machine of the data",
    ("worker", ""): "has the keys of the installation",
}


def list_actions(name: str) -> set[str]:
    if name in _WORDS:
        return _WORDS[name]
    for action in build_command_parser(name)._actions:
        if isinstance(action, argparse._SubParsersAction):
            return set(action.choices)
    return {""}


@pytest.mark.parametrize("name", list_commands())
def test_each_action_declares_what_it_needs(name: str) -> None:
    needs = load_command(name).NEEDS
    assert set(needs) == list_actions(name)
    assert all(need is None or isinstance(need, Permission) for need in needs.values())


def test_what_needs_no_permission_is_known_and_has_a_reason() -> None:
    declared = {
        (name, action)
        for name in list_commands()
        for action, need in load_command(name).NEEDS.items()
        if need is None
    }
    assert declared == set(_OPEN)


def test_help_says_what_is_needed() -> None:
    assert describe_needs(load_command("user")) == "needs the permission: manage-members"
    assert "create" in describe_needs(load_command("org"))
    assert "needs the permission: read" in build_command_parser("lookup").format_help()
    assert describe_needs(load_command("version")) == ""
