"""`STACK_HTTP_ALLOW`: where outgoing requests may go beside public addresses at the usual ports."""

from stack.config.environment import SettingError, read_text
from stack.core.http.guard import OutgoingRules, install_rules, read_exemptions


def configure_outgoing() -> OutgoingRules:
    """Reads the rules, and makes them those of this process."""
    try:
        rules = OutgoingRules(read_exemptions(read_text("STACK_HTTP_ALLOW")))
    except ValueError as error:
        raise SettingError(
            "STACK_HTTP_ALLOW",
            f"{error}; expected entries such as 10.1.0.0/16, 127.0.0.1:8443, intranet.example or :9000",
        ) from None
    install_rules(rules)
    return rules
