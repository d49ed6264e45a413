"""Addresses of single sign-on, `/sign-in/oidc/<name>/…` and `/sign-in/saml/<name>/…`, where it is set up."""

from typing import Any

from django.conf import settings
from django.urls import path

from stack.accounts.sign_in.redirects import only_from_here


def list_provider_urls(families: set[str]) -> list[Any]:
    """The addresses of the families (`openid_connect`, `saml`) that have a provider.

    What a family needs is imported only for it.
    """
    patterns: list[Any] = []
    if "openid_connect" in families:
        from stack.accounts.sign_in.oidc import callback, login

        patterns += [
            path("oidc/<slug:provider_id>/login/", only_from_here(login), name="openid_connect_login"),
            path("oidc/<slug:provider_id>/login/callback/", callback, name="openid_connect_callback"),
        ]
    if "saml" in families:
        from stack.accounts.sign_in.saml import finish, metadata, refuse_logout, start, take_answer

        patterns += [
            path("saml/<slug:organization_slug>/login/", only_from_here(start), name="saml_login"),
            path("saml/<slug:organization_slug>/acs/", take_answer, name="saml_acs"),
            path("saml/<slug:organization_slug>/acs/finish/", finish, name="saml_finish_acs"),
            path("saml/<slug:organization_slug>/metadata/", metadata, name="saml_metadata"),
            path("saml/<slug:organization_slug>/sls/", refuse_logout, name="saml_sls"),
        ]
    return patterns


urlpatterns = list_provider_urls(set(settings.SOCIALACCOUNT_PROVIDERS))
