"""`pathways site`: the site of the current release, as files or on this machine's browser.

Lives here: arguments and printing. Does not: building it (`pipelines.site.build`).
"""

import functools
import http.server
from typing import Annotated

import typer

from pipelines.commands.console import group
from pipelines.home.lock import writing
from pipelines.release import publish
from pipelines.settings import SITE_INTERNAL, Settings

site = group("Build the site of the current release, or show it in a browser on this machine.")


@site.command("build")
def build_site(
    public: Annotated[
        bool, typer.Option("--public", help="From the public release alone, for everybody.")
    ] = False,
) -> None:
    """Build the internal site of the current release anew, as a refresh does, or its public one.

    The internal one is made from exact numbers and nothing on it is hidden; every page says so. The
    public one has what `pathways public build` published, and what is hidden there stays hidden.
    Neither needs a server: open its index.html.
    """
    from pipelines.site import build

    settings = Settings()
    release = publish.current_or_fail(settings)
    with writing(settings, "the site", typer.echo):
        built = build.build_public(release) if public else build.build(release)
    typer.echo(
        f"{built.pages} pages, {built.bytes / 1e6:.1f} MB, in {built.seconds:.0f} s: "
        f"{built.folder / 'index.html'}"
    )


@site.command()
def pdf() -> None:
    """Print the briefs of the current release's site as PDF, by a Chromium on this machine."""
    from pipelines.site.pdf import print_briefs

    folder = publish.current_or_fail(Settings()).folder / SITE_INTERNAL
    briefs, printed = print_briefs(folder)
    typer.echo(f"{briefs} briefs, {printed} printed anew: {folder / 'pdf'}")


@site.command()
def serve(port: Annotated[int, typer.Option(help="Port of the server.")] = 8000) -> None:
    """Show the internal site on this machine, to this machine alone, until Ctrl+C."""
    from pipelines.errors import UserError

    folder = publish.current_or_fail(Settings()).folder / SITE_INTERNAL
    if not folder.exists():
        raise UserError("The current release has no site yet. Run: pathways site build")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        typer.echo(f"http://127.0.0.1:{port}")
        server.serve_forever()
