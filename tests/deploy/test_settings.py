"""What Compose and the chart set is what Stack reads: documented, accepted, enough to start in production."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.deploy.tools import ROOT, VALUES, list_pods, load_compose, render

pytestmark = pytest.mark.service("helm")

_DOCUMENTED = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
_KEY = "q7Lw2ZkR9fXb4TnV8sYd1HjM6pCg3EuA0oIiWvBxNrDyPzQa"
# By name of the file, what stands in a secret; all else is an arbitrary word that is long enough.
_CONTENT = {
    "session-key": _KEY + "5mKt",
    "vault-key": "q0Vx4mJrD1hYw7bT9sZk3nLp8cFg2EuA6oIiWvBxNrA=",
    "database": "postgresql://stack:word@postgres:5432/stack",
    "database-replicas": "postgresql://stack:word@replica:5432/stack",
    "redis": "redis://:word@redis:6379/0",
    "otlp-headers": "Authorization: Bearer word",
    "sentry-dsn": "https://key@sentry.example/1",
    "s3-ca.pem": "-----BEGIN CERTIFICATE-----",
}

Environment = Mapping[str, str]


def list_environments() -> Iterator[tuple[str, Environment]]:
    """What each process of Stack would be started with, by where it is from."""
    for name in sorted(VALUES):
        for owner, pod in list_pods(render(name)):
            for container in pod["spec"]["containers"]:
                if container["name"] == "stack":
                    variables = {each["name"]: each["value"] for each in container["env"]}
                    yield f"{name}: {owner['metadata']['name']}", variables
    for name, service in load_compose()["services"].items():
        variables = service.get("environment") or {}
        if "STACK_MODE" in variables:
            yield f"compose.yaml: {name}", variables


def is_documented(name: str) -> bool:
    own = name.replace("_ACME_", "_<NAME>_")
    family = re.sub(r"STACK_(OIDC|SAML)_ACME_", "STACK_…_<NAME>_", name)
    spellings = {own, own.removesuffix("_FILE"), family, family.removesuffix("_FILE")}
    return any(f"`{each}`" in _DOCUMENTED for each in spellings)


def test_every_setting_is_documented() -> None:
    used = {name for _, variables in list_environments() for name in variables}
    assert len(used) > 30
    assert sorted(name for name in used if name.startswith("STACK_") and not is_documented(name)) == []
    assert sorted(name for name in used if not name.startswith("STACK_")) == []


def lend_secrets(variables: Environment, folder: Path) -> dict[str, str]:
    """The same variables, with files below `folder` in the place of those that a platform would mount."""
    lent = dict(variables)
    for name, value in variables.items():
        if value.startswith("/run/secrets/"):
            path = folder / Path(value).name
            path.write_text(_CONTENT.get(path.name, "a-word-that-is-long-enough"), encoding="ascii")
            path.chmod(0o600)
            lent[name] = str(path)
    return lent


@pytest.mark.parametrize(
    "name",
    [
        "least: stack-web",
        "bundled: stack-worker-ingest",
        "production: stack-runner",
        "everything: intelligence-of-the-whole-of-the-company-beat",
        "compose.yaml: web",
    ],
)
def test_production_starts_with_them(name: str, tmp_path: Path) -> None:
    variables = lend_secrets(dict(list_environments())[name], tmp_path)
    told = "s.PRODUCTION, s.JOBS.runner, s.SEARCH_BACKEND, s.ALLOWED_HOSTS"
    ask = f"import stack.config.settings as s; print({told})"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ask],
        env={"PATH": os.environ["PATH"], "STACK_DATA": str(tmp_path), **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    host = variables["STACK_ALLOWED_HOSTS"].split(",")
    assert (done.returncode, done.stdout.strip()) == (0, f"True celery elasticsearch {host}"), done.stderr
