"""Settings of a lake, which most installations do not have.

Lives here: where a lake and its shards are. Does not: any other setting (`pipelines.settings`).
"""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class LakeSettings(BaseSettings):
    """Settings of a lake and of its shards."""

    lake: str = Field(
        default="",
        description="Catalog of the lake: `sqlite:<file>`, or `postgres:` and what libpq connects "
        "with, a password left to its password file; by default a file in `lake/` "
        "([scale.md](scale.md)).",
    )
    lake_data: Path | None = Field(
        default=None,
        description="Folder of the lake's files, which all its workers see; by default in `lake/`.",
    )

    shards: Path | None = Field(
        default=None,
        description="Folder with the data home of each shard, by its name; by default `shards/`.",
    )
    movers_agreement: str = Field(
        default="",
        description="Agreement under which people with records in several shards are joined by "
        "the token of their number, and counted once, by its name or number.",
    )
