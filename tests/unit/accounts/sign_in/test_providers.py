"""Settings of single sign-on."""

from pathlib import Path

import pytest

from stack.config.environment import SettingError
from stack.config.single_sign_on import read_providers

_OIDC = {
    "STACK_OIDC_ACME_ISSUER": "https://id.acme.example/",
    "STACK_OIDC_ACME_CLIENT_ID": "stack",
    "STACK_OIDC_ACME_CLIENT_SECRET": "hush",
    "STACK_OIDC_ACME_ORGANISATION": "Acme",
}


def test_nothing_set_up_means_no_provider_and_nothing_imported() -> None:
    assert read_providers(environment={"STACK_DATA": "/tmp"}) == {}


def test_a_provider_is_read_with_pkce_and_the_least_role() -> None:
    app = read_providers(environment=_OIDC)["openid_connect"]["APPS"][0]
    assert app["provider_id"] == "acme"
    assert app["client_id"] == "stack"
    assert app["secret"] == "hush"
    assert app["settings"]["server_url"] == "https://id.acme.example"
    assert app["settings"]["oauth_pkce_enabled"] is True
    assert app["settings"]["role"] == "reader"
    assert app["settings"]["provision"] is False


def test_a_secret_may_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("from a file\n")
    environment = {key: value for key, value in _OIDC.items() if not key.endswith("SECRET")}
    app = read_providers(environment=environment | {"STACK_OIDC_ACME_CLIENT_SECRET_FILE": str(path)})
    assert app["openid_connect"]["APPS"][0]["secret"] == "from a file"


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"STACK_OIDC_ACME_ISSUER": "http://id.acme.example"}, "STACK_OIDC_ACME_ISSUER"),
        ({"STACK_OIDC_ACME_CLIENT_ID": ""}, "STACK_OIDC_ACME_CLIENT_ID"),
        ({"STACK_OIDC_ACME_ORGANISATION": ""}, "STACK_OIDC_ACME_ORGANISATION"),
        ({"STACK_OIDC_ACME_ROLE": "platform-admin"}, "STACK_OIDC_ACME_ROLE"),
        ({"STACK_OIDC_ACME_PROVISION": "perhaps"}, "STACK_OIDC_ACME_PROVISION"),
        ({"STACK_SAML_ACME_METADATA_FILE": "/nowhere"}, "STACK_SAML_ACME_METADATA_FILE"),
        ({"STACK_SAML_OTHER_METADATA_FILE": "/nowhere"}, "STACK_SAML_OTHER_METADATA_FILE"),
    ],
)
def test_what_cannot_be_used_stops_the_start_by_its_name(changes: dict[str, str], name: str) -> None:
    with pytest.raises(SettingError, match=name):
        read_providers(environment=_OIDC | changes)
