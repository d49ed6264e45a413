"""Production refuses to start weak, in a process of its own, as an operator would start it."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from pytest_django import Settings

from stack.accounts.models import Organisation
from stack.accounts.roles import Role
from stack.cli.weaknesses import find_weak_proxies, find_weaknesses
from stack.config.environment import SettingError
from stack.config.production import check_production, check_secret_key
from stack.core.addresses import read_networks
from tests.people import make_member
from tests.signing import add_app

_KEY = "q7TzX0vRk2mN9bLsWd4HyPf6JcGa1EoU8iQx5ZtVrBnM3KjDhS_lYw-Cg"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A production that starts."""
    key = tmp_path / "vault.key"
    key.write_text(bytes(range(32)).hex())
    key.chmod(0o600)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("STACK_", "DJANGO_"))}
    return kept | {
        "DJANGO_SETTINGS_MODULE": "stack.config.settings",
        "STACK_DATA": str(tmp_path / "data"),
        "STACK_MODE": "production",
        "STACK_SECRET_KEY": _KEY,
        "STACK_VAULT_KEY_FILE": str(key),
        "STACK_ALLOWED_HOSTS": "stack.example",
        "STACK_TRUSTED_ORIGINS": "https://stack.example",
        "STACK_TRUSTED_PROXIES": "127.0.0.1",
    }


def _run(*words: str, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_djangos_own_check_of_a_deployment_finds_nothing(environment: dict[str, str]) -> None:
    ended = _run(
        *("-W", "error", "-m", "django", "check", "--deploy", "--fail-level", "WARNING"),
        environment=environment,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "System check identified no issues (2 silenced).\n"
    assert ended.stderr == ""


_SETTINGS = """
import json
from stack.config import settings
print(json.dumps({name: getattr(settings, name) for name in dir(settings) if name.startswith(
    ("SESSION_COOKIE", "CSRF_COOKIE", "SECURE_", "DEBUG", "X_FRAME"))}))
"""


def test_cookies_and_transport_are_strict(environment: dict[str, str]) -> None:
    found = json.loads(_run("-c", _SETTINGS, environment=environment).stdout)
    assert found["SESSION_COOKIE_NAME"] == "__Host-sessionid"
    assert found["CSRF_COOKIE_NAME"] == "__Host-csrftoken"
    assert found["SESSION_COOKIE_SECURE"] is found["CSRF_COOKIE_SECURE"] is True
    assert found["SESSION_COOKIE_HTTPONLY"] is True
    assert found["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert found["SECURE_HSTS_SECONDS"] >= 31_536_000
    assert found["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert found["DEBUG"] is False
    assert "SECURE_PROXY_SSL_HEADER" not in found, "it would be believed from anybody"


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"STACK_SECRET_KEY": ""}, "STACK_SECRET_KEY"),
        ({"STACK_SECRET_KEY": "q7TzX0vRk2mN9bLsWd4HyPf6JcGa1EoU"}, "STACK_SECRET_KEY"),
        ({"STACK_DEBUG": "yes"}, "STACK_DEBUG"),
        ({"STACK_ALLOWED_HOSTS": ""}, "STACK_ALLOWED_HOSTS"),
        ({"STACK_ALLOWED_HOSTS": "*"}, "STACK_ALLOWED_HOSTS"),
        ({"STACK_TRUSTED_ORIGINS": "http://stack.example"}, "STACK_TRUSTED_ORIGINS"),
        ({"STACK_VAULT_KEY_FILE": ""}, "STACK_VAULT_KEY"),
        ({"STACK_LIMITS": "off"}, "STACK_LIMITS"),
    ],
)
def test_the_process_ends_with_one_line(
    environment: dict[str, str], changed: dict[str, str], named: str
) -> None:
    ended = _run("-c", "import stack.config.settings", environment=environment | changed)
    assert ended.returncode != 0
    assert ended.stderr.startswith(f"stack: {named}: "), ended.stderr
    assert ended.stderr.count("\n") == 1
    assert "Traceback" not in ended.stderr


def _check(**changed: object) -> None:
    settings: dict[str, object] = {
        "secret_key": _KEY,
        "hosts": ["stack.example", "10.0.0.1", "[::1]"],
        "origins": ["https://stack.example", "https://stack.example:8443"],
        "is_debug": False,
        "environment": {},
    }
    check_production(**(settings | changed))  # type: ignore[arg-type]


def test_a_good_production_passes() -> None:
    _check()


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        "k" * 64,
        "abcdefghijk" * 6,
        "not-initialised-" + "0" * 48,
        "django-insecure-" + _KEY,
        "ChangeMe" + _KEY,
        "change_me_" + _KEY,
        "secret" + _KEY,
        "this-is-an-example-" + _KEY,
    ],
)
def test_a_key_that_can_be_guessed_is_refused(key: str) -> None:
    with pytest.raises(SettingError, match="STACK_SECRET_KEY") as caught:
        check_secret_key(key)
    assert not key or key not in str(caught.value), "a key is never shown"


@pytest.mark.parametrize(
    "host",
    ["*", ".example", "*.example", "https://stack.example", "stack.example:443", "a/b", "", "-a", "a b"],
)
def test_a_host_is_a_name_and_nothing_else(host: str) -> None:
    with pytest.raises(SettingError, match="STACK_ALLOWED_HOSTS"):
        _check(hosts=["stack.example", host])


@pytest.mark.parametrize(
    "origin",
    [
        "http://stack.example",
        "https://*.example",
        "stack.example",
        "https://",
        "https://stack.example/path",
        "null",
    ],
)
def test_an_origin_is_https_and_exact(origin: str) -> None:
    with pytest.raises(SettingError, match="STACK_TRUSTED_ORIGINS"):
        _check(origins=[origin])


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
@pytest.mark.parametrize("name", ["STACK_SECRET_KEY_FILE", "STACK_OIDC_ACME_CLIENT_SECRET_FILE"])
def test_files_of_secrets_belong_to_their_owner_alone(tmp_path: Path, name: str, mode: int) -> None:
    path = tmp_path / "secret"
    path.write_text(_KEY)
    path.chmod(mode)
    with pytest.raises(SettingError, match=f"{name}: others may read .* chmod 600") as caught:
        _check(environment={name: str(path)})
    assert _KEY not in str(caught.value)
    path.chmod(0o400)
    _check(environment={name: str(path)})


def test_a_file_that_is_no_secret_may_be_read_by_others(tmp_path: Path) -> None:
    path = tmp_path / "metadata.xml"
    path.write_text("<x/>")
    path.chmod(0o644)
    _check(environment={"STACK_SAML_ACME_METADATA_FILE": str(path)})


@pytest.mark.parametrize(
    ("networks", "weak"),
    [
        ([], ["no proxy is trusted"]),
        (["10.0.0.1", "fd00::/48", "172.16.0.0/12"], []),
        (["0.0.0.0/0"], ["0.0.0.0/0"]),
        (["::/0", "127.0.0.1"], ["::/0"]),
    ],
)
def test_doctor_looks_at_whom_stack_believes(networks: list[str], weak: list[str]) -> None:
    found = list(find_weak_proxies(read_networks(networks)))
    assert len(found) == len(weak)
    for weakness, words in zip(found, weak, strict=True):
        assert words in weakness.detail


@pytest.mark.django_db
def test_doctor_looks_for_administrators_without_a_second_factor(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = read_networks(["127.0.0.1"])
    settings.ACCESS_LOG = "stderr"
    settings.TOKEN_ISSUER = "https://stack.example"
    north = Organisation.objects.create(name="North", created_at=0)
    make_member("robin", north)
    assert list(find_weaknesses()) == []
    admin = make_member("ada", north, role=Role.ORGANISATION_ADMIN)
    details = [weakness.detail for weakness in find_weaknesses()]
    assert details == [
        "administrators without a second factor: 1",
        "organisations that demand no second factor of their administrators: 1",
    ]
    add_app(admin)
    Organisation.objects.update(require_mfa_from=Role.ORGANISATION_ADMIN)
    assert list(find_weaknesses()) == []
    Organisation.objects.update(require_mfa_from=Role.PLATFORM_ADMIN)
    assert len(list(find_weaknesses())) == 1


def test_doctor_tells_all_of_it(environment: dict[str, str], tmp_path: Path) -> None:
    weak = environment | {"STACK_TRUSTED_PROXIES": "", "STACK_ACCESS_LOG": "off"}
    stack = str(Path(sys.executable).with_name("stack"))
    subprocess.run([stack, "init"], env=weak, check=True, capture_output=True, timeout=120)
    ended = subprocess.run(
        [stack, "doctor", "--json"], env=weak, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 3
    found = [each["detail"] for each in json.loads(ended.stdout)["checks"] if each["check"] == "production"]
    for words in ("no proxy is trusted", "no access log", "name their issuer"):
        assert any(words in detail for detail in found), found
