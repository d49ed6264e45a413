"""`STACK_METRICS…` and `STACK_HEALTH_…`: who may read figures about this installation, and where."""

from dataclasses import dataclass

from stack.config.environment import SettingError, read_flag, read_integer, read_secret, read_text

_SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Monitoring:
    """`is_on`: `/metrics` is there on the web port. `token`: who shows it reads figures and details; without
    one only this machine does. `health_port` 0: no server of its own for probes and figures."""

    is_on: bool
    token: str
    health_host: str
    health_port: int
    environment: str

    @property
    def is_measured(self) -> bool:
        return self.is_on or bool(self.health_port)


def configure_monitoring(*, is_production: bool) -> Monitoring:
    is_on = read_flag("STACK_METRICS", False)
    token = read_secret("STACK_METRICS_TOKEN")
    if token and len(token) < _SHORTEST_TOKEN:
        raise SettingError("STACK_METRICS_TOKEN", f"expected at least {_SHORTEST_TOKEN} random characters")
    if is_on and is_production and not token:
        raise SettingError(
            "STACK_METRICS", "production needs STACK_METRICS_TOKEN (or STACK_METRICS_TOKEN_FILE) beside it"
        )
    return Monitoring(
        is_on=is_on,
        token=token,
        health_host=read_text("STACK_HEALTH_HOST") or "127.0.0.1",
        health_port=read_integer("STACK_HEALTH_PORT", 0, low=0, high=65_535),
        environment=read_text("STACK_ENVIRONMENT") or ("production" if is_production else "local"),
    )
