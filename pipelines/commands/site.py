"""`pathways site`: the site of the current release, as files or on this machine's browser.

Lives here: arguments and printing. Does not: building it (`pipelines.site.build`).
"""

import functools
import http.server
from typing import Annotated

import typer

from pipelines.commands.console import group, print_table, table
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
        of = build.build_public if public else build.build
        built = of(release, settings.site_cache)
    typer.echo(
        f"{built.pages} pages, {built.drawn} drawn anew, {built.bytes / 1e6:.1f} MB, in "
        f"{built.seconds:.0f} s: "
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


By = Annotated[str, typer.Option("--by", help="Who at the state decides.")]
Because = Annotated[str, typer.Option("--reason", help="Why; it stays in the data home.")]
StatementId = Annotated[str, typer.Argument(help="As `pathways site statements` lists it.")]


@site.command()
def statements() -> None:
    """Take in what regions say on their pages, and list what waits for a decision.

    Files lie in landing/regional_voice/<sender>/. Nothing is shown before it is accepted. Read each
    text for what a rule cannot see: names of people, and what gives somebody away.
    """
    from pipelines.site.voice import store
    from pipelines.site.voice.files import no_page

    settings = Settings()
    with writing(settings, "taking in statements", typer.echo):
        new, rejected = store.receive(settings)
    for one in rejected:
        typer.echo(f"Rejected: {one.file.place}. {' '.join(one.reasons)}")
    rows = store.waiting(settings).select("statement_id", "kind", "page", "office", "text").rows()
    columns = ("statement", "kind", "page", "office", "text")
    print_table(table(f"{new} new, {len(rows)} wait for a decision", columns, rows), 120)
    for statement, _, page, *_ in rows:
        if warning := no_page(settings, page):
            typer.echo(f"! {statement}: {warning}")


@site.command()
def accept(
    statement: StatementId,
    by: By,
    reason: Because,
    answer: Annotated[str, typer.Option(help="What the state says beside it.")] = "",
) -> None:
    """Let the next release show a statement, with the state's answer where there is one."""
    _decide(statement, "accepted", by, reason, answer)


@site.command()
def decline(statement: StatementId, by: By, reason: Because) -> None:
    """Do not show a statement, or show it no more from the next release on."""
    _decide(statement, "declined", by, reason, "")


@site.command("answer")
def answer_statement(
    statement: StatementId,
    text: Annotated[str, typer.Argument(help="What the state says.")],
    by: By,
    reason: Because,
) -> None:
    """Say something beside a statement; it takes the place of an earlier answer."""
    _decide(statement, "answered", by, reason, text)


def _decide(statement: str, decision: str, by: str, reason: str, answer: str) -> None:
    from pipelines.site.voice import store

    settings = Settings()
    with writing(settings, "a decision on a statement", typer.echo):
        store.decide(settings, statement, decision, by, reason, answer)
    typer.echo(f"{statement} is {decision}. The next refresh releases it.")
