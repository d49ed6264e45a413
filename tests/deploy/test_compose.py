"""`compose.yaml` is what Docker Compose accepts, closed as it says, and starts in an order that works."""

import re

import pytest

from tests.deploy.tools import ROOT, Manifest, load_compose

pytestmark = pytest.mark.service("helm")

_OWN = {
    "migrate",
    "web",
    "runner",
    "worker-ingest",
    "worker-interactive",
    "worker-analysis",
    "worker",
    "beat",
}
_SERVERS = {"postgres", "redis", "elasticsearch"}
# Those that fetch feeds, ask services, and try out either.
_FETCHING = {"web", "worker", "worker-analysis"}
# Those that end by themselves.
_ONCE = {"secrets", "migrate"}


def services() -> dict[str, Manifest]:
    found: dict[str, Manifest] = load_compose()["services"]
    return found


def test_all_parts_are_there() -> None:
    assert set(services()) == _OWN | _SERVERS | {"secrets"}
    assert {name: service["command"][0] for name, service in services().items() if name in _OWN} == {
        "migrate": "init",
        "web": "web",
        "runner": "runner",
        "worker-ingest": "worker",
        "worker-interactive": "worker",
        "worker-analysis": "worker",
        "worker": "worker",
        "beat": "beat",
    }


def test_no_container_may_do_more_than_it_must() -> None:
    for name, service in services().items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        # Elasticsearch makes a key store beside its configuration.
        assert service["read_only"] is True or name == "elasticsearch", name
        assert not {"privileged", "pid", "ipc", "devices", "userns_mode"} & set(service), name
        assert all(volume["type"] == "volume" or volume["read_only"] for volume in service["volumes"]), name
        limits = service["deploy"]["resources"]["limits"]
        assert {"cpus", "memory", "pids"} <= set(limits), name


def test_only_the_maker_of_secrets_is_root_and_it_has_no_network() -> None:
    roots = {name for name, service in services().items() if service.get("user", "10001").startswith("0")}
    assert roots == {"secrets"}
    assert services()["secrets"]["network_mode"] == "none"
    assert services()["secrets"]["cap_add"] == ["CHOWN", "DAC_OVERRIDE", "FOWNER"]
    assert [name for name, service in services().items() if "cap_add" in service] == ["secrets"]


def test_only_the_web_process_is_reached_from_outside_and_few_reach_it() -> None:
    assert [name for name, service in services().items() if service.get("ports")] == ["web"]
    (port,) = services()["web"]["ports"]
    assert (port["host_ip"], port["published"], port["target"]) == ("127.0.0.1", "8000", 8000)
    assert load_compose()["networks"]["inside"]["internal"] is True
    inside = {name for name, service in services().items() if set(service.get("networks", ())) == {"inside"}}
    assert inside == set(services()) - _FETCHING - {"secrets"}


def test_no_secret_is_a_literal_of_the_environment() -> None:
    for name, service in services().items():
        for variable, value in (service.get("environment") or {}).items():
            if re.search(
                r"KEY|SECRET|TOKEN|PASSWORD|DSN|STACK_DATABASE|STACK_REDIS", variable, re.IGNORECASE
            ):
                is_setting = variable == "STACK_TOKEN_ISSUER" or variable.startswith("xpack.")
                assert is_setting or value.startswith("/run/secrets/"), f"{name}: {variable}"


def test_each_sees_its_own_secrets_alone() -> None:
    for name, service in services().items():
        seen = {volume["source"] for volume in service["volumes"] if volume["source"].startswith("secrets-")}
        if name == "secrets":
            assert seen == {f"secrets-{each}" for each in (*_SERVERS, "stack")}
        else:
            assert seen == {f"secrets-{'stack' if name in _OWN else name}"}, name


def test_what_stays_is_watched_and_comes_back() -> None:
    for name, service in services().items():
        assert service["restart"] == ("no" if name in _ONCE else "unless-stopped"), name
        if name in _SERVERS | {"web"}:
            assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}, name
        elif name in _OWN - _ONCE:
            # The image's own check asks this port.
            assert service["environment"]["STACK_HEALTH_PORT"] == "9100", name


def test_everything_waits_for_what_it_needs() -> None:
    needs = {
        name: {other: each["condition"] for other, each in service.get("depends_on", {}).items()}
        for name, service in services().items()
    }
    for name in _SERVERS:
        assert needs[name] == {"secrets": "service_completed_successfully"}
    assert needs["migrate"] == {"postgres": "service_healthy"}
    for name in _OWN - {"migrate"}:
        assert needs[name] == {"migrate": "service_completed_successfully", "redis": "service_healthy"}


def test_every_queue_is_served() -> None:
    from stack.jobs.queues import Queue

    words = [word for name in _OWN for word in services()[name]["command"]]
    assert {queue.value for queue in Queue} <= set(words)


def test_a_stop_waits_for_the_work_to_be_given_back() -> None:
    for name in _OWN:
        assert services()[name]["stop_grace_period"] == "20s", name


def test_servers_come_from_their_makers_with_a_version() -> None:
    images = {name: services()[name]["image"] for name in _SERVERS}
    assert images == {
        "postgres": "docker.io/library/postgres:16",
        "redis": "docker.io/library/redis:7",
        "elasticsearch": "docker.elastic.co/elasticsearch/elasticsearch:8.19.9",
    }
    script = (ROOT / "deploy" / "make_secrets.py").name
    assert any(script in volume["source"] for volume in services()["secrets"]["volumes"])
