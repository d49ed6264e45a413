"""Which tests stay together when several processes run them: those that share what is dear to make.

A server that a module starts once would otherwise be started by every process that got one of its tests.
The mark `xdist_group` of pytest-xdist 3.8 does nothing under pytest 9.2, which no longer keeps node ids where
it looks for them.
"""

import re
from typing import Any, Final

import pytest

TOGETHER: Final = frozenset(
    (
        "tests/integration/cli/test_analyze.py",
        "tests/integration/cli/test_commands.py",
        "tests/integration/cli/test_feeds.py",
        "tests/integration/cli/test_handling.py",
        "tests/integration/cli/test_providers.py",
        "tests/integration/cli/test_review.py",
        "tests/integration/config/test_replicas.py",
        "tests/integration/jobs/test_celery.py",
        "tests/integration/search/test_servers_reached.py",
        "tests/integration/sync/test_convergence.py",
        "tests/integration/taxii_peers/test_exactly_once.py",
        "tests/integration/taxii_peers/test_libraries.py",
        "tests/security/test_server.py",
    )
)
# What such a module makes one of each for.
_PARAMETER: Final = re.compile(r"\[.*?\b(sqlite|postgresql|local|remote)\b")


def name_group(node_id: str) -> str:
    """Tests with the same name run in the same process."""
    path = node_id.partition("::")[0]
    if path not in TOGETHER:
        return node_id
    parameter = _PARAMETER.search(node_id)
    return f"{path} {parameter[1]}" if parameter else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object:
    from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

    class Grouping(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return name_group(nodeid)

    return Grouping(config, log)
