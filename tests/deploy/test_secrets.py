"""The script that makes the secrets of Compose and of a Helm release."""

import importlib.util
import json
import ssl
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from stack.config.production import check_secret_key
from stack.vault.local_keys import parse_keys
from tests.deploy.tools import CHART, ROOT, list_pods, render

_SCRIPT = ROOT / "deploy" / "make_secrets.py"


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_secrets", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def run_script(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(_SCRIPT), str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)


def read_all(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text(encoding="ascii") for path in folder.glob("*/*")}


def test_each_service_gets_what_it_needs_for_itself_alone(tmp_path: Path) -> None:
    run_script(tmp_path)
    made = read_all(tmp_path)
    assert sorted(made) == [
        "elasticsearch/ca.pem",
        "elasticsearch/node.key",
        "elasticsearch/node.pem",
        "elasticsearch/password",
        "postgres/password",
        "redis/password",
        "redis/server.conf",
        "stack/database",
        "stack/metrics-token",
        "stack/redis",
        "stack/search-ca.pem",
        "stack/search-password",
        "stack/session-key",
        "stack/vault-key",
    ]
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*/*")} == {0o400}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("*")} == {0o700}
    password = made["postgres/password"].strip()
    assert made["stack/database"].strip() == f"postgresql://stack:{password}@postgres:5432/stack"
    assert made["stack/redis"].strip() == f"redis://:{made['redis/password'].strip()}@redis:6379/0"
    assert made["redis/server.conf"].strip() == f"requirepass {made['redis/password'].strip()}"
    check_secret_key(made["stack/session-key"].strip())
    assert len(parse_keys(made["stack/vault-key"], setting="vault-key")) == 1


def test_what_is_there_stays_and_what_is_missing_is_made(tmp_path: Path) -> None:
    run_script(tmp_path)
    before = read_all(tmp_path)
    assert run_script(tmp_path).stderr == ""
    (tmp_path / "stack" / "redis").unlink()
    # As a start that was cut short would leave it.
    (tmp_path / "stack" / ".redis.new").write_text("half", encoding="ascii")
    assert run_script(tmp_path).stderr == "made stack/redis\n"
    assert read_all(tmp_path) == before


def test_another_installation_has_other_secrets(tmp_path: Path) -> None:
    for name in ("one", "other"):
        run_script(tmp_path / name)
    one, other = read_all(tmp_path / "one"), read_all(tmp_path / "other")
    assert [name for name in one if one[name] == other[name]] == []


def test_the_certificate_is_for_its_host_and_from_its_authority(tmp_path: Path) -> None:
    run_script(tmp_path)
    folder = tmp_path / "elasticsearch"
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    server.load_cert_chain(folder / "node.pem", folder / "node.key")
    client.load_verify_locations(tmp_path / "stack" / "search-ca.pem")
    shake_hands(server, client, host="elasticsearch")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, client, host="postgres")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, ssl.create_default_context(), host="elasticsearch")


def shake_hands(server: ssl.SSLContext, client: ssl.SSLContext, *, host: str) -> None:
    """TLS without a socket between the two."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    caller = client.wrap_bio(down, up, server_hostname=host)
    answerer = server.wrap_bio(up, down, server_side=True)
    for _ in range(4):
        for side in (caller, answerer):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert caller.version() == "TLSv1.3"


@pytest.mark.service("helm")
def test_the_secret_of_a_release_has_every_key_that_its_pods_mount(tmp_path: Path) -> None:
    secret = json.loads(run_script(tmp_path, "--kubernetes", "stack").stdout)
    assert (secret["kind"], secret["metadata"]["name"]) == ("Secret", "stack")
    mounted = set()
    for _, pod in list_pods(render("bundled")):
        for volume in pod["spec"]["volumes"]:
            if "secret" in volume:
                assert volume["secret"]["secretName"] == "stack"
                mounted |= {item["key"] for item in volume["secret"]["items"]}
    assert len(mounted) > 8
    assert mounted <= set(secret["stringData"])
    services = {each["metadata"]["name"] for each in render("bundled") if each["kind"] == "Service"}
    assert {"stack-postgres", "stack-redis", "stack-elasticsearch"} <= services
    assert "@stack-postgres:5432/" in secret["stringData"]["database"]
    assert "@stack-redis:6379/" in secret["stringData"]["redis"]


def test_its_users_are_those_that_the_pods_run_as() -> None:
    users = load_script().USERS
    assert f"useradd --uid {users['stack']}" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for service, file in (("postgres", "postgresql"), ("redis", "redis"), ("elasticsearch", "elasticsearch")):
        text = (CHART / "templates" / "bundled" / f"{file}.yaml").read_text(encoding="utf-8")
        assert f'"user" {users[service]} ' in text
