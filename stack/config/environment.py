"""Typed readers of `STACK_*` variables; a bad value stops the start and says what was expected.

A secret `STACK_X` may also be given as `STACK_X_FILE`, the path of a file that holds it.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from stack.core import addresses

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


class SettingError(SystemExit):
    """A setting that cannot be used: names the variable, the value and the expectation."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"stack: {name}: {problem}")


def read_text(name: str, default: str = "", *, environment: Mapping[str, str] = os.environ) -> str:
    return environment.get(name, default).strip()


def read_flag(name: str, default: bool, *, environment: Mapping[str, str] = os.environ) -> bool:
    value = environment.get(name, "").strip().lower()
    if not value:
        return default
    if value in _TRUE | _FALSE:
        return value in _TRUE
    raise SettingError(name, f"expected yes or no, got {value!r}")


def read_integer(
    name: str,
    default: int,
    *,
    low: int = 0,
    high: int = 2**31,
    environment: Mapping[str, str] = os.environ,
) -> int:
    value = environment.get(name, "").strip()
    if not value:
        return default
    try:
        number = int(value)
    except ValueError:
        raise SettingError(name, f"expected a whole number, got {value!r}") from None
    if not low <= number <= high:
        raise SettingError(name, f"expected {low} to {high}, got {number}")
    return number


def read_list(name: str, *, environment: Mapping[str, str] = os.environ) -> list[str]:
    return [part.strip() for part in environment.get(name, "").split(",") if part.strip()]


def read_networks(name: str, *, environment: Mapping[str, str] = os.environ) -> tuple[addresses.Network, ...]:
    """CIDR blocks and addresses, with commas between them."""
    try:
        return addresses.read_networks(read_list(name, environment=environment))
    except ValueError as error:
        raise SettingError(name, f"expected addresses or blocks such as 10.0.0.0/8: {error}") from None


def read_choice(
    name: str, default: str, choices: tuple[str, ...], *, environment: Mapping[str, str] = os.environ
) -> str:
    value = environment.get(name, "").strip() or default
    if value not in choices:
        raise SettingError(name, f"expected one of {', '.join(choices)}, got {value!r}")
    return value


def read_secret(name: str, *, environment: Mapping[str, str] = os.environ) -> str:
    """The secret itself, from `NAME` or from the file that `NAME_FILE` names; empty when neither is set."""
    path = environment.get(f"{name}_FILE", "").strip()
    value = environment.get(name, "").strip()
    if path and value:
        raise SettingError(name, f"set either {name} or {name}_FILE, not both")
    if not path:
        return value
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingError(f"{name}_FILE", f"cannot read {path}: {error.strerror}") from None
