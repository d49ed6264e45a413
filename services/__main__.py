"""The face: `python3 -m services start|stop|status|env [NAME ...]`."""

from __future__ import annotations

import argparse
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from services.catalogue import ALL, SERVICES
from services.folders import state_folder
from services.processes import is_running
from services.refusals import Refusal
from services.running import is_started, list_nodes, list_processes, start_service, stop_service


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m services", description=__doc__)
    parser.add_argument("action", choices=["start", "stop", "status", "env"])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all, or of: {' '.join(SERVICES)}")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.names if name not in SERVICES and name != "all"]
    if unknown:
        parser.error(f"no service is called {', '.join(unknown)}: there are {', '.join(SERVICES)}, all")
    if chosen.action == "start":
        return _start(_expand(chosen.names, default=ALL))
    if chosen.action == "stop":
        return _stop(_expand(chosen.names, default=list(SERVICES)))
    if chosen.action == "env":
        print(_write_env(), end="")
        return 0
    return _show()


def _expand(names: list[str], *, default: list[str]) -> list[str]:
    if not names:
        return default
    return list(dict.fromkeys(each for name in names for each in (ALL if name == "all" else [name])))


def _start(names: list[str]) -> int:
    """Starts them side by side; what could be started stays, and the answer is 1 when one could not."""
    with ThreadPoolExecutor(len(names)) as pool:
        problems = [problem for problem in pool.map(_start_one, names) if problem]
    _write_env()
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def _start_one(name: str) -> str:
    try:
        processes = start_service(SERVICES[name])
    except Refusal as refusal:
        return f"{name}: {refusal}"
    print(f"{name} answers (pid {', '.join(str(process.pid) for process in processes)})", flush=True)
    return ""


def _stop(names: list[str]) -> int:
    with ThreadPoolExecutor(len(names)) as pool:
        for name, ran in zip(names, pool.map(lambda name: stop_service(SERVICES[name]), names)):
            if ran:
                print(f"{name} ended")
    _write_env()
    return 0


def _show() -> int:
    for name, service in SERVICES.items():
        processes = list_processes(service)
        for process in processes:
            state = "runs" if is_running(process) else "ended"
            ports = ", ".join(str(port) for port in process.ports)
            print(f"{name}\t{process.name}\t{state}\tpid {process.pid}\tports {ports}")
        if not processes:
            print(f"{name}\tnot started")
    return 0


def _write_env() -> str:
    """The variables of what runs, as a file for the shell; answers with its text."""
    lines = [
        f"export {variable}={shlex.quote(value)}\n"
        for service in SERVICES.values()
        if is_started(service)
        for variable, value in service.variables(list_nodes(service)).items()
    ]
    path: Path = state_folder() / "env"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(lines), encoding="utf-8")
    return "".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
