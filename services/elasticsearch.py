"""Elasticsearch from Elastic's jars on Maven Central: one node, or three that form a cluster.

Its distribution is in no package registry, but the server is: `launcher/Launcher.java` starts it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

from services.base import Node, Service, is_url_answered
from services.folders import DOWNLOADS, hold_lock
from services.java import copy_dependencies, find_java
from services.refusals import Refusal

_LAUNCHER = Path(__file__).parent / "launcher" / "Launcher.java"
_PLUGIN = "META-INF/es-plugins/transport-netty4/"
_LOGGING = """status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %c{1.} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class Elasticsearch(Service):
    ports_a_node = 2

    def __init__(self, name: str, *, version: str, java: int, variable: str, nodes: int = 1) -> None:
        self.name = name
        self.nodes = nodes
        self._version = version
        self._java = java
        self._variable = variable

    def install(self) -> None:
        self._jars()
        self._compile()

    def prepare(self, node: Node, nodes: list[Node]) -> list[str]:
        self._lay_out(node.folder)
        home = str(node.folder)
        return [
            str(find_java(at_least=self._java) / "bin" / "java"),
            "-Xms512m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile={node.folder / 'config' / 'log4j2.properties'}",
            "--module-path",
            os.pathsep.join(str(jar) for jar in self._core()),
            "--add-modules=ALL-MODULE-PATH",
            "-cp",
            str(self._classes()),
            "Launcher",
            home,
            *_settings(self.name, node, nodes),
        ]

    def is_answering(self, nodes: list[Node]) -> bool:
        asked = f"wait_for_status=yellow&wait_for_nodes={len(nodes)}&timeout=1s"
        return all(is_url_answered(f"http://127.0.0.1:{node.port}/_cluster/health?{asked}") for node in nodes)

    def variables(self, nodes: list[Node]) -> dict[str, str]:
        return {self._variable: ",".join(f"http://127.0.0.1:{node.port}" for node in nodes)}

    def _jars(self) -> Path:
        return copy_dependencies(
            f"elasticsearch-{self._version}",
            [
                f"org.elasticsearch:elasticsearch:{self._version}",
                f"org.elasticsearch.plugin:transport-netty4:{self._version}",
            ],
        )

    def _core(self) -> list[Path]:
        return [jar for jar in sorted(self._jars().glob("*.jar")) if not _is_transport(jar)]

    def _classes(self) -> Path:
        return DOWNLOADS / f"launcher-{self._version}"

    def _compile(self) -> None:
        folder = self._classes()
        with hold_lock(DOWNLOADS / f"{folder.name}.lock"):
            if not (folder / "Launcher.class").exists():
                self._compile_into(folder)

    def _compile_into(self, folder: Path) -> None:
        done = subprocess.run(
            [
                str(find_java(at_least=self._java) / "bin" / "javac"),
                "-nowarn",
                "-cp",
                os.pathsep.join(str(jar) for jar in self._core()),
                "-d",
                str(folder),
                str(_LAUNCHER),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Refusal(f"the launcher of {self.name} did not compile: {done.stderr.strip()[:1000]}")

    def _lay_out(self, home: Path) -> None:
        """The folders that a node expects. The transport is a module of its own, beside the server."""
        for name in ("plugins", "config", "data", "logs"):
            (home / name).mkdir(exist_ok=True)
        (home / "config" / "log4j2.properties").write_text(_LOGGING, encoding="utf-8")
        module = home / "modules" / "transport-netty4"
        module.mkdir(parents=True, exist_ok=True)
        for jar in self._jars().glob("*.jar"):
            if _is_transport(jar):
                shutil.copy(jar, module / jar.name)
        with zipfile.ZipFile(next(module.glob("transport-netty4-*.jar"))) as archive:
            for name in archive.namelist():
                if name.startswith(_PLUGIN) and not name.endswith("/"):
                    (module / Path(name).name).write_bytes(archive.read(name))


def _is_transport(jar: Path) -> bool:
    return jar.name.startswith(("transport-netty4-", "netty-"))


def _settings(cluster: str, node: Node, nodes: list[Node]) -> list[str]:
    found = [
        f"node.name={node.name}",
        f"cluster.name=stack-{cluster}",
        f"http.port={node.ports[0]}",
        f"transport.port={node.ports[1]}",
        "network.host=127.0.0.1",
        "http.type=netty4",
        "transport.type=netty4",
        # A disk that is nearly full would refuse shards, and tests need little.
        "cluster.routing.allocation.disk.threshold_enabled=false",
    ]
    if len(nodes) == 1:
        return [*found, "discovery.type=single-node"]
    return [
        *found,
        "discovery.seed_hosts=" + ",".join(f"127.0.0.1:{each.ports[1]}" for each in nodes),
        "cluster.initial_master_nodes=" + ",".join(each.name for each in nodes),
    ]
