"""Starting a service until it answers, and ending what was started."""

from __future__ import annotations

import contextlib
import shutil
import socket
import time
from pathlib import Path

from services.base import Node, Service
from services.folders import hold_lock, state_folder
from services.processes import (
    Process,
    end_process,
    is_running,
    launch_process,
    read_processes,
    write_processes,
)
from services.refusals import Refusal


def start_service(service: Service, *, folder: Path | None = None) -> list[Process]:
    """Starts the nodes that do not run, and waits until the service answers; safe to repeat, also at once.

    A node that was killed comes back with its ports and its data. `folder` is that of a set of servers
    (`state_folder()`). Raises `Refusal`.
    """
    state = folder or state_folder()
    with hold_lock(state / f"{service.name}.lock"):
        service.install()
        known = {process.name: process for process in list_processes(service, folder=state)}
        nodes = _place_nodes(service, known, state / service.name)
        processes = []
        for node in nodes:
            process = known.get(node.name)
            if process is None or not is_running(process):
                process = _launch(service, node, nodes)
            processes.append(process)
            write_processes(_state_file(service, state), [*processes, *_others(known, processes)])
        _wait(service, nodes, processes)
        return processes


def stop_service(service: Service, *, folder: Path | None = None) -> bool:
    """Ends what `start_service` started and removes its data; whether anything ran."""
    state = folder or state_folder()
    with hold_lock(state / f"{service.name}.lock"):
        running = [process for process in list_processes(service, folder=state) if is_running(process)]
        for process in running:
            end_process(process, number=service.end_signal)
        shutil.rmtree(state / service.name, ignore_errors=True)
        return bool(running)


def list_processes(service: Service, *, folder: Path | None = None) -> list[Process]:
    """The processes that were started last, running or not."""
    return read_processes(_state_file(service, folder or state_folder()))


def list_nodes(service: Service, *, folder: Path | None = None) -> list[Node]:
    state = folder or state_folder()
    return [
        Node(process.name, state / service.name / process.name, process.ports)
        for process in list_processes(service, folder=state)
    ]


def is_started(service: Service) -> bool:
    processes = list_processes(service)
    return bool(processes) and all(is_running(process) for process in processes)


def _place_nodes(service: Service, known: dict[str, Process], place: Path) -> list[Node]:
    """Ports that are free, or those of before."""
    nodes = []
    for number in range(1, service.nodes + 1):
        name = f"node-{number}"
        before = known.get(name)
        ports = before.ports if before else _find_free_ports(service.ports_a_node)
        folder = place / name
        folder.mkdir(parents=True, exist_ok=True)
        nodes.append(Node(name, folder, ports))
    return nodes


def _launch(service: Service, node: Node, nodes: list[Node]) -> Process:
    argv = service.prepare(node, nodes)
    return launch_process(
        argv, name=node.name, ports=node.ports, log=_log(node), user=service.user(), cwd=node.folder
    )


def _wait(service: Service, nodes: list[Node], processes: list[Process]) -> None:
    until = time.monotonic() + service.patience_s
    while not service.is_answering(nodes):
        ended = [node for node, process in zip(nodes, processes) if not is_running(process)]
        if ended or time.monotonic() > until:
            reason = "ended at once" if ended else f"did not answer within {service.patience_s:.0f} s"
            raise Refusal(f"{service.name} {reason}: {_read_end(_log((ended or nodes)[0]))}")
        time.sleep(0.1)


def _others(known: dict[str, Process], processes: list[Process]) -> list[Process]:
    done = {process.name for process in processes}
    return [process for name, process in known.items() if name not in done]


def _find_free_ports(count: int) -> tuple[int, ...]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return tuple(int(each.getsockname()[1]) for each in sockets)


def _read_end(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-12:]) or "it wrote nothing"


def _state_file(service: Service, state: Path) -> Path:
    return state / service.name / "processes.json"


def _log(node: Node) -> Path:
    return node.folder / "log"
