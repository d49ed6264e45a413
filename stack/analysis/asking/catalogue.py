"""The providers that there are, and the plug-in as an account sets it up."""

from stack.analysis.asking.choosing import fill_choices
from stack.analysis.asking.models import ProviderAccount
from stack.analysis.base import ProviderPlugin
from stack.analysis.registry import list_provider_plugins
from stack.core.errors import NotFound


def get_plugin(name: str) -> type[ProviderPlugin]:
    found = list_provider_plugins().get(name)
    if found is None:
        raise NotFound(
            f"There is no provider {name!r}", remedy="“stack provider list” shows those there are."
        )
    return found


def set_up(account: ProviderAccount) -> ProviderPlugin:
    """The account's plug-in. BadInput where what was chosen does not hold any more."""
    plugin = get_plugin(account.provider)
    return plugin(fill_choices(plugin, account.options))


def find_address(plugin: ProviderPlugin) -> str:
    """Where it is asked, without a slash at its end."""
    return (plugin.choices.get("url") or plugin.url).rstrip("/")


def show_name(account: ProviderAccount) -> str:
    """What the account's answers go by: `virustotal`, or `http-json:our-list`."""
    return f"{account.provider}:{account.name}" if account.name else account.provider
