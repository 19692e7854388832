"""`pathways ui`: Dagster's UI for its owner, or for whom a proxy lets in.

Lives here: arguments. Does not: who may ask (`pipelines.ui.guard`), serving
(`pipelines.ui.server`).
"""

from contextlib import nullcontext
from typing import Annotated

import typer

from pipelines.commands.console import dagster_instance
from pipelines.errors import UserError
from pipelines.settings import Settings


def ui(
    port: Annotated[int, typer.Option(help="Port of the server.")] = 3000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Let nobody change anything; without daemon.")
    ] = False,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy",
            help="Answer to the proxy alone; who is in PATHWAYS_UI_OPERATORS may launch runs, "
            "everybody else looks on. The daemon runs apart.",
        ),
    ] = False,
) -> None:
    """Open the Dagster UI on this machine, with the nightly schedule running.

    It answers only under its own name and to its own pages: no other site in the browser can
    launch a run. It has no login: on a machine that others use too, run it behind the proxy.
    """
    from pipelines.ui import server
    from pipelines.ui.guard import LOCAL, Access

    settings = Settings()
    if not behind_proxy and host not in LOCAL:
        raise UserError(f"The UI has no login: on {host} it runs only with --behind-proxy.")
    access = Access(
        hosts=LOCAL | settings.names(settings.ui_hosts),
        read_only=read_only,
        proxy_secret=settings.proxy_secret() if behind_proxy else None,
        operators=settings.names(settings.ui_operators),
    )
    with dagster_instance() as instance:
        typer.echo(f"http://{host}:{port}")
        with nullcontext() if read_only or behind_proxy else server.daemon():
            server.serve(instance, access, host, port)
