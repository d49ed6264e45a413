"""`STACK_HTTP_ALLOW` as it is set."""

from ipaddress import ip_address

import pytest

from stack.config.environment import SettingError
from stack.config.outgoing import configure_outgoing
from stack.core.http.guard import current_rules, install_rules


def test_the_rules_hold_for_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    before = current_rules()
    try:
        monkeypatch.setenv("STACK_HTTP_ALLOW", "10.1.0.0/16, intranet.example:8443")
        rules = configure_outgoing()
        assert current_rules() is rules
        assert rules.may_ask(ip_address("10.1.2.3"), "a.example", 443)
        assert not rules.may_ask(ip_address("10.2.2.3"), "a.example", 443)
        monkeypatch.delenv("STACK_HTTP_ALLOW")
        assert configure_outgoing().exemptions == ()
    finally:
        install_rules(before)


def test_what_is_no_entry_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_HTTP_ALLOW", "10.0.0.0/99")
    with pytest.raises(SettingError, match=r"10\.0\.0\.0/99"):
        configure_outgoing()
