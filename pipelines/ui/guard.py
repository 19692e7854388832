"""Who may ask the UI's server, before Dagster sees the request.

Lives here: `Host`, `Origin`, methods, content types, and the proxy's word on who asks. Does not:
starting the server (`pipelines.ui.server`).

Any page in an operator's browser can send requests to localhost: links, forms and web sockets.
Dagster would launch a run for each of them.
"""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
# Set on each request that passes: whether who asks may change anything.
MAY_OPERATE = "pathways.may_operate"
# The proxy's headers: its secret, and whom it let in.
PROXY, USER = "x-pathways-proxy", "x-pathways-user"
# Health checks ask this without a proxy; it answers with versions alone.
HEALTH = "/server_info"
_READS = {"GET", "HEAD"}
# A name, or an address of version 6 in brackets, and a port.
_HOST = re.compile(r"(?:([a-z0-9.-]+)|\[([0-9a-f:.]+)\])(?::[0-9]{1,5})?")


@dataclass(frozen=True)
class Access:
    """Who may ask, and who may change anything.

    Attributes:
        hosts: Names under which the server answers.
        read_only: Nobody may change anything.
        proxy_secret: What the proxy sends with each request; None where there is no proxy, and the
            owner asks directly.
        operators: Users of the proxy who may change things.
    """

    hosts: frozenset[str] = LOCAL
    read_only: bool = False
    proxy_secret: str | None = None
    operators: frozenset[str] = frozenset()

    def refusal(self, scope: Scope, headers: Mapping[str, str]) -> str | None:
        """Return why a request is refused, or None.

        Args:
            scope: The request as ASGI has it.
            headers: Its headers, in lower case; none of those that count occurs twice.
        """
        method, path = scope.get("method", "GET"), scope["path"]
        if self.proxy_secret and not self._is_from_proxy(headers):
            return None if path == HEALTH and method in _READS else "It comes past the proxy."
        host = headers.get("host", "").lower()
        if _name(host) not in self.hosts:
            return "The host is none of this server's."
        if "origin" in headers and not _is_same(headers["origin"].lower(), host):
            return "It comes from another site."
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"} and not (
            headers.get("sec-fetch-mode") == "navigate" and method == "GET"
        ):
            return "It comes from another site."
        if scope["type"] == "websocket":
            return None
        is_json = headers.get("content-type", "").split(";")[0].strip().lower() == (
            "application/json"
        )
        if method not in _READS and not (method == "POST" and is_json):
            return "Changes are asked for by POST with JSON alone."
        if path.rstrip("/").endswith("/graphql") and method != "POST":
            return "GraphQL is asked by POST with JSON alone."
        return None

    def may_operate(self, headers: Mapping[str, str]) -> bool:
        """Return whether who asks may change anything; the request passed `refusal`."""
        if self.read_only:
            return False
        return self.proxy_secret is None or headers.get(USER, "") in self.operators

    def _is_from_proxy(self, headers: Mapping[str, str]) -> bool:
        sent, secret = headers.get(PROXY, ""), self.proxy_secret or ""
        return hmac.compare_digest(sent.encode(), secret.encode())


class Guard:
    """ASGI middleware that refuses what `access` does not allow, web sockets included."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app, self._access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with 403, or let Dagster answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers, is_ambiguous = _headers(scope)
        reason = "A header occurs twice." if is_ambiguous else self._access.refusal(scope, headers)
        if reason is None:
            scope[MAY_OPERATE] = self._access.may_operate(headers)
            await self._app(scope, receive, _unframed(send))
        elif scope["type"] == "websocket":
            # Before it is accepted, the server turns this into 403.
            await send({"type": "websocket.close", "code": 1008})
        else:
            await PlainTextResponse(f"Refused. {reason}\n", 403)(scope, receive, send)


def _headers(scope: Scope) -> tuple[dict[str, str], bool]:
    """Return the headers, and whether one that decides anything occurs twice."""
    pairs = [(name.decode("latin-1").lower(), value) for name, value in scope["headers"]]
    deciding = {"host", "origin", "content-type", "sec-fetch-site", "sec-fetch-mode", PROXY, USER}
    names = [name for name, _ in pairs if name in deciding]
    return {name: value.decode("latin-1") for name, value in pairs}, len(names) != len(set(names))


def _name(host: str) -> str | None:
    match = _HOST.fullmatch(host)
    return match[1] or match[2] if match else None


def _is_same(origin: str, host: str) -> bool:
    return origin in {f"http://{host}", f"https://{host}"}


def _unframed(send: Send) -> Send:
    """Return a `send` that lets no other site frame the UI, so that nobody clicks through one."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            frame = [(b"x-frame-options", b"DENY")]
            message = {**message, "headers": [*message.get("headers", []), *frame]}
        await send(message)

    return sending
