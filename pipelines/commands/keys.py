"""`pathways keys`: the key of tokens, and the key that submitters encode with.

Lives here: printing. Does not: replacing a key (`pipelines.maintenance.rotate_key`).
"""

import typer

from pipelines.commands.console import Why, group
from pipelines.home import reasons
from pipelines.home.files import replacing
from pipelines.home.lock import writing
from pipelines.settings import Settings

keys = group("Replace the token key, or write the key that submitters encode with.")


@keys.command()
def rotate(reason: Why) -> None:
    """Replace the token key; every person id stays.

    Takes the key of PATHWAYS_NEW_TOKEN_KEY, or generates one if none is set. If the command is
    interrupted, run it again: it starts over or finishes.
    """
    from pipelines.maintenance import rotate_key

    settings, why = Settings(), reasons.given(reason)
    with writing(settings, "a rotation of the key", typer.echo):
        reasons.write(settings, "rotate the token key", why)
        must_be_set = rotate_key.rotate(settings)
    typer.echo("All tokens are new, all person ids stay. The next refresh builds on them.")
    if must_be_set:
        typer.echo("Set PATHWAYS_TOKEN_KEY to the new key now, and unset PATHWAYS_NEW_TOKEN_KEY.")


@keys.command()
def encoding() -> None:
    """Write the key that submitters encode with to a file in the data home."""
    settings = Settings()
    path = settings.root / "encoding_key"
    with replacing(path) as partial:
        partial.write_bytes(settings.shared_key() + b"\n")
    typer.echo(f"Hand this over by a secure channel: {path}")
