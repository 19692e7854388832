"""Small states: people at places, counted as a warehouse counts them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path

import duckdb
import polars as pl

from pipelines.disclosure.audit.report import Report
from pipelines.disclosure.build import Publication, build
from pipelines.disclosure.manifest import UNKNOWN, PublicManifest, read_manifest
from pipelines.disclosure.policy import DisclosurePolicy
from pipelines.disclosure.vintages import NOTHING, Published

# Consortium O overlaps two counties; zones overlap macroregions and are not public.
PLACES = {
    "p1": ("M1", "C1", "O1", "Z1"),
    "p2": ("M1", "C1", "", "Z2"),
    "p3": ("M1", "C2", "O1", "Z2"),
    "p4": ("M2", "C3", "O2", "Z2"),
    "p5": ("M2", "C4", "", "Z1"),
}
SCHEMES = ("macroregion", "county", "consortium")
PROTECTED = ("zone",)
# Metric: conditions of denominator and numerator.
METRICS = {
    "finished@1": (None, "is_finished"),
    "employed@1": (None, "is_finished and is_employed"),
    "trained@1": ("is_trained", "is_finished"),
}
# Tables for which small states have nothing.
WAREHOUSE_ONLY = {"funnel", "initiative_people"}
POLICY = DisclosurePolicy(regional_least=0)


@dataclass(frozen=True)
class Person:
    """One person of the cohort."""

    place: str
    race: str
    gender: str
    is_finished: bool
    is_employed: bool
    is_trained: bool

    def meets(self, conditions: str | None) -> bool:
        """Return whether the person meets all conditions."""
        return all(getattr(self, c) for c in (conditions or "").split(" and ") if c)

    def groups(self) -> dict[str, str]:
        """Return the person's code of each kind of groups."""
        known = {} if self.gender == UNKNOWN else {"gender": self.gender}
        return known | {
            "all": "all",
            "race_ethnicity": self.race,
        }


def regions(place: str) -> dict[str, str]:
    """Return the region of a place by scheme."""
    schemes = zip((*SCHEMES, *PROTECTED), PLACES[place], strict=True)
    of = {scheme: f"{scheme}:{name}" for scheme, name in schemes if name}
    return of | {"statewide": "statewide:California", "institution": f"institution:{place}"}


@cache
def manifest() -> PublicManifest:
    """Return the project's tables with the metrics and cuts of the small state."""
    groups = ["all", "race_ethnicity", "gender"]
    return PublicManifest.model_validate(
        {
            "tables": {
                name: table
                for name, table in read_manifest().model_dump()["tables"].items()
                if not table["source"] and name not in WAREHOUSE_ONLY
            },
            "cuts": [
                {
                    "schemes": ["statewide", *SCHEMES],
                    "attributions": ["high_school"],
                    "groups": groups,
                }
            ],
            "protected": PROTECTED,
            "metrics": {
                "graduate": [
                    dict(zip(("metric_id", "version"), name.split("@"), strict=True))
                    for name in METRICS
                ]
            },
        }
    )


def values(people: Iterable[Person]) -> pl.DataFrame:
    """Return the exact `metric_value` of people."""
    numerator, denominator = Counter[tuple](), Counter[tuple]()
    for person, (metric, conditions) in product(people, METRICS.items()):
        if person.meets(conditions[0]):
            for region, group in product(regions(person.place).values(), person.groups().items()):
                cell = (metric, region, *group)
                denominator[cell] += 1
                numerator[cell] += person.meets(conditions[1])
    rows = [(*cell, numerator[cell], n) for cell, n in sorted(denominator.items())]
    names = ["metric", "region_id", "student_group", "student_group_value"]
    frame = pl.DataFrame(rows, [*names, "numerator", "denominator"], orient="row")
    return frame.with_columns(
        pl.col("metric").str.split("@").list.get(0).alias("metric_id"),
        pl.col("metric").str.split("@").list.get(1).alias("definition_version"),
        cohort_year=pl.lit("2020-21"),
        attribution=pl.lit("high_school"),
        dimension=pl.lit("all"),
        dimension_value=pl.lit("all"),
        value=pl.col("numerator") / pl.col("denominator"),
        value_low=pl.lit(0.0),
        value_high=pl.lit(1.0),
        is_complete=pl.lit(True),
    ).drop("metric")


def members(people: list[Person], ids: Iterable[int]) -> dict[str, pl.DataFrame]:
    """Return who is in which metric, and in which groups."""
    known = [(f"person {n}", person) for n, person in zip(ids, people, strict=True)]
    member = [
        (*metric.split("@"), "2020-21", "high_school", person.place, "all", n, True,
         person.meets(conditions[1]))
        for n, person in known
        for metric, conditions in METRICS.items()
        if person.meets(conditions[0])
    ]  # fmt: skip
    names = ["metric_id", "definition_version", "cohort_year", "attribution", "place_id",
             "dimension", "person_id", "is_in_statistic", "is_numerator"]  # fmt: skip
    groups = [(n, *of) for n, person in known for of in person.groups().items()]
    of_group = ["person_id", "student_group", "student_group_value"]
    return {
        "metrics.metric_member": pl.DataFrame(member, names, orient="row"),
        "marts.brg_person_group": pl.DataFrame(groups, of_group, orient="row"),
    }


def write_warehouse(path: Path, people: Iterable[Person], ids: Iterable[int] | None = None) -> Path:
    """Write a warehouse of people, who have ids from 0 if none are given, and return its file."""
    people = list(people)
    text = ["metric_name", "meaning", "numerator", "denominator", "source", "caveats"]
    definitions = pl.DataFrame(
        [
            (*metric.split("@"), "graduate", conditions[0], None, conditions[1], *text)
            for metric, conditions in METRICS.items()
        ],
        ["metric_id", "definition_version", "cohort", "denominator_sql", "statistic_sql",
         "numerator_sql", *text],
        orient="row",
    ).with_columns(pl.col("statistic_sql").cast(pl.String), is_favorable=True)  # fmt: skip
    bridge = [(p, scheme, r) for p in PLACES for scheme, r in regions(p).items()]
    place_region = pl.DataFrame(bridge, ["place_id", "region_scheme", "region_id"], orient="row")
    region = place_region.select("region_scheme", "region_id").unique()
    tables = {
        "metrics.metric_value": values(people),
        "metrics.metric_definition": definitions,
        "marts.brg_place_region": place_region,
        "marts.dim_place": region.with_columns(region_name=pl.col("region_id")),
        **members(people, range(len(people)) if ids is None else ids),
    }
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema metrics; create schema marts")
        for name, rows in tables.items():
            connection.register("rows_of_table", rows.to_arrow())
            connection.execute(f"create table {name} as from rows_of_table")
    return path


def publish(
    folder: Path,
    people: Iterable[Person],
    policy: DisclosurePolicy = POLICY,
    before: Published = NOTHING,
    vintage: str = "v1",
    processes: int = 1,
    ids: Iterable[int] | None = None,
    earlier: Path | None = None,
) -> Report:
    """Publish people in a folder, and return the audit."""
    warehouse = write_warehouse(folder.with_name(f"{folder.name}.duckdb"), people, ids)
    chosen = folder.with_name(f"{folder.name}.chosen")
    of = dict.fromkeys(before.corrected, earlier) if earlier else {}
    what = Publication(warehouse, folder, vintage, before, chosen, earlier=of)
    return build(what, lambda _: None, processes, policy, manifest())
