"""What the Helm chart makes is valid on the Kubernetes versions that it promises, and closed as it says."""

import json
import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

from stack.jobs.queues import Queue
from tests.deploy.tools import (
    CHART,
    KUBERNETES,
    LEAST,
    ROOT,
    VALUES,
    Manifest,
    list_containers,
    list_pods,
    render,
    run_tool,
    template,
)

pytestmark = pytest.mark.service("helm")
every_values = pytest.mark.parametrize("name", sorted(VALUES))
# What operators of a cluster add to it; their schemas are not Kubernetes' own.
_FOREIGN = ("monitoring.coreos.com/", "keda.sh/")
_OWN_SERVICES = {"postgres", "redis", "elasticsearch"}


def component_of(manifest: Manifest) -> str:
    return str(manifest["metadata"]["labels"]["app.kubernetes.io/component"])


def is_chosen(selector: Manifest, labels: Manifest) -> bool:
    """Whether a label selector chooses these labels."""
    if any(labels.get(key) != value for key, value in selector.get("matchLabels", {}).items()):
        return False
    for each in selector.get("matchExpressions", ()):
        assert each["operator"] in {"In", "NotIn"}
        if (labels.get(each["key"]) in each["values"]) != (each["operator"] == "In"):
            return False
    return True


@every_values
def test_lint_finds_nothing(name: str) -> None:
    options = ("--strict", "--quiet", "--kube-version", KUBERNETES[1], "--values", "-")
    done = run_tool("helm", "lint", str(CHART), *options, given=json.dumps(VALUES[name]))
    assert (done.code, done.out.strip()) == (0, ""), done.error


@pytest.mark.parametrize("version", [KUBERNETES[0], KUBERNETES[-1]])
@every_values
def test_every_object_is_valid(name: str, version: str) -> None:
    validated = 0
    for each in render(name, kubernetes=version):
        if not each["apiVersion"].startswith(_FOREIGN):
            kubernetes_validate.validate(each, version.rpartition(".")[0], strict=True)
            validated += 1
    assert validated > 20


@every_values
def test_names_are_short_and_each_is_there_once(name: str) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in render(name)]
    assert len(names) == len(set(names))
    assert [
        each
        for _, each in names
        if len(each) > 63 or not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", each)
    ] == []


@every_values
def test_no_container_may_do_more_than_it_must(name: str) -> None:
    for _, pod in list_pods(render(name)):
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] >= 999
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert all("hostPath" not in volume for volume in spec["volumes"])
        for container in list_containers(pod):
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "runAsNonRoot": True,
                "capabilities": {"drop": ["ALL"]},
            }


@every_values
def test_every_container_has_bounds_and_those_that_stay_have_probes(name: str) -> None:
    for owner, pod in list_pods(render(name)):
        for container in list_containers(pod):
            for bound in ("requests", "limits"):
                assert set(container["resources"][bound]) == {"cpu", "memory"}
        if owner["kind"] != "Job":
            for container in pod["spec"]["containers"]:
                assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)
        for volume in pod["spec"]["volumes"]:
            assert "emptyDir" not in volume or "sizeLimit" in volume["emptyDir"]


@every_values
def test_stack_is_asked_for_life_and_readiness_at_the_right_port(name: str) -> None:
    for owner, pod in list_pods(render(name)):
        if component_of(owner) in _OWN_SERVICES | {"migrate"}:
            continue
        (container,) = pod["spec"]["containers"]
        (port,) = container["ports"]
        environment = {each["name"]: each["value"] for each in container["env"]}
        expected = 8000 if component_of(owner) == "web" else int(environment["STACK_HEALTH_PORT"])
        assert port["containerPort"] == expected
        assert environment.get("STACK_HEALTH_HOST", "0.0.0.0") == "0.0.0.0"
        assert container["livenessProbe"]["httpGet"] == {"path": "/livez", "port": port["name"]}
        assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": port["name"]}


@every_values
def test_a_pod_has_time_to_end(name: str) -> None:
    """Stack ends within ten seconds of SIGTERM, which comes after the pause that proxies get."""
    for _, pod in list_pods(render(name)):
        pauses = [
            container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            for container in pod["spec"]["containers"]
        ]
        assert pod["spec"]["terminationGracePeriodSeconds"] >= max(pauses) + 15


@every_values
def test_no_secret_is_a_literal_of_the_environment(name: str) -> None:
    for _, pod in list_pods(render(name)):
        for container in list_containers(pod):
            assert "envFrom" not in container
            for variable in container.get("env", ()):
                assert set(variable) == {"name", "value"}
                if re.search(
                    r"KEY|SECRET|TOKEN|PASSWORD|DSN|STACK_DATABASE(_FILE|$)|STACK_REDIS", variable["name"]
                ):
                    is_path = variable["value"].startswith("/run/secrets/")
                    assert is_path or variable["name"] == "STACK_TOKEN_ISSUER", variable["name"]


@every_values
def test_every_secret_file_that_is_named_is_mounted_and_no_other(name: str) -> None:
    for owner, pod in list_pods(render(name)):
        if component_of(owner) in _OWN_SERVICES:
            continue
        (volume,) = [each["secret"] for each in pod["spec"]["volumes"] if each["name"] == "secrets"]
        (container,) = pod["spec"]["containers"]
        named = {
            each["value"].rpartition("/")[2]
            for each in container["env"]
            if each["value"].startswith("/run/secrets/")
        }
        assert {item["key"] for item in volume["items"]} == named
        assert all(item["key"] == item["path"] for item in volume["items"])
        # Owned by root and lent to the group of the pod: what Stack accepts in production.
        assert volume["defaultMode"] == 0o440


@every_values
def test_what_runs_more_than_once_survives_a_drain(name: str) -> None:
    objects = render(name)
    budgets = [each for each in objects if each["kind"] == "PodDisruptionBudget"]
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]: each["spec"].get(
            "minReplicas", each["spec"].get("minReplicaCount")
        )
        for each in objects
        if each["kind"] in {"HorizontalPodAutoscaler", "ScaledObject"}
    }
    several = 0
    for each in objects:
        if each["kind"] != "Deployment":
            continue
        least = each["spec"].get("replicas", scaled.get(each["metadata"]["name"]))
        assert least is not None
        # An autoscaler and a number of replicas would undo each other at every upgrade.
        assert ("replicas" in each["spec"]) != (each["metadata"]["name"] in scaled)
        labels = each["spec"]["template"]["metadata"]["labels"]
        budget = [one for one in budgets if is_chosen(one["spec"]["selector"], labels)]
        assert len(budget) == (1 if least >= 2 else 0), each["metadata"]["name"]
        several += least >= 2
    assert several == len(budgets) == 5


@every_values
def test_network_policies_close_every_pod(name: str) -> None:
    objects = render(name)
    policies = [each["spec"] for each in objects if each["kind"] == "NetworkPolicy"]
    for owner, pod in list_pods(objects):
        labels = pod["metadata"]["labels"]
        mine = [each for each in policies if is_chosen(each["podSelector"], labels)]
        assert any(
            set(each["policyTypes"]) == {"Ingress", "Egress"}
            and not each.get("ingress")
            and not each.get("egress")
            for each in mine
        )
        egress = [rule for each in mine for rule in each.get("egress", ())]
        ingress = [rule for each in mine for rule in each.get("ingress", ())]
        assert bool(egress) == (component_of(owner) not in _OWN_SERVICES)
        assert all(rule["to"] and rule["ports"] for rule in egress)
        assert all(rule["from"] and rule["ports"] for rule in ingress)


@every_values
def test_only_what_fetches_reaches_public_addresses(name: str) -> None:
    objects = render(name)
    (policy,) = [each["spec"] for each in objects if each["metadata"]["name"].endswith("-fetching")]
    chosen = {
        component_of(owner)
        for owner, pod in list_pods(objects)
        if is_chosen(policy["podSelector"], pod["metadata"]["labels"])
    }
    assert chosen == {"web", "worker-default", "worker-analysis"}
    (rule,) = policy["egress"]
    assert [each["port"] for each in rule["ports"]] == [80, 443]
    version4 = rule["to"][0]["ipBlock"]
    assert {"10.0.0.0/8", "169.254.0.0/16", "192.168.0.0/16"} < set(version4["except"])


def test_a_cluster_without_the_internet_has_no_way_there() -> None:
    done = template({**VALUES["bundled"], "networkPolicy": {"internet": {"enabled": False}}})
    assert done.code == 0, done.error
    assert not any(
        "ipBlock" in target
        for each in yaml.safe_load_all(done.out)
        if each["kind"] == "NetworkPolicy"
        for rule in each["spec"].get("egress", ())
        for target in rule["to"]
    )


def test_a_bundled_service_is_reached_by_stack_alone() -> None:
    objects = render("bundled")
    pods = {component_of(owner): pod["metadata"]["labels"] for owner, pod in list_pods(objects)}
    for service in sorted(_OWN_SERVICES):
        rules = [
            source
            for each in objects
            if each["kind"] == "NetworkPolicy" and is_chosen(each["spec"]["podSelector"], pods[service])
            for rule in each["spec"].get("ingress", ())
            for source in rule["from"]
        ]
        assert all(set(source) == {"podSelector"} for source in rules)
        reached = {
            who
            for who, labels in pods.items()
            if any(is_chosen(each["podSelector"], labels) for each in rules)
        }
        assert reached == set(pods) - _OWN_SERVICES


@every_values
def test_selectors_choose_the_pods_of_their_own_component(name: str) -> None:
    objects = render(name)
    pods = [pod["metadata"]["labels"] for _, pod in list_pods(objects)]
    for owner, pod in list_pods(objects):
        if owner["kind"] != "Job":
            assert [each for each in pods if is_chosen(owner["spec"]["selector"], each)] == [
                pod["metadata"]["labels"]
            ]
    for each in objects:
        if each["kind"] == "Service":
            assert (
                len(
                    [
                        labels
                        for labels in pods
                        if is_chosen({"matchLabels": each["spec"]["selector"]}, labels)
                    ]
                )
                == 1
            )


@every_values
def test_every_queue_is_served(name: str) -> None:
    served = [
        word
        for owner, pod in list_pods(render(name))
        if component_of(owner).startswith("worker-")
        for flag, word in zip(
            pod["spec"]["containers"][0]["args"], pod["spec"]["containers"][0]["args"][1:], strict=False
        )
        if flag == "--queue"
    ]
    assert set(served) == {queue.value for queue in Queue}


@pytest.mark.parametrize("name", sorted(set(VALUES) - {"bundled"}))
def test_migrations_run_before_new_pods_with_nothing_that_comes_later(name: str) -> None:
    objects = render(name)
    hooked = {
        (each["kind"], each["metadata"]["name"])
        for each in objects
        if "pre-upgrade" in each["metadata"].get("annotations", {}).get("helm.sh/hook", "")
    }
    (job,) = [each for each in objects if each["kind"] == "Job"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    pod = job["spec"]["template"]["spec"]
    assert pod["containers"][0]["args"][0] == "init"
    assert ("ServiceAccount", pod["serviceAccountName"]) in hooked
    assert all("persistentVolumeClaim" not in volume for volume in pod["volumes"])
    (secret,) = [volume["secret"]["secretName"] for volume in pod["volumes"] if "secret" in volume]
    made = {each["metadata"]["name"] for each in objects if each["kind"] == "Secret"}
    assert secret == "stack" or (secret in made and ("Secret", secret) in hooked)


def test_a_job_beside_the_bundled_database_is_no_hook_and_new_at_each_release() -> None:
    (job,) = [each for each in render("bundled") if each["kind"] == "Job"]
    assert "annotations" not in job["metadata"]
    assert job["metadata"]["name"] == "stack-migrate-1"


def test_what_cannot_be_made_again_stays_when_the_release_goes() -> None:
    kept = {
        (each["kind"], component_of(each))
        for name in VALUES
        for each in render(name)
        if each["metadata"].get("annotations", {}).get("helm.sh/resource-policy") == "keep"
    }
    assert kept == {("PersistentVolumeClaim", "storage"), ("Secret", "secrets")}


def test_the_ingress_speaks_tls_for_every_host() -> None:
    (ingress,) = [each for each in render("everything") if each["kind"] == "Ingress"]
    assert [rule["host"] for rule in ingress["spec"]["rules"]] == ["stack.example", "intel.example"]
    assert ingress["spec"]["tls"] == [{"hosts": ["stack.example", "intel.example"], "secretName": "tls"}]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hosts": []}, "name at least one host"),
        ({"hosts": ["*.example"]}, "hosts"),
        ({"secrets": {}}, "secrets.existingSecret"),
        ({"secrets": {"existingSecret": "stack", "create": True}}, "not both"),
        ({"search": {"urls": []}}, "search.urls"),
        ({"artifacts": {}}, "artifacts.s3.bucket"),
        ({"ingress": {"enabled": True}}, "ingress.tlsSecret"),
        ({"keda": {"enabled": True}}, "keda.prometheus"),
        ({"workers": {"ingest": {"queues": ["default"]}}}, "nobody serves the queue ingest"),
        ({"workers": {"ingest": {"queues": ["others"]}}}, "queues"),
        ({"settings": {"STACK_SECRET_KEY": "x"}}, "secrets.files.STACK_SECRET_KEY_FILE"),
        ({"settings": {"STACK_DATABASE": "postgresql://x:y@z/s"}}, "settings.STACK_DATABASE is a secret"),
        ({"web": {"replica": 3}}, "replica"),
        ({"webb": {}}, "webb"),
        ({"settings": {"DEBUG": "1"}}, "DEBUG"),
        ({"image": {"digest": "sha256:abc"}}, "digest"),
    ],
)
def test_values_that_would_not_work_are_refused(change: Manifest, said: str) -> None:
    done = template(LEAST | change)
    assert done.code != 0
    assert said in done.error


def test_what_prometheus_reads_comes_from_the_repository_with_the_token() -> None:
    objects: dict[str, Any] = {each["kind"]: each for each in render("everything")}
    alerts = yaml.safe_load((ROOT / "deploy" / "observability" / "alerts.yml").read_text(encoding="utf-8"))
    assert objects["PrometheusRule"]["spec"] == alerts
    dashboard = (ROOT / "deploy" / "observability" / "dashboard.json").read_text(encoding="utf-8")
    (copy,) = objects["ConfigMap"]["data"].values()
    assert json.loads(copy) == json.loads(dashboard)
    for kind, endpoints in (("ServiceMonitor", "endpoints"), ("PodMonitor", "podMetricsEndpoints")):
        (endpoint,) = objects[kind]["spec"][endpoints]
        assert endpoint["path"] == "/metrics"
        assert endpoint["authorization"]["credentials"]["key"] == "metrics-token"
        # The alerts ask for job="stack".
        assert objects[kind]["spec"]["jobLabel"] == "app.kubernetes.io/name"
        assert objects[kind]["metadata"]["labels"]["release"] == "prometheus"


def test_monitors_find_each_process_of_stack_once() -> None:
    objects: dict[str, Any] = {each["kind"]: each for each in render("everything")}
    background = objects["PodMonitor"]["spec"]["selector"]
    web = objects["ServiceMonitor"]["spec"]["selector"]
    for owner, pod in list_pods(render("everything")):
        labels = pod["metadata"]["labels"]
        assert is_chosen(background, labels) == (
            component_of(owner) not in _OWN_SERVICES | {"web", "migrate"}
        )
    services = [each["metadata"]["labels"] for each in render("bundled") if each["kind"] == "Service"]
    assert len(services) == 4
    chosen = [labels for labels in services if is_chosen(web, labels)]
    assert [labels["app.kubernetes.io/component"] for labels in chosen] == ["web"]
