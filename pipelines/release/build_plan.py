"""Which models have to be built anew, and what a build was made from.

Lives here: what each source of the dbt project is now, the models that read a changed one, and the
note that a build leaves. Does not: running dbt (`pipelines.defs.warehouse`), any model.

A model whose sources did not change gives the same table. The crosswalk counts by feed: a staging
model finds the persons of its own feed in it, and of no other.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from pipelines.home import code_version
from pipelines.home.files import listing, remove, replacing
from pipelines.release import publish
from pipelines.settings import Settings
from schemas import FEEDS

CROSSWALK = "identity.person_crosswalk"
# The model through which all others read the crosswalk, each for the feed it is named for.
_CROSSWALK_MODEL = "stg_person_crosswalk"


@dataclass(frozen=True)
class Inputs:
    """What a build is made from: models and code, and each source as it is, by its name."""

    models: str
    code: str
    sources: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {"models": self.models, "code": self.code, "sources": self.sources}


def inputs(settings: Settings) -> Inputs:
    """Return what a build would be made from now."""
    sources = {
        f"accepted.{name}": listing(settings.accepted / name, "**/*.parquet") for name in FEEDS
    }
    sources |= {f"ledger.{kind}": _listed(settings, f"ledger/{kind}") for kind in _LEDGER}
    for name in ("person_change", "link_quality"):
        sources[f"identity.{name}"] = listing(settings.identity, f"{name}.parquet")
    sources["analyses.sensitivity"] = listing(settings.root, settings.sensitivity.name)
    sources |= _crosswalk(settings)
    return Inputs(code_version.build(), publish.code_version(), sources)


_LEDGER = ("delivery", "reason")


def _listed(settings: Settings, folder: str) -> str:
    return listing(settings.root / folder, "**/*.parquet")


def _crosswalk(settings: Settings) -> dict[str, str]:
    """Return a hash of each feed's part of the crosswalk."""
    if not settings.crosswalk.exists():
        return {}
    found = (
        pl.scan_parquet(settings.crosswalk)
        .select("source", "source_person_key", "person_id", "match_method", "match_score")
        .collect()
    )
    hashed = found.select("source", found.hash_rows().alias("hash"))
    totals = hashed.group_by("source").agg(pl.len(), pl.col("hash").sum()).sort("source")
    by_feed = {source: f"{rows} {total}" for source, rows, total in totals.iter_rows()}
    return {f"{CROSSWALK}.{name}": by_feed.get(name, "") for name in FEEDS}


@dataclass(frozen=True)
class Built:
    """The last build, if it is whole, passed its tests and nobody touched its file since."""

    made_from: Inputs
    tests: dict[str, str]


def last(settings: Settings) -> Built | None:
    """Return the last build; None where it can't be built upon."""
    try:
        note = json.loads(settings.build_state.read_text())
        tests = json.loads(settings.build_checks.read_text())
        stat = settings.build.stat()
    except (FileNotFoundError, ValueError):
        return None
    if note["file"] != [stat.st_size, stat.st_mtime_ns]:
        return None
    return Built(Inputs(**note["made_from"]), tests)


def begin(settings: Settings, anew: bool) -> None:
    """Say that a build begins: until it ends well, nothing may be released or built upon.

    Args:
        settings: The installation.
        anew: Whether everything is built, in a new file.
    """
    remove(settings.build_state)
    remove(settings.build_checks)
    if anew:
        for path in (settings.build, settings.build.with_name(f"{settings.build.name}.wal")):
            remove(path)


def finish(settings: Settings, made_from: Inputs, tests: Mapping[str, str]) -> None:
    """Note what a build was made from and how its tests went, after all of it went well."""
    publish.write_checks(settings, dict(tests))
    stat = settings.build.stat()
    with replacing(settings.build_state) as partial:
        file = [stat.st_size, stat.st_mtime_ns]
        partial.write_text(json.dumps({"file": file, "made_from": made_from.as_dict()}))


def stale(manifest: Mapping[str, Any], built: Built | None, now: Inputs) -> set[str] | None:
    """Return the names of models that read what changed since a build; None for all there are.

    Args:
        manifest: The dbt project as dbt parsed it.
        built: The last build that can be built upon.
        now: What a build would be made from.
    """
    if built is None or built.made_from.models != now.models:
        return None
    before = built.made_from.sources
    changed = {name for name, what in now.sources.items() if before.get(name) != what}
    found: set[str] = set()
    for node in _models(manifest):
        reads = {_source(one) for one in node["depends_on"]["nodes"]}
        if _CROSSWALK_MODEL in reads:
            feed = node["name"].removeprefix("stg_")
            if feed not in FEEDS:
                raise ValueError(f"{node['name']} reads the crosswalk without being a feed's model")
            reads |= {f"{CROSSWALK}.{feed}"}
        if reads & changed:
            found.add(node["name"])
    return found


def views_of_files(manifest: Mapping[str, Any]) -> set[str]:
    """Return the names of views of a source's files: each holds a path, which a home may leave."""
    return {
        node["name"]
        for node in _models(manifest)
        if node["config"]["materialized"] == "view"
        and any(one.startswith("source.") for one in node["depends_on"]["nodes"])
    }


def _models(manifest: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (node for node in manifest["nodes"].values() if node["resource_type"] == "model")


def _source(unique_id: str) -> str:
    """Return ``accepted.wage`` for a source, and the bare name for anything else."""
    kind, *_, group, name = unique_id.split(".")
    return f"{group}.{name}" if kind == "source" else name
