"""`STACK_LIMITS` and `STACK_LIMIT_*` as the table of limits."""

from stack.accounts.limits.policies import LimitSettings, list_policies
from stack.config.environment import SettingError, read_choice, read_integer


def configure_limits(*, is_production: bool) -> LimitSettings:
    is_on = read_choice("STACK_LIMITS", "on", ("on", "off")) == "on"
    if is_production and not is_on:
        raise SettingError("STACK_LIMITS", "production refuses to start with limits off")
    return LimitSettings(
        is_on=is_on,
        policies=list_policies(
            reads=_read_number("STACK_LIMIT_READS", 6000),
            writes=_read_number("STACK_LIMIT_WRITES", 1200),
            expensive=_read_number("STACK_LIMIT_EXPENSIVE", 300),
            anonymous=_read_number("STACK_LIMIT_ANONYMOUS", 300),
        ),
    )


def _read_number(name: str, default: int) -> int:
    return read_integer(name, default, low=1, high=10_000_000)
