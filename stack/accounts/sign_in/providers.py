"""The providers of single sign-on that are set up, as buttons need them."""

from dataclasses import dataclass

from django.conf import settings

_PATHS = {"openid_connect": "/sign-in/oidc/{id}/login/", "saml": "/sign-in/saml/{id}/login/"}


@dataclass(frozen=True, slots=True)
class ProviderRow:
    id: str
    name: str
    url: str


def list_providers() -> list[ProviderRow]:
    return [
        ProviderRow(name, app["name"], _PATHS[family].format(id=name))
        for family, config in settings.SOCIALACCOUNT_PROVIDERS.items()
        for app in config["APPS"]
        for name in [app["provider_id"]]
    ]
