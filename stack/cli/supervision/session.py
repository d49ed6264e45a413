"""One run of `stack serve`, from the empty data folder to the last process ended. Needs `start_django`."""

import os
import shutil
import sys
import time
import webbrowser
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from stack.accounts.operations import create_sign_in_link, ensure_first_organisation
from stack.accounts.queries import local_principal
from stack.cli.initialise import initialise
from stack.cli.output import Output
from stack.cli.supervision.address import (
    choose_port,
    choose_public_address,
    is_loopback,
    reachable_host,
    show_host,
    wait_until_ready,
)
from stack.cli.supervision.lock import ServeLock, Serving
from stack.cli.supervision.supervisor import Role, Supervisor
from stack.core.errors import Unavailable
from stack.jobs.queries import get_job
from stack.sharing.demonstration import show_demo
from stack.sources.demo.operations import load_demo

_READY_SECONDS = 60.0
_DEMO_SECONDS = 30.0
_POLL_SECONDS = 0.05
_IN_THE_CLEAR = """\
stack: {host} can be reached by others, and passwords and keys would cross the network in the clear
  → put a proxy that speaks TLS in front and set STACK_MODE=production (docs/operations.md)"""


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """`port` 0 lets the system choose; `browser` opens one when a person sits at this machine."""

    host: str
    port: int
    demo: bool
    browser: bool


def serve(options: ServeOptions, output: Output) -> None:
    """Initialise, start the processes, announce the address, and run until asked to stop."""
    started = time.monotonic()
    for thing in initialise():
        output.note(f"created {thing}")
    lock = ServeLock(settings.DATA)
    try:
        port = choose_port(options.host, options.port)
        if not is_loopback(options.host) and not settings.PRODUCTION:
            output.warn(_IN_THE_CLEAR.format(host=options.host))
        _supervise(options, output, lock=lock, port=port, started=started)
    finally:
        lock.release()


def _supervise(options: ServeOptions, output: Output, *, lock: ServeLock, port: int, started: float) -> None:
    host = options.host
    address = f"http://{show_host(reachable_host(host))}:{port}"

    def publish(children: Mapping[str, int]) -> None:
        lock.publish(Serving(pid=os.getpid(), address=address, children=dict(children)))

    roles = [
        Role("web", "web process", "stack.config.web_process", ("--host", host, "--port", str(port))),
        Role("indexer", "search indexer", "stack.config.runner_process", ("--work", "loops")),
    ]
    if settings.JOBS.runner == "runner":
        roles.append(Role("runner", "job runner", "stack.config.runner_process", ("--work", "jobs")))
    with Supervisor(
        roles, environment=_build_environment(options), say=output.warn, publish=publish
    ) as supervisor:
        if options.demo:
            _load_demo(output, supervisor)
        if wait_until_ready(
            host,
            port,
            called=_choose_name(host),
            seconds=_READY_SECONDS,
            still_hopeful=supervisor.all_running,
        ):
            _announce(options, output, address=address, seconds=time.monotonic() - started)
        elif not supervisor.is_stopping:
            raise Unavailable(
                supervisor.describe_fallen() or f"{address} did not become ready in {_READY_SECONDS:.0f} s",
                remedy="The messages above say why; “stack doctor” may know more.",
            )
        supervisor.watch()
        output.note("stopping")


def _build_environment(options: ServeOptions) -> dict[str, str]:
    """The children's environment: the host that was asked for is one that Stack answers to."""
    environment = dict(os.environ)
    if not environment.get("STACK_ALLOWED_HOSTS"):
        environment["STACK_ALLOWED_HOSTS"] = f"127.0.0.1,localhost,[::1],{show_host(options.host)}"
    if settings.MONITORING.is_measured:
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(_empty_metrics_folder())
    return environment


def _empty_metrics_folder() -> Path:
    """Where the children count together, so that the figures of one are those of all."""
    folder = Path(settings.DATA) / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    return folder


def _choose_name(host: str) -> str:
    """A host name that the server answers to: its own address, unless the settings name others only."""
    own = show_host(reachable_host(host))
    named = os.environ.get("STACK_ALLOWED_HOSTS", "")
    if not named or own in settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        return own
    return str(settings.ALLOWED_HOSTS[0]).lstrip(".")


def _load_demo(output: Output, supervisor: Supervisor) -> None:
    """Queue the invented data set and wait for it, so that the first page has something to show."""
    jobs = load_demo(local_principal())
    if jobs:
        output.note(f"the invented data set is going in ({len(jobs)} files)")
        _wait_for_jobs(jobs, supervisor)
        show_demo(local_principal())


def _wait_for_jobs(jobs: Sequence[int], supervisor: Supervisor) -> None:
    principal = local_principal()
    deadline = time.monotonic() + _DEMO_SECONDS
    while time.monotonic() < deadline and supervisor.all_running():
        found = [get_job(principal, job) for job in jobs]
        if not any(job and job.state in {"queued", "running"} for job in found):
            return
        time.sleep(_POLL_SECONDS)


def _announce(options: ServeOptions, output: Output, *, address: str, seconds: float) -> None:
    link = ""
    # A link in a service's log would sign in whoever reads the log.
    if not settings.PRODUCTION or sys.stdout.isatty():
        token = create_sign_in_link(ensure_first_organisation())
        link = f"{choose_public_address(address)}/sign-in/{token}"
    if output.is_json:
        output.write_json(
            {"address": address, "sign_in": link, "pid": os.getpid(), "seconds": round(seconds, 2)}
        )
    else:
        output.write_pairs([("Stack is ready at", address), ("sign in once with", link)])
        output.note(f"ready in {seconds:.1f} s; Ctrl-C stops it")
    output.out.flush()
    if link and options.browser and _is_desktop():
        webbrowser.open(link)


def _is_desktop() -> bool:
    """A person sits at this machine: a terminal, not over SSH, with a display."""
    if not sys.stdout.isatty() or os.environ.get("SSH_CONNECTION"):
        return False
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
