"""`/healthz` says that the process lives, `/readyz` that it can answer: the database is up to date."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

from stack.web.access import open_page


@open_page("says only that the process lives")
def show_health(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", content_type="text/plain; charset=utf-8")


@open_page("a load balancer asks before it sends people")
def show_readiness(request: HttpRequest) -> HttpResponse:
    problem = _find_problem()
    return HttpResponse(
        f"{problem or 'ready'}\n", status=503 if problem else 200, content_type="text/plain; charset=utf-8"
    )


def _find_problem() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return "" if _migrations.are_applied() else "the database lacks tables: run `stack init`"
    except DatabaseError as error:
        return f"the database does not answer: {type(error).__name__}"


class _Migrations:
    """Remembers that all migrations are applied: they do not come undone under a running process."""

    def __init__(self) -> None:
        self._applied = False

    def are_applied(self) -> bool:
        if not self._applied:
            executor = MigrationExecutor(connection)
            self._applied = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        return self._applied


_migrations = _Migrations()
