"""An S3 gateway over a folder: versitygw, built from its source by Go."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

from services.base import Node, Service
from services.folders import DOWNLOADS, hold_lock
from services.refusals import Refusal

_VERSION = "v1.8.0"
_MODULE = "github.com/versity/versitygw/cmd/versitygw"
ACCESS = "stack-tests"
SECRET = "stack-tests-secret"
BUCKET = "stack-tests"


class S3(Service):
    name = "s3"

    def install(self) -> None:
        with hold_lock(DOWNLOADS / f"{_program().name}.lock"):
            if not _program().exists():
                _build()

    def prepare(self, node: Node, nodes: list[Node]) -> list[str]:
        (node.folder / "buckets" / BUCKET).mkdir(parents=True, exist_ok=True)
        keys = ["--access", ACCESS, "--secret", SECRET]
        address = ["--port", f"127.0.0.1:{node.port}", "--quiet"]
        return [str(_program()), *keys, *address, "posix", str(node.folder / "buckets")]

    def is_answering(self, nodes: list[Node]) -> bool:
        try:
            socket.create_connection(("127.0.0.1", nodes[0].port), 2).close()
        except OSError:
            return False
        return True

    def variables(self, nodes: list[Node]) -> dict[str, str]:
        return {"STACK_TEST_S3": f"http://{ACCESS}:{SECRET}@127.0.0.1:{nodes[0].port}/{BUCKET}"}


def _program() -> Path:
    return DOWNLOADS / f"versitygw-{_VERSION}"


def _build() -> None:
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        raise Refusal("Go is missing: install Go 1.24 or later, it builds the S3 gateway versitygw")
    draft = DOWNLOADS / f"{_program().name}.{os.getpid()}"
    print(f"building versitygw {_VERSION}", flush=True)
    done = subprocess.run(
        [go, "install", f"{_MODULE}@{_VERSION}"],
        env={**os.environ, "GOBIN": str(draft), "CGO_ENABLED": "0", "GOFLAGS": "-trimpath"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Refusal(f"Go could not build versitygw: {done.stderr.strip()[-1000:]}")
    (draft / "versitygw").replace(_program())
    draft.rmdir()
