"""Start the web pages, the REST API and the job runner.

Creates what is missing first. Prints the address and a sign-in link that works once, and runs until it is
stopped with Ctrl-C or SIGTERM. The server listens on this machine only, unless --host says otherwise.
"""

import argparse
import os

from stack.accounts.roles import Permission
from stack.cli.arguments import add_output_options, read_port
from stack.cli.exit_codes import ExitCode
from stack.cli.output import Output
from stack.core.errors import BadInput

NEEDS: dict[str, Permission | None] = {"": None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=read_port, default=8000, help="port (default: 8000; 0: any free one)")
    parser.add_argument("--no-open", action="store_true", help="do not open a browser")
    parser.add_argument("--demo", action="store_true", help="start with an invented, removable data set")
    add_output_options(parser, lines=False)


def run(arguments: argparse.Namespace, output: Output) -> int:
    from stack.cli.initialise import start_django

    if os.environ.get("STACK_URL"):
        raise BadInput("STACK_URL is set: the commands talk to that server", remedy="Unset it to serve here.")
    start_django()
    from stack.cli.supervision.session import ServeOptions, serve

    options = ServeOptions(
        host=arguments.host, port=arguments.port, demo=arguments.demo, browser=not arguments.no_open
    )
    serve(options, output)
    return ExitCode.OK
