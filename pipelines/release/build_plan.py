"""Which models have to be built anew, and the record of what a build was made from.

Lives here: the present state of each source of the dbt project, the models that read a changed one,
and `build.json`. Does not: running dbt (`pipelines.defs.warehouse`), any model.

A model whose sources did not change gives the same table. The crosswalk counts by feed: a staging
model reads the persons of its own feed in it, and of no other.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from pipelines.home import code_version
from pipelines.home.files import Fingerprint, contents, remove, replacing
from pipelines.intake import ledger
from pipelines.settings import Settings
from schemas import ACCEPTED_FEEDS

CROSSWALK = "identity.person_crosswalk"
# The model through which all others read the crosswalk, each for the feed it is named for.
_CROSSWALK_MODEL = "stg_person_crosswalk"
# Files of the data home behind each other source of the dbt project.
_FILES = {
    **{f"accepted.{name}": f"accepted/{name}/*.parquet" for name in ACCEPTED_FEEDS},
    "ledger.delivery": "ledger/delivery/**/*.parquet",
    "ledger.reason": "ledger/reason/**/*.parquet",
    "identity.person_change": "identity/person_change.parquet",
    "identity.link_quality": "identity/link_quality.parquet",
    "voice.statement": "voice/statement.parquet",
    "voice.decision": "voice/decision.parquet",
}
# Records of earlier versions of the software, which `build.json` replaces.
_REPLACED = ("build_state.json", "build_checks.json")


@dataclass(frozen=True)
class Inputs:
    """What a build is made from: versions of models and code, and the state of each source."""

    models: str
    code: str
    sources: dict[str, str]


@dataclass(frozen=True)
class Built:
    """A whole build whose tests passed.

    Attributes:
        made_from: Its inputs.
        tests: The status of each dbt test, by its id.
        rows: Rows of each released table, by `schema.table`.
    """

    made_from: Inputs
    tests: dict[str, str]
    rows: dict[str, int]


def inputs(settings: Settings) -> Inputs:
    """Return what a build would be made from now."""
    known = _known(settings)
    sources = {name: contents(settings.root, pattern, known) for name, pattern in _FILES.items()}
    for path in sorted(settings.analyses.glob("*.parquet")):
        sources[f"analyses.{path.stem}"] = contents(settings.root, f"analyses/{path.name}", known)
    return Inputs(code_version.build(), code_version.release(), sources | _crosswalk(settings))


def _known(settings: Settings) -> dict[str, Fingerprint]:
    """Return the fingerprints that the ledger has of accepted files and of its own."""
    own = ledger.snapshot(settings.ledger).files.items()
    outputs = ledger.deliveries(settings.ledger).filter("is_current")["outputs"].explode()
    return {f"{settings.ledger.name}/{name}": one for name, one in own} | {
        one["path"]: Fingerprint(one["bytes"], one["changed_ns"], one["sha256"])
        for one in outputs.drop_nulls()
        if one["sha256"]
    }


def _crosswalk(settings: Settings) -> dict[str, str]:
    """Return a hash of each feed's part of the crosswalk."""
    if not settings.crosswalk.exists():
        return {}
    rows = pl.read_parquet(settings.crosswalk)
    hashed = rows.select("source", rows.hash_rows().alias("hash"))
    totals = hashed.group_by("source").agg(pl.len(), pl.col("hash").sum()).sort("source")
    by_feed = {source: f"{count} {total}" for source, count, total in totals.iter_rows()}
    return {f"{CROSSWALK}.{name}": by_feed.get(name, "") for name in ACCEPTED_FEEDS}


def last(settings: Settings) -> Built | None:
    """Return the last build; None unless it is whole, tested and unchanged since."""
    try:
        record = json.loads(settings.build_record.read_text())
        is_same = record.get("files") == _stats(settings)
    except (FileNotFoundError, ValueError):
        return None
    if not is_same:
        return None
    return Built(Inputs(**record["made_from"]), record["tests"], record["rows"])


def _stats(settings: Settings) -> list[list[int]]:
    files = (*settings.built, settings.values)
    stats = [path.stat() for path in files if path.exists()]
    return [[stat.st_size, stat.st_mtime_ns] for stat in stats]


def begin(settings: Settings, anew: bool) -> None:
    """Remove the record: until a build ends well, nothing may be released or built upon.

    Args:
        settings: The installation.
        anew: Whether everything is built, in new files.
    """
    remove(settings.build_record)
    remove(settings.values)
    if anew:
        for path in settings.built:
            remove(path)
            remove(path.with_name(f"{path.name}.wal"))


def finish(settings: Settings, built: Built) -> None:
    """Write the record of a build, after all of it went well."""
    record = {
        "files": _stats(settings),
        **asdict(built),
        "tests": dict(sorted(built.tests.items())),
    }
    with replacing(settings.build_record) as partial:
        partial.write_text(json.dumps(record, indent=2))
    for name in _REPLACED:
        remove(settings.root / name)


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
    changed = {name for name, state in now.sources.items() if before.get(name) != state}
    names: set[str] = set()
    for node in _models(manifest):
        reads = {_source(one) for one in node["depends_on"]["nodes"]}
        if _CROSSWALK_MODEL in reads:
            feed = node["name"].removeprefix("stg_")
            if feed not in ACCEPTED_FEEDS:
                raise ValueError(f"{node['name']} reads the crosswalk without being a feed's model")
            reads |= {f"{CROSSWALK}.{feed}"}
        if reads & changed:
            names.add(node["name"])
    return names


def _models(manifest: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    return (node for node in manifest["nodes"].values() if node["resource_type"] == "model")


def _source(unique_id: str) -> str:
    """Return ``accepted.wage`` for a source, and the bare name for anything else."""
    kind, *_, group, name = unique_id.split(".")
    return f"{group}.{name}" if kind == "source" else name
