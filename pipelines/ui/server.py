"""The server of Dagster's UI behind the guard, and the daemon beside it.

Lives here: Dagster's webserver with the guard as middleware, and read-only for whoever may not
operate. Does not: who may (`pipelines.ui.guard`).
"""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.version import __version__
from dagster_webserver.webserver import DagsterWebserver
from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse
from markdown_it import MarkdownIt
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route

from pipelines.settings import PROJECT
from pipelines.ui.guard import MAY_OPERATE, Access, Guard

WORKSPACE = PROJECT / "workspace.yaml"
_HEADING = re.compile(r"<h([1-6])>(.*?)</h\1>")
# Dagster's own defaults: a statement's time in ms, a connection's age in s, connections.
_DATABASE = (15_000, 3_600, 20)
# A run that the daemon started may end its step.
_PATIENCE = 30.0


class GuardedWebserver(DagsterWebserver[WorkspaceProcessContext, WorkspaceRequestContext]):
    """Dagster's webserver; who may not operate sees everything and changes nothing."""

    def __init__(self, process: WorkspaceProcessContext, access: Access) -> None:
        self._access = access
        super().__init__(process)

    def build_middleware(self) -> list[Middleware]:
        """Return Dagster's middleware behind the guard."""
        return [Middleware(Guard, access=self._access), *super().build_middleware()]

    def build_routes(self) -> list[Any]:
        """Return Dagster's routes, and the docs that checks link to."""
        return [Route("/docs/{name}.md", _page_of_docs), *super().build_routes()]

    def _make_request_context(self, conn: HTTPConnection) -> WorkspaceRequestContext:
        process = self._process_context
        return WorkspaceRequestContext(
            instance=process.instance,
            current_workspace=process.get_current_workspace(),
            process_context=process,
            version=process.version,
            source=conn,
            read_only=not conn.scope.get(MAY_OPERATE, False),
        )

    async def gen_graphql_response(
        self,
        request_context: WorkspaceRequestContext,
        query: str,
        variables: dict[str, Any] | None,
        operation_name: str | None,
    ) -> JSONResponse:
        """Answer a query; of a request that may not operate, refuse every mutation.

        Dagster asks for a permission in most mutations, not in all.
        """
        if request_context.read_only and _has_mutation(query):
            error = {"message": "This is read-only for you: nothing was changed."}
            return JSONResponse({"data": None, "errors": [error]}, 403)
        return await super().gen_graphql_response(request_context, query, variables, operation_name)


def _page_of_docs(request: Request) -> HTMLResponse:
    """Return a page of the docs, with a place for each of its headings."""
    names = {path.stem: path for path in (PROJECT / "docs").glob("*.md")}
    path = names.get(request.path_params["name"])
    if path is None:
        return HTMLResponse("There is no such page.", 404)
    html = MarkdownIt("commonmark").enable("table").render(path.read_text(encoding="utf-8"))
    return HTMLResponse(_HEADING.sub(_with_id, html))


def _with_id(heading: re.Match[str]) -> str:
    level, text = heading.groups()
    place = re.sub(r"[^\w-]", "", re.sub(r"<[^>]+>", "", text).lower().replace(" ", "-"))
    return f'<h{level} id="{place}">{text}</h{level}>'


def _has_mutation(query: str) -> bool:
    try:
        document = parse(query)
    except (GraphQLError, TypeError):
        return False
    return any(
        isinstance(one, OperationDefinitionNode) and one.operation is OperationType.MUTATION
        for one in document.definitions
    )


def serve(instance: dg.DagsterInstance, access: Access, host: str, port: int) -> None:
    """Serve the UI until the process is told to end."""
    target = WorkspaceFileTarget([str(WORKSPACE)])
    instance.optimize_for_webserver(*_DATABASE)
    with WorkspaceProcessContext(
        instance, version=__version__, workspace_load_target=target, code_server_log_level="warning"
    ) as process:
        app = GuardedWebserver(process, access).create_asgi_app()
        # Who asks is in headers that the guard checks: uvicorn believes no other ones.
        uvicorn.run(app, host=host, port=port, log_level="warning", proxy_headers=False)


@contextmanager
def daemon() -> Iterator[None]:
    """Let schedules and sensors run while the block does."""

    def end(*_: object) -> None:
        raise SystemExit(0)

    # Without it, this process would end before it has ended the daemon.
    signal.signal(signal.SIGTERM, end)
    program = Path(sys.executable).with_name("dagster-daemon")
    command = [str(program), "run", "--workspace", str(WORKSPACE), "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=PROJECT)  # noqa: S603
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
