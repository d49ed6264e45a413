import pytest

from stack.analysis.resolving.settings import OFF, ResolvingSettings, Server, current_settings, use_settings
from stack.config.environment import SettingError
from stack.config.resolving import configure_resolving


@pytest.fixture(autouse=True)
def _as_before(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.delenv("STACK_ANALYSIS_DNS_TLP", raising=False)
    before = current_settings()
    yield
    use_settings(before)


@pytest.mark.parametrize("text", ["", "off", "OFF"])
def test_nobody_is_asked_by_default(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("STACK_ANALYSIS_DNS", text)
    assert configure_resolving() == OFF
    assert current_settings() == OFF


def test_the_system_or_servers_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_ANALYSIS_DNS_TLP", "amber")
    monkeypatch.setenv("STACK_ANALYSIS_DNS", "system")
    assert configure_resolving() == ResolvingSettings(is_system=True, tlp=2)
    monkeypatch.setenv("STACK_ANALYSIS_DNS", "192.0.2.53, 192.0.2.54:5353,[2001:db8::53]:53, 2001:db8::54")
    assert configure_resolving().servers == (
        Server("192.0.2.53"),
        Server("192.0.2.54", 5353),
        Server("2001:db8::53"),
        Server("2001:db8::54"),
    )


@pytest.mark.parametrize(
    "text", ["dns.example", "192.0.2.999", "192.0.2.1:0", "192.0.2.1:70000", "[x]:53", "yes"]
)
def test_what_is_no_resolver_stops_the_start(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("STACK_ANALYSIS_DNS", text)
    with pytest.raises(SettingError, match="STACK_ANALYSIS_DNS"):
        configure_resolving()
