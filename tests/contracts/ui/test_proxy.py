"""nginx with the configuration of deploy/ before the UI, attacked: who gets through, and as whom.

Lives here: nginx of this machine on free ports, before Dagster's real webserver and before a server
that shows what reaches it. Does not: the guard alone (`test_guard`), a real identity provider.
"""

import base64
import http.client
import http.server
import json
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from pipelines.settings import PROJECT
from pipelines.ui.guard import Access
from tests.contracts.ui.test_guard import MUTATION, QUERY, SECRET, Server, start

__all__ = ["start"]
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
pytestmark = pytest.mark.skipif(not NGINX, reason="nginx is not installed on this machine")
NAME = "pathways.example.org"
PEOPLE = {"olga": "operates", "lou": "looks on"}
JSON = {"content-type": "application/json"}
# Names under which proxies say who somebody is.
FORGED = ("X-Pathways-User", "X_Pathways_User", "X-Forwarded-User", "X-Forwarded-Email",
          "X-Auth-Request-User", "X-Auth-Request-Email", "X-Remote-User", "Remote-User",
          "X-Forwarded-Preferred-Username", "X-Forwarded-Host", "X-Pathways-Proxy")  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def password(user: str) -> dict[str, str]:
    both = f"{user}:{PEOPLE.get(user, 'guess')}".encode()
    return {"authorization": f"Basic {base64.b64encode(both).decode()}"}


class Proxy:
    """nginx on ports of its own, and requests to it as a browser or an attacker sends them."""

    def __init__(self, folder: Path, conf: str, upstream: int, sign_in: int = 4180) -> None:
        self.plain, self.port = free_port(), free_port()
        self._folder = folder
        self._files()
        text = (PROJECT / "deploy/nginx" / conf).read_text()
        for before, after in {
            "127.0.0.1:3000": f"127.0.0.1:{upstream}",
            "127.0.0.1:4180": f"127.0.0.1:{sign_in}",
            "/etc/ssl/pathways/": f"{folder}/",
            "/etc/nginx/": f"{folder}/",
        }.items():
            text = text.replace(before, after)
        text = re.sub(r"listen \[::\]:.*\n", "", text)
        text = re.sub(r"listen 80\b", f"listen 127.0.0.1:{self.plain}", text)
        text = re.sub(r"listen 443\b", f"listen 127.0.0.1:{self.port}", text)
        paths = "".join(
            f"{kind}_temp_path {folder}/{kind};"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}\n"
            f"http {{ access_log off; {paths}\n{text} }}"
        )

    def _files(self) -> None:
        request = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                   "-days", "2", "-subj", f"/CN={NAME}", "-keyout", "privkey.pem",
                   "-out", "fullchain.pem")  # fmt: skip
        subprocess.run(["openssl", *request], cwd=self._folder, check=True, capture_output=True)
        lines = []
        for user, word in PEOPLE.items():
            made = subprocess.run(
                ["openssl", "passwd", "-6", word], check=True, capture_output=True, text=True
            )
            lines.append(f"{user}:{made.stdout.strip()}")
        (self._folder / "pathways.htpasswd").write_text("\n".join(lines))
        secret = f'proxy_set_header X-Pathways-Proxy "{SECRET}";\n'
        (self._folder / "pathways-proxy.conf").write_text(secret)

    def __enter__(self) -> "Proxy":
        # Workers of another account could not read what pytest makes for this one alone.
        account = ["-g", "user root;"] if Path.home() == Path("/root") else []
        command = [str(NGINX), "-p", str(self._folder), "-c", str(self._folder / "nginx.conf")]
        self._process = subprocess.Popen([*command, *account], stderr=subprocess.PIPE)
        for _ in range(200):
            assert self._process.poll() is None, self._process.stderr.read()  # type: ignore[union-attr]
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.05)
        raise TimeoutError

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(20)

    def ask(
        self, method: str = "POST", path: str = "/graphql", body: str = QUERY, **headers: str
    ) -> tuple[int, str]:
        context = ssl._create_unverified_context()
        asked = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=20, context=context)
        sent = {"host": NAME, **JSON} | {k.replace("__", "-"): v for k, v in headers.items()}
        asked.request(method, path, body if method != "GET" else None, sent)
        answer = asked.getresponse()
        self.headers = answer.headers
        return answer.status, answer.read().decode()


def mutates(answer: tuple[int, str]) -> bool:
    """Return whether a mutation reached Dagster, which then finds no such run."""
    assert answer[0] in {200, 401, 403}
    return "RunNotFoundError" in answer[1]


@pytest.fixture(scope="module")
def upstream(start: Callable[[Access], Server]) -> Server:
    """Return the deployed UI, with one operator by password and one by address."""
    operators = frozenset({"olga", "olga@agency.example.org"})
    return start(Access(frozenset({NAME}), proxy_secret=SECRET, operators=operators))


@pytest.fixture(scope="module")
def proxy(upstream: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with Proxy(tmp_path_factory.mktemp("nginx"), "pathways.conf", upstream.port) as running:
        yield running


class Shows(http.server.BaseHTTPRequestHandler):
    """Answers as the UI with what reaches it, and as oauth2-proxy with who has a session."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        signed_in = re.fullmatch(r"session=(\w+)", self.headers.get("cookie", ""))
        is_question = self.path == "/oauth2/auth"
        self.send_response(401 if is_question and not signed_in else 200)
        if is_question and signed_in:
            self.send_header("X-Auth-Request-Email", f"{signed_in[1]}@agency.example.org")
        self.end_headers()
        self.wfile.write(json.dumps([self.path, *self.headers.items()]).encode())

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def showing() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Shows)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server.server_port
    server.shutdown()


def test_nobody_gets_through_without_a_password(proxy: Proxy) -> None:
    assert proxy.ask()[0] == 401
    assert proxy.ask(**password("eve"))[0] == 401
    assert proxy.ask("GET", "/server_info")[0] == 401


def test_an_operator_launches_and_everybody_else_looks_on(proxy: Proxy) -> None:
    for user, may in (("olga", True), ("lou", False)):
        status, text = proxy.ask(**password(user))
        assert (status, json.loads(text)) == (200, {"data": {"version": "test"}})
        assert mutates(proxy.ask(body=MUTATION, **password(user))) == may
    assert proxy.headers["strict-transport-security"]


@pytest.mark.parametrize("header", FORGED)
def test_a_browser_cannot_say_that_it_is_somebody_else(proxy: Proxy, header: str) -> None:
    forged = {header.lower(): "olga" if "Proxy" not in header else SECRET}
    assert not mutates(proxy.ask(body=MUTATION, **password("lou"), **forged))
    assert proxy.ask(body=MUTATION, **forged)[0] == 401


def test_no_forged_header_reaches_the_ui(tmp_path: Path, showing: int) -> None:
    with Proxy(tmp_path, "pathways.conf", showing) as proxy:
        forged = {name.lower(): "evil" for name in FORGED}
        _, text = proxy.ask("GET", "/", **password("lou"), **forged)
    assert "evil" not in text
    _, *headers = json.loads(text)
    assert ["X-Pathways-User", "lou"] in headers and ["X-Pathways-Proxy", SECRET] in headers
    assert "authorization" not in {name.lower() for name, _ in headers}


def test_another_name_gets_no_answer_and_plain_http_is_sent_to_tls(proxy: Proxy) -> None:
    for host in ("evil.example", "127.0.0.1", f"{NAME}.evil.example"):
        with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
            proxy.ask(host=host, **password("olga"))
    plain = http.client.HTTPConnection("127.0.0.1", proxy.plain, timeout=20)
    plain.request("GET", "/runs", headers={"host": NAME})
    answer = plain.getresponse()
    assert (answer.status, answer.headers["location"]) == (301, f"https://{NAME}/runs")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"content-type": "text/plain"},
        {"content-type": "application/x-www-form-urlencoded"},
    ],
)
def test_another_site_in_an_operators_browser_changes_nothing(proxy: Proxy, headers: Any) -> None:
    status, text = proxy.ask(body=MUTATION, **password("olga"), **headers)
    assert (status, text[:8]) == (403, "Refused.")


@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "//graphql", "/x/../graphql"])
def test_no_link_changes_anything(proxy: Proxy, path: str) -> None:
    query = "?query=mutation%7BdeletePipelineRun(runId:%22x%22)%7B__typename%7D%7D"
    assert not mutates(proxy.ask("GET", path + query, **password("olga")))


def test_a_web_socket_is_of_the_uis_own_pages_and_of_who_is_signed_in(proxy: Proxy) -> None:
    def opens(origin: str, **headers: str) -> bool:
        try:
            with connect(
                f"wss://{NAME}:{proxy.port}/graphql",
                sock=socket.create_connection(("127.0.0.1", proxy.port)),
                ssl=ssl._create_unverified_context(),
                origin=origin,  # type: ignore[arg-type]
                subprotocols=["graphql-ws"],  # type: ignore[list-item]
                additional_headers=headers,
            ):
                return True
        except InvalidStatus as refused:
            assert refused.response.status_code in {401, 403}
            return False

    own = f"https://{NAME}"
    assert opens(own, **password("lou"))
    assert not opens(own)
    assert not opens("https://evil.example", **password("olga"))
    assert not opens("null", **password("olga"))


def test_nobody_comes_past_the_proxy(upstream: Server) -> None:
    forged = {"host": NAME, "x-pathways-user": "olga"}
    for secret in ({}, {"x-pathways-proxy": "guess"}, {"x-pathways-proxy": ""}):
        assert not upstream.mutates(**forged, **secret)


def test_single_sign_on_says_who_asks(upstream: Server, tmp_path: Path, showing: int) -> None:
    with Proxy(tmp_path, "oidc.conf", upstream.port, sign_in=showing) as proxy:
        status, text = proxy.ask(body=MUTATION)
        assert json.loads(text)[0] == "/oauth2/sign_in" and status in {200, 401}
        assert mutates(proxy.ask(body=MUTATION, cookie="session=olga"))
        assert not mutates(proxy.ask(body=MUTATION, cookie="session=lou"))
        for header in FORGED:
            forged = {header.lower(): "olga@agency.example.org"}
            assert not mutates(proxy.ask(body=MUTATION, cookie="session=lou", **forged))
        # Who asks is asked within nginx: its answer cannot be fetched or replaced.
        assert proxy.ask("GET", "/oauth2/auth", cookie="session=lou")[0] == 404
