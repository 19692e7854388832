"""The UI answers to its owner: real requests to Dagster's webserver on 127.0.0.1."""

import http.client
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import dagster as dg
import pytest
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from pipelines.ui.guard import Access
from pipelines.ui.server import GuardedWebserver

QUERY = json.dumps({"query": "{ version }"})
MUTATION = '{ "query": "mutation { deletePipelineRun(runId: \\"x\\") { __typename } }" }'
DELETES = 'deletePipelineRun(runId: "x") { __typename }'
# Mutations beside, behind and within what only reads.
HIDDEN = [
    (f"query a {{ version }} mutation b {{ {DELETES} }}", "b"),
    (f"mutation b {{ {DELETES} }} query a {{ version }}", "a"),
    (f"# query\n\ufeffmutation b {{ ...f }} fragment f on Mutation {{ {DELETES} }}", "b"),
    (f"subscription a {{ __typename }} mutation b {{ {DELETES} }}", "b"),
]
JSON = {"content-type": "application/json"}
SECRET = "s" * 32
BY_PROXY = {"host": "ui.example.org", "x-pathways-proxy": SECRET}

Ask = Callable[..., tuple[int, str]]


class Server:
    """A server's port, and one request to it with exactly the headers that are given."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self, method: str = "POST", path: str = "/graphql", body: str = QUERY, **headers: str
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body if method != "GET" else None, sent)
        answer = connection.getresponse()
        self.headers = answer.headers
        return answer.status, answer.read().decode(errors="replace")

    def mutates(self, **headers: str) -> bool:
        """Return whether a mutation reaches Dagster, which then finds no such run."""
        status, text = self.ask(body=MUTATION, content_type="application/json", **headers)
        assert status in {200, 403}
        return "RunNotFoundError" in text


@pytest.fixture(scope="module")
def start() -> Iterator[Callable[[Access], Server]]:
    """Return a function that starts Dagster's webserver on an instance of its own."""
    with ExitStack() as stack:
        instance = stack.enter_context(dg.DagsterInstance.local_temp())
        process = stack.enter_context(WorkspaceProcessContext(instance, None, "test"))

        def starting(access: Access) -> Server:
            app: Any = GuardedWebserver(process, access).create_asgi_app()
            listening = socket.create_server(("127.0.0.1", 0))
            server = uvicorn.Server(uvicorn.Config(app, log_level="error", proxy_headers=False))
            thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
            thread.start()
            stack.callback(thread.join, 20)
            stack.callback(setattr, server, "should_exit", True)
            while not server.started:
                time.sleep(0.02)
            return Server(listening.getsockname()[1])

        yield starting


@pytest.fixture(scope="module")
def owners(start: Callable[[Access], Server]) -> Server:
    """Return the server of `make ui`."""
    return start(Access())


@pytest.fixture(scope="module")
def deployed(start: Callable[[Access], Server]) -> Server:
    """Return the server behind a proxy, with one operator."""
    hosts = frozenset({"ui.example.org"})
    return start(Access(hosts, proxy_secret=SECRET, operators=frozenset({"olga"})))


def test_its_owner_asks_and_launches(owners: Server) -> None:
    status, text = owners.ask(content_type="application/json")
    assert (status, json.loads(text)) == (200, {"data": {"version": "test"}})
    own = f"http://localhost:{owners.port}"
    assert owners.mutates()
    assert owners.mutates(host=f"localhost:{owners.port}", origin=own, sec_fetch_site="same-origin")
    assert owners.ask("GET", "/server_info")[0] == 200
    assert owners.headers["x-frame-options"] == "DENY"


def test_the_docs_that_checks_link_to_are_there(owners: Server) -> None:
    status, page = owners.ask("GET", "/docs/checks.md")
    assert status == 200 and '<h2 id="column_drift">' in page
    assert owners.ask("GET", "/docs/nothing.md")[0] == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "localhost.evil.example:3000"},
        {"host": "evil.example@localhost"},
        {"host": "localhost/evil.example"},
        {"host": "evil.example#localhost"},
        {"host": "localhost#evil.example"},
        {"host": "localhost?evil.example"},
        {"host": "localhost\\evil.example"},
        {"host": "localhost:evil.example"},
        {"host": "localhost:3000:3000"},
        {"host": "localhost:"},
        {"host": "localhost."},
        {"host": "localhost,evil.example"},
        {"host": "127.0.0.1.evil.example"},
        {"host": "127.1"},
        {"host": "2130706433"},
        {"host": "0.0.0.0"},
        {"host": "::1"},
        {"host": "[::1]evil.example"},
        {"host": "[::1%25lo]"},
        {"host": "[::ffff:127.0.0.1]"},
        {"host": "[::]"},
        {"host": ""},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:1"},
        {"origin": "http://127.0.0.1"},
        {"origin": "http://[::1]"},
        {"origin": ""},
        {"origin": "file://"},
        {"origin": "http://localhost.evil.example"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"content_type": "text/plain"},
        {"content_type": "text/plain; application/json"},
        {"content_type": "application/graphql"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "multipart/form-data; boundary=application/json"},
        {"content_type": "application/jsonp"},
        {"content_type": "application/json, text/plain"},
        {"content_type": ""},
    ],
)
def test_another_sites_request_is_refused(owners: Server, headers: dict[str, str]) -> None:
    status, text = owners.ask(body=MUTATION, **{"content_type": "application/json"} | headers)
    assert (status, text[:8]) == (403, "Refused.")


@pytest.mark.parametrize("host", ["LOCALHOST:3000", "127.0.0.1", "[::1]:3000", "[::1]"])
def test_its_own_names_are_taken_in_every_form(owners: Server, host: str) -> None:
    assert owners.mutates(host=host, origin=f"http://{host}")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "//graphql", "/%67raphql", "/x/graphql"])
def test_graphql_is_asked_by_post_alone(owners: Server, method: str, path: str) -> None:
    query = "?query=mutation%20%7B%20deletePipelineRun(runId:%22x%22)%20%7B__typename%7D%7D"
    status, text = owners.ask(method, path + query, **JSON)
    assert status == 403
    assert "RunNotFound" not in text


def routes(server: GuardedWebserver) -> list[str]:
    """Return a path of each route of Dagster's webserver."""
    return [
        re.sub(r"\{[^}]*\}", "x", route.path) for route in server.build_routes()
        if isinstance(route, Route)
    ]  # fmt: skip


def test_no_get_changes_anything_under_any_route(
    start: Callable[[Access], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A route of a later Dagster is tried too."""
    asked: list[str] = []
    gen = GuardedWebserver.gen_graphql_response
    monkeypatch.setattr(
        GuardedWebserver,
        "gen_graphql_response",
        lambda self, *of: (asked.append("query"), gen(self, *of))[1],
    )
    report = "dagster_webserver.webserver.handle_report_asset_"
    for kind in ("materialization", "check", "observation"):
        monkeypatch.setattr(f"{report}{kind}_request", lambda *_: asked.append("report"))
    server, paths = start(Access()), routes(GuardedWebserver(cast("Any", None), Access()))
    assert {"/graphql", "/report_asset_check/x", "/logs/x"} <= set(paths)
    query = "?query=mutation%7BdeletePipelineRun(runId:%22x%22)%7B__typename%7D%7D"
    for path in paths:
        for method in ("GET", "HEAD"):
            server.ask(method, path + query, body="")
    assert asked == []


@pytest.mark.parametrize(
    "path",
    [
        "/logs/../../../../etc/pass/wd",
        "/logs/%2e%2e/%2e%2e/%2e%2e/etc/hosts/allow",
        "/logs/..%2f..%2f..%2f..%2fetc/deb/conf",
        "/logs//etc/deb/conf",
        "/notebook?repoLocName=x&path=/etc/passwd",
        "/notebook?repoLocName=x&path=/etc/x.ipynb",
        "/download_debug/..%2f..%2fx",
        "/assets/../../../../../../etc/passwd",
    ],
)
def test_no_path_leads_to_a_file_of_the_host(owners: Server, tmp_path: Path, path: str) -> None:
    (tmp_path / "landed.csv").write_text("912345678")
    up = "/".join([".."] * 12)
    for asked in (path, f"/logs/{up}{tmp_path}/landed/csv", f"/logs/{tmp_path}/landed/csv"):
        _, text = owners.ask("GET", asked)
        assert "root:" not in text
        assert "912345678" not in text


@pytest.mark.parametrize(
    "body",
    [
        f"[{MUTATION}]",
        f"[{QUERY}, {MUTATION}]",
        f'{{"operations": {json.dumps(MUTATION)}, "map": "{{}}"}}',
        '{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}}',
        '{"id": "1", "doc_id": "1"}',
        '{"query": {"query": "mutation { setNuxSeen }"}}',
        '{"query": null}',
        "null",
        '"mutation { setNuxSeen }"',
        "",
    ],
)
def test_neither_batches_nor_stored_queries_run(owners: Server, body: str) -> None:
    """Not even its owner's: whoever forges a request has no other form to hide a mutation in."""
    query = "?query=mutation%7BdeletePipelineRun(runId:%22x%22)%7B__typename%7D%7D"
    status, text = owners.ask(path=f"/graphql{query}", body=body, content_type="application/json")
    assert status in {400, 500}
    assert "RunNotFoundError" not in text


def test_a_form_reports_no_materialization(owners: Server) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert owners.ask(path="/report_asset_materialization/x", body="", **form)[0] == 403


def test_two_hosts_are_none(owners: Server) -> None:
    with socket.create_connection(("127.0.0.1", owners.port), timeout=20) as raw:
        raw.sendall(b"GET /server_info HTTP/1.1\r\nHost: evil\r\nHost: localhost\r\n\r\n")
        assert b" 403 " in raw.recv(200) or b" 400 " in raw.recv(200)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1"])
def test_another_sites_web_socket_is_refused(owners: Server, origin: Any) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://localhost:{owners.port}/graphql", origin=origin)
    assert refused.value.response.status_code == 403


def test_the_web_socket_of_the_ui_opens_and_runs_no_mutation(owners: Server) -> None:
    own: Any = f"http://localhost:{owners.port}"
    protocols: Any = ["graphql-ws"]
    address = f"ws://localhost:{owners.port}/graphql"
    with connect(address, origin=own, subprotocols=protocols) as open_socket:
        open_socket.send('{"type": "connection_init"}')
        assert json.loads(open_socket.recv(20))["type"] == "connection_ack"
        payload = json.loads(MUTATION)
        open_socket.send(json.dumps({"type": "start", "id": "1", "payload": payload}))
        assert "RunNotFoundError" not in str(open_socket.recv(20))


def subscribed(server: Server, payload: dict[str, str]) -> str:
    """Return what a web socket answers first to a query; nothing where Dagster closes it."""
    protocols: Any = ["graphql-ws"]
    with connect(f"ws://localhost:{server.port}/graphql", subprotocols=protocols) as open_socket:
        open_socket.send(json.dumps({"type": "start", "id": "1", "payload": payload}))
        try:
            return str(open_socket.recv(20))
        except ConnectionClosed:
            return ""


def test_a_read_only_server_shows_everything_and_changes_nothing(
    start: Callable[[Access], Server],
) -> None:
    server = start(Access(read_only=True))
    assert server.ask(content_type="application/json")[0] == 200
    assert not server.mutates()
    for kind in ("materialization", "check", "observation"):
        report = server.ask(path=f"/report_asset_{kind}/x", body="{}", **JSON)
        assert report[0] == 401
    for query, name in HIDDEN:
        payload = {"query": query, "operationName": name, "operation_name": name}
        status, text = server.ask(body=json.dumps(payload), **JSON)
        assert (status, "read-only" in text) == (403, True)
        assert "RunNotFoundError" not in subscribed(server, payload)


def test_behind_a_proxy_named_operators_launch_and_others_look_on(deployed: Server) -> None:
    assert deployed.mutates(**BY_PROXY, x_pathways_user="olga")
    for user in ("rita", "", "OLGA", "olga,rita"):
        assert not deployed.mutates(**BY_PROXY, x_pathways_user=user)
        status, text = deployed.ask(**BY_PROXY, **JSON, x_pathways_user=user)
        assert (status, "version" in text) == (200, True)


def test_nobody_comes_past_the_proxy(deployed: Server) -> None:
    for wrong in ({}, {"x_pathways_proxy": "s" * 31}, {"x_pathways_proxy": ""}):
        asked = {"host": "ui.example.org", "x_pathways_user": "olga"} | wrong
        assert not deployed.mutates(**asked)
        assert deployed.ask("GET", "/", **asked)[0] == 403
    assert deployed.ask("GET", "/server_info")[0] == 200
    assert deployed.ask("GET", "/server_info/../graphql?query=%7Bversion%7D")[0] in {403, 404}
