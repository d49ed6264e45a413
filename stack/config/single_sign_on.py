"""`STACK_OIDC_<NAME>_…` and `STACK_SAML_<NAME>_…`: each name is a provider that people may sign in with.

STACK_OIDC_ACME_ISSUER          https://id.acme.example (its discovery document says the rest)
STACK_OIDC_ACME_CLIENT_ID       as registered there
STACK_OIDC_ACME_CLIENT_SECRET   or …_CLIENT_SECRET_FILE
STACK_SAML_ACME_METADATA_FILE   the provider's metadata, downloaded from it
STACK_…_ACME_ORGANISATION       the organisation of Stack whose members come from there
STACK_…_ACME_LABEL              what the button says; the name by default
STACK_…_ACME_MAIL_DOMAINS       mail domains whose addresses count as verified, parted by commas
    STACK_…_ACME_PROVISION          yes: who is unknown becomes a member (default: no)
STACK_…_ACME_ROLE               … with this role: reader (default), analyst or curator
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stack.config.environment import (
    SettingError,
    read_choice,
    read_flag,
    read_list,
    read_secret,
    read_text,
)

_NAME = re.compile(r"STACK_(OIDC|SAML)_([A-Z][A-Z0-9]{0,30})_(?:ISSUER|METADATA_FILE)")
_ROLES = ("reader", "analyst", "curator")


def read_providers(*, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """allauth's `SOCIALACCOUNT_PROVIDERS`; empty when none is set up."""
    providers: dict[str, Any] = {}
    names: set[str] = set()
    for shape in filter(None, map(_NAME.fullmatch, sorted(environment))):
        kind, name = shape[1], shape[2]
        if name in names:
            raise SettingError(shape[0], f"the name {name} is taken; give every provider its own")
        names.add(name)
        prefix = f"STACK_{kind}_{name}"
        app = _read_oidc(prefix, environment) if kind == "OIDC" else _read_saml(prefix, environment)
        app["name"] = read_text(f"{prefix}_LABEL", name.capitalize(), environment=environment)
        app["settings"] |= _read_membership(prefix, environment)
        app["provider_id"] = name.lower()
        family = "openid_connect" if kind == "OIDC" else "saml"
        providers.setdefault(family, {"APPS": [], "OAUTH_PKCE_ENABLED": True})["APPS"].append(app)
    return providers


def _read_oidc(prefix: str, environment: Mapping[str, str]) -> dict[str, Any]:
    issuer = read_text(f"{prefix}_ISSUER", environment=environment).rstrip("/")
    is_loopback = issuer.startswith(("http://127.0.0.1:", "http://localhost:"))
    if not issuer.startswith("https://") and not is_loopback:
        raise SettingError(f"{prefix}_ISSUER", f"expected an address with https://, got {issuer!r}")
    client_id = read_text(f"{prefix}_CLIENT_ID", environment=environment)
    if not client_id:
        raise SettingError(f"{prefix}_CLIENT_ID", "is needed beside the issuer")
    return {
        "client_id": client_id,
        "secret": read_secret(f"{prefix}_CLIENT_SECRET", environment=environment),
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True},
    }


def _read_saml(prefix: str, environment: Mapping[str, str]) -> dict[str, Any]:
    path = read_text(f"{prefix}_METADATA_FILE", environment=environment)
    if not Path(path).is_file():
        raise SettingError(f"{prefix}_METADATA_FILE", f"there is no file {path}")
    return {
        "client_id": prefix.rpartition("_")[2].lower(),
        "secret": "",
        "settings": {
            "metadata_file": path,
            "attribute_mapping": {
                "email": _read_attribute(prefix, "EMAIL_ATTRIBUTE", "email", environment),
                "username": _read_attribute(prefix, "USERNAME_ATTRIBUTE", "uid", environment),
            },
            "advanced": {
                "strict": True,
                "want_assertion_signed": True,
                "want_name_id": True,
                "want_attribute_statement": False,
                "reject_deprecated_algorithm": True,
                "reject_idp_initiated_sso": True,
            },
        },
    }


def _read_attribute(prefix: str, name: str, default: str, environment: Mapping[str, str]) -> list[str]:
    return [read_text(f"{prefix}_{name}", default, environment=environment)]


def _read_membership(prefix: str, environment: Mapping[str, str]) -> dict[str, Any]:
    organisation = read_text(f"{prefix}_ORGANISATION", environment=environment)
    if not organisation:
        raise SettingError(f"{prefix}_ORGANISATION", "name the organisation whose members come from there")
    return {
        "organisation": organisation,
        "provision": read_flag(f"{prefix}_PROVISION", False, environment=environment),
        "role": read_choice(f"{prefix}_ROLE", "reader", _ROLES, environment=environment),
        "verified_email": read_list(f"{prefix}_MAIL_DOMAINS", environment=environment),
    }
