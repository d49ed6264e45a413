"""The tools that read what is deployed, as `deploy/install-tools` installs them; and what they make of it."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.services import report_absent

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy" / "helm" / "stack"
COMPOSE = ROOT / "compose.yaml"
# The oldest version of Kubernetes that the chart promises, one in use, and the newest that is known here.
KUBERNETES = ("1.30.0", "1.33.0", "1.37.0")

Manifest = dict[str, Any]

LEAST: Manifest = {
    "hosts": ["stack.example"],
    "secrets": {"existingSecret": "stack"},
    "search": {"urls": ["https://search:9200"]},
    "artifacts": {"s3": {"bucket": "s3://stack/files"}},
}
_BUNDLES = ("postgresql", "redis", "elasticsearch")
# By name, what somebody may ask of the chart; together they reach every branch of its templates.
VALUES: dict[str, Manifest] = {
    "least": LEAST,
    "production": yaml.safe_load((CHART / "values-production.yaml").read_text(encoding="utf-8")),
    "bundled": {
        "hosts": ["stack.example"],
        "secrets": {"existingSecret": "stack"},
        "artifacts": {"volume": {"enabled": True, "accessModes": ["ReadWriteOnce"]}},
        "bundled": {name: {"enabled": True} for name in _BUNDLES},
        "networkPolicy": {"metricsFrom": [{"namespaceSelector": {}}]},
    },
    "everything": LEAST
    | {
        "secrets": {
            "create": True,
            "values": {"session-key": "x", "vault-key": "y", "database": "z"},
            "files": {"STACK_OIDC_ACME_CLIENT_SECRET_FILE": "oidc-acme"},
        },
        "hosts": ["stack.example", "intel.example"],
        "image": {
            "repository": "registry.example/stack",
            "digest": f"sha256:{'0' * 64}",
            "pullSecrets": ["pull"],
        },
        "kms": {"address": "transit:https://vault.example:8200/transit/stack"},
        "database": {"behindPooler": True, "replicas": True},
        "search": {"urls": ["https://search:9200"], "user": "stack", "ca": True},
        "artifacts": {
            "s3": {"bucket": "s3://files/stack", "endpoint": "https://s3.example", "region": "x", "ca": True}
        },
        "web": {"autoscaling": {"enabled": False}, "tolerations": [{"key": "web", "operator": "Exists"}]},
        "beat": {"nodeSelector": {"disk": "fast"}, "podAnnotations": {"team": "intel"}},
        "keda": {"enabled": True, "prometheus": "http://prometheus:9090"},
        "ingress": {"enabled": True, "tlsSecret": "tls", "annotations": {"a": "b"}},
        "metrics": {"monitors": True, "rules": True, "dashboards": True, "labels": {"release": "prometheus"}},
        "tracing": {"endpoint": "http://collector:4318", "headers": True},
        "sentry": {"enabled": True},
        "settings": {
            "STACK_OIDC_ACME_ISSUER": "https://sso.example",
            "STACK_OIDC_ACME_CLIENT_ID": "stack",
            "STACK_OIDC_ACME_ORGANISATION": "ACME",
        },
        "fullnameOverride": "intelligence-of-the-whole-of-the-company",
    },
}


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended, and what it said."""

    code: int
    out: str
    error: str


def find_tool(name: str) -> str:
    """The path of a tool of `deploy/install-tools`, or the end of the test."""
    path = ROOT / "build" / "tools" / name
    if not path.exists():
        report_absent("helm", "deploy/install-tools")
    return str(path)


def run_tool(name: str, *arguments: str, given: str = "") -> Done:
    done = subprocess.run(
        [find_tool(name), *arguments], input=given, capture_output=True, text=True, timeout=60, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


def template(values: Manifest, *, kubernetes: str = KUBERNETES[1], release: str = "stack") -> Done:
    """The chart with these values, as `helm template` renders it for a namespace `intel`."""
    options = ("--namespace", "intel", "--kube-version", kubernetes, "--values", "-")
    return run_tool("helm", "template", release, str(CHART), *options, given=json.dumps(values))


@cache
def render(name: str, *, kubernetes: str = KUBERNETES[1]) -> list[Manifest]:
    """The objects of one of `VALUES`."""
    done = template(VALUES[name], kubernetes=kubernetes)
    assert done.code == 0, done.error
    return [each for each in yaml.safe_load_all(done.out) if each]


def list_pods(objects: list[Manifest]) -> Iterator[tuple[Manifest, Manifest]]:
    """Each object that makes pods, with the template of the pod."""
    for each in objects:
        if each["kind"] in {"Deployment", "StatefulSet", "Job"}:
            yield each, each["spec"]["template"]


def list_containers(pod: Manifest) -> list[Manifest]:
    return [*pod["spec"].get("initContainers", ()), *pod["spec"]["containers"]]


@cache
def load_compose() -> Manifest:
    """The services of `compose.yaml` as Docker Compose itself understands them."""
    done = run_tool("compose-spec", "--format", "json", "--no-path-resolution", str(COMPOSE))
    assert done.code == 0, done.error
    model: Manifest = json.loads(done.out)
    return model
