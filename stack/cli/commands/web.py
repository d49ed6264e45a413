"""Serve the web pages and the REST API, without any background work.

For installations of several processes or machines; “stack serve” starts all at once. “stack init” comes
first. Ends within 10 seconds of SIGTERM.
"""

import argparse

from stack.accounts.roles import Permission
from stack.cli.arguments import read_port
from stack.cli.output import Output

NEEDS: dict[str, Permission | None] = {"": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=read_port, default=8000, help="port (default: 8000; 0: any free one)")


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.initialise import start_django
    from stack.cli.supervision.address import choose_port, is_loopback
    from stack.cli.supervision.process import become_process, refuse_remote

    refuse_remote()
    start_django()
    from django.conf import settings

    port = choose_port(arguments.host, arguments.port)
    if not is_loopback(arguments.host) and not settings.PRODUCTION:
        output.warn(
            "stack: others can reach this address, and passwords and keys cross the network in the clear"
        )
        output.warn("  → put a proxy that speaks TLS in front and set STACK_MODE=production")
    become_process("stack.config.web_process", ("--host", arguments.host, "--port", str(port)))
