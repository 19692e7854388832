"""The files of a public release.

Lives here: rows of shown and hidden cells, and the files that hold them: CSV, Parquet, a DuckDB file,
a data package, checksums, the certificate. Does not: which cells are hidden (`selection`).
"""

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from pipelines.disclosure.counts import Block
from pipelines.disclosure.manifest import ALL, PublicManifest
from pipelines.disclosure.selection import Pattern
from pipelines.home.files import replacing
from pipelines.settings import PROJECT

# The oldest storage that has every feature used: any DuckDB client since 1.2 opens the file.
STORAGE_VERSION = "v1.2.0"
PATTERN_SCHEMA = {
    "metric": pl.String,
    "cohort_year": pl.String,
    "attribution": pl.String,
    "region_id": pl.String,
    "student_group": pl.String,
    "student_group_value": pl.String,
    "is_numerator_hidden": pl.Boolean,
    "is_denominator_hidden": pl.Boolean,
    "is_withheld": pl.Boolean,
}
METRIC_VALUE = """
    select
        pattern.metric.split('@')[1] as metric_id,
        pattern.metric.split('@')[2] as definition_version,
        pattern.cohort_year,
        pattern.attribution,
        region.region_scheme,
        pattern.region_id,
        region.region_name,
        pattern.student_group,
        pattern.student_group_value,
        'rate' as unit,
        case when not is_numerator_hidden then coalesce(value.numerator, 0) end as numerator,
        case when not is_denominator_hidden then coalesce(value.denominator, 0) end as denominator,
        case when not is_numerator_hidden then value.value end as value,
        case when not is_numerator_hidden then value.value_low end as value_low,
        case when not is_numerator_hidden then value.value_high end as value_high,
        case
            when is_withheld then 'withheld'
            when is_numerator_hidden then 'hidden'
        end as suppressed_reason,
        $vintage as vintage
    from pattern
    inner join marts.dim_region as region on pattern.region_id = region.region_id
    left join metrics.metric_value as value
        on value.metric_id || '@' || value.definition_version = pattern.metric
        and value.cohort_year = pattern.cohort_year
        and value.attribution = pattern.attribution
        and value.region_id = pattern.region_id
        and value.student_group = pattern.student_group
        and value.student_group_value = pattern.student_group_value
        and value.dimension = 'all'
    where not (is_denominator_hidden and is_withheld and value.denominator is null)
    order by all
"""
DESCRIPTIONS = {
    "metric_value": "A rate by metric, cohort year, region and student group; empty where hidden.",
    "metric_definition": "What a metric means, and the counts that it is made of.",
    "metric_relation": "Counts all of whose people are within another count.",
    "place_region": "The regions that a district, school or college lies in.",
    "region": "Regions by name.",
    "cut": "How much of a metric is shown, by region scheme and student group.",
}


def pattern_rows(block: Block, pattern: Pattern) -> pl.DataFrame:
    """Return what is hidden of every published cell of a block's metrics."""
    rows = [
        (metric, block.cohort_year, block.attribution, *cell)
        for metric, used in block.uses.items()
        for cell in _cells(block, pattern, *used)
    ]
    return pl.DataFrame(rows, PATTERN_SCHEMA, orient="row")


def _cells(
    block: Block, pattern: Pattern, numerator: str, denominator: str
) -> Iterator[tuple[str, str, str, bool, bool, bool]]:
    """Yield region, group, code, and what is hidden, of cells with somebody or with a secret."""
    for group, cut in block.cuts.items():
        if (denominator, group) in pattern.withheld:
            continue
        people = cut.cells(block.counts[denominator].by_area[group])
        hidden = pattern.hidden[denominator][group]
        of_numerator = pattern.hidden[numerator][group] | hidden
        withheld = (numerator, group) in pattern.withheld
        for row, region in enumerate(cut.regions):
            for column, code in enumerate(cut.codes):
                if people[row, column] or hidden[row, column]:
                    secrets = bool(of_numerator[row, column]), bool(hidden[row, column])
                    yield region, group, code, *secrets, withheld


def metric_values(
    connection: duckdb.DuckDBPyConnection, pattern: pl.DataFrame, vintage: str
) -> pl.DataFrame:
    """Return rows of the public `metric_value`, from exact values and what is hidden of them."""
    connection.register("pattern", pattern.to_arrow())
    rows = connection.execute(METRIC_VALUE, {"vintage": vintage}).pl()
    connection.unregister("pattern")
    return rows


def tables(
    connection: duckdb.DuckDBPyConnection,
    manifest: PublicManifest,
    values: pl.DataFrame,
    definitions: pl.DataFrame,
    relations: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Return every public table by name, each in the order of its key."""
    schemes = values["region_scheme"].unique().to_list()
    cuts = pl.DataFrame(
        [
            (attribution, scheme, group)
            for cut in manifest.cuts
            for attribution in cut.attributions
            for scheme in cut.schemes
            for group in cut.groups
        ],
        ["attribution", "region_scheme", "student_group"],
        orient="row",
    )
    connection.register("definition", definitions.to_arrow())
    connection.register("listed", values.to_arrow())
    connection.register("public_cut", cuts.to_arrow())
    in_schemes = "region_scheme in (select unnest($schemes))"
    queries = {
        "metric_definition": """
            select
                metric_id, definition_version, metric_name, listed.cohort, meaning, numerator,
                denominator, numerator_id, denominator_id, source, caveats
            from definition as listed
            inner join metrics.metric_definition using (metric_id, definition_version)
            order by all
        """,
        "place_region": f"""
            select place_id, region_scheme, region_id from marts.brg_place_region
            where {in_schemes} order by all
        """,
        "region": f"""
            select region_id, region_scheme, region_name from marts.dim_region
            where {in_schemes} order by all
        """,
        "cut": """
            select
                public_cut.attribution, public_cut.region_scheme, public_cut.student_group,
                metric_id, definition_version, cohort_year,
                count(*) as cells,
                count(numerator) as cells_shown,
                count(*) filter (where suppressed_reason = 'withheld') as cells_withheld,
                sum(denominator) filter (where numerator is not null) as people_shown
            from public_cut
            inner join listed using (attribution, region_scheme, student_group)
            group by all order by all
        """,
    }
    found = {"metric_value": values, "metric_relation": relations.unique().sort(pl.all())}
    for name, sql in queries.items():
        parameters = {"schemes": schemes} if "$schemes" in sql else None
        found[name] = connection.execute(sql, parameters).pl()
    return found


def write_files(folder: Path, public: dict[str, pl.DataFrame], facts: dict[str, Any]) -> None:
    """Write the tables in every form, with what describes them.

    Args:
        folder: Empty, or not there yet.
        public: Tables by name.
        facts: Of the certificate, without what the audit adds.
    """
    for form in ("csv", "parquet"):
        (folder / form).mkdir(parents=True)
    for name, table in public.items():
        table.write_parquet(folder / "parquet" / f"{name}.parquet", compression="zstd")
        # Without a name and a time in it, a compressed file is the same on a second run.
        with (folder / "csv" / f"{name}.csv.gz").open("wb") as raw:
            with gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed:
                packed.write(table.write_csv().encode())
    _write_database(folder, public)
    shutil.copy(PROJECT / "LICENSE", folder / "LICENSE")
    package = {"$schema": "https://datapackage.org/profiles/2.0/datapackage.json"}
    package |= {"name": "pathway-outcomes", "version": str(facts["vintage"])}
    package["resources"] = [_resource(folder, name, table) for name, table in public.items()]
    (folder / "datapackage.json").write_text(json.dumps(package, indent=2) + "\n")
    (folder / "certificate.json").write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")


def _write_database(folder: Path, public: dict[str, pl.DataFrame]) -> None:
    path = str(folder / "public.duckdb").replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as file (storage_version '{STORAGE_VERSION}')")
        connection.execute("create schema file.public")
        for name, table in public.items():
            connection.register("rows_of_table", table.to_arrow())
            connection.execute(f"create table file.public.{name} as from rows_of_table")
            text = DESCRIPTIONS[name].replace("'", "''")
            connection.execute(f"comment on table file.public.{name} is '{text}'")


FIELD_TYPES = {pl.String: "string", pl.Int64: "integer", pl.Float64: "number", pl.Boolean: "boolean"}


def _resource(folder: Path, name: str, table: pl.DataFrame) -> dict[str, Any]:
    path = folder / "csv" / f"{name}.csv.gz"
    fields = [
        {"name": column, "type": next((v for k, v in FIELD_TYPES.items() if dtype == k), "number")}
        for column, dtype in table.schema.items()
    ]
    return {
        "name": name,
        "description": DESCRIPTIONS[name],
        "path": f"csv/{path.name}",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "compression": "gz",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{_sha256(path)}",
        "schema": {"fields": fields, "missingValues": [""]},
    }


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def seal(folder: Path, audit: dict[str, Any]) -> None:
    """Write the audit into the certificate, and the checksums of every file but the database's.

    The database differs by the order of its blocks; its tables are those of the Parquet files.
    """
    certificate = folder / "certificate.json"
    facts = json.loads(certificate.read_text()) | {"audit": audit}
    with replacing(certificate) as partial:
        partial.write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
    listed = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix != ".duckdb")
    lines = [f"{_sha256(path)}  {path.relative_to(folder)}\n" for path in listed]
    (folder / "CHECKSUMS.sha256").write_text("".join(lines))


__all__ = ["ALL", "metric_values", "pattern_rows", "seal", "tables", "write_files"]
