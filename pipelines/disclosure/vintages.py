"""What was published before: its blocks are copied, never computed again.

Lives here: reading an earlier publication, and putting its rows before new ones. Does not: what is
hidden in new blocks (`selection`).
"""

from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from pipelines.disclosure.blocks import BlockName, CountCell, Numbers
from pipelines.disclosure.manifest import PublicManifest

# Tables with rows of a block or of a vintage; the others are made anew from the warehouse.
LASTING = ("metric_value", "cut", "public_vintage", "place_region", "metric_relation")
BLOCK = ("cohort", "cohort_year", "attribution")


@dataclass(frozen=True)
class Published:
    """An earlier publication, less the blocks that are corrected.

    Attributes:
        blocks: Names of its blocks.
        rows: Its lasting tables.
        definitions: Its metric definitions.
        corrected: What was published of the blocks that are corrected.
        shown_last: By cohort and attribution, cells that are shown of its last year.
        folder: Where its files are, or None.
    """

    blocks: frozenset[BlockName]
    rows: dict[str, pl.DataFrame]
    definitions: pl.DataFrame | None = None
    corrected: dict[BlockName, Numbers] = field(default_factory=dict)
    shown_last: dict[tuple[str, str], frozenset[CountCell]] = field(default_factory=dict)
    folder: Path | None = None

    @property
    def vintages(self) -> set[str]:
        """Names of the publications that its numbers first stood in."""
        return set(self.rows["public_vintage"]["vintage"]) if self.rows else set()

    def with_new(
        self, rows: dict[str, pl.DataFrame], manifest: PublicManifest
    ) -> dict[str, pl.DataFrame]:
        """Return new rows with those of the earlier publication, each once."""
        if not self.rows:
            return rows
        both = dict(rows)
        for name in LASTING:
            columns = list(manifest.tables[name].columns)
            frames = [self.rows[name].select(columns), rows[name].select(columns)]
            both[name] = pl.concat(frames, how="vertical_relaxed").unique()
        key = ["metric_id", "definition_version"]
        assert self.definitions is not None
        gone = self.definitions.join(rows["metric_definition"], key, how="anti")
        columns = list(manifest.tables["metric_definition"].columns)
        both["metric_definition"] = pl.concat(
            [rows["metric_definition"].select(columns), gone.select(columns)],
            how="vertical_relaxed",
        )
        return both


NOTHING = Published(frozenset(), {})


def read_published(folder: Path | None, corrected: frozenset[BlockName] = frozenset()) -> Published:
    """Return an earlier publication without the blocks that are corrected; None for none."""
    if folder is None:
        return NOTHING
    tables = {
        name: pl.read_parquet(folder / "parquet" / f"{name}.parquet")
        for name in (*LASTING, "metric_definition")
    }
    definitions = tables.pop("metric_definition")
    keys = definitions.select(
        "metric_id", "definition_version", "cohort", "numerator_id", "denominator_id"
    )
    new = pl.DataFrame(sorted(corrected), dict.fromkeys(BLOCK, pl.String), orient="row")
    for name in ("cut", "public_vintage"):
        tables[name] = tables[name].join(new, BLOCK, how="anti")
    values = tables["metric_value"].join(keys, ["metric_id", "definition_version"])
    tables["metric_value"] = values.join(new, BLOCK, how="anti").drop(
        "cohort", "numerator_id", "denominator_id"
    )
    numbers = {name: _numbers(values, name) for name in corrected}
    blocks = frozenset(tables["public_vintage"].select(BLOCK).iter_rows())
    lasts = {(cohort, by): year for cohort, year, by in sorted(blocks)}
    shown_last = {
        (cohort, by): frozenset(
            cell for cell, n in _numbers(values, (cohort, year, by)).items() if n is not None
        )
        for (cohort, by), year in lasts.items()
    }
    return Published(blocks, tables, definitions, numbers, shown_last, folder)


def _numbers(values: pl.DataFrame, name: BlockName) -> Numbers:
    """Return what was published of a block; a number that any metric shows is known."""
    numbers: Numbers = {}
    of = values.filter(**dict(zip(BLOCK, name, strict=True)), unit="rate")
    cell = ["student_group", "region_id", "student_group_value"]
    for part in ("numerator", "denominator"):
        for count_id, people, *at in of.select(f"{part}_id", part, *cell).iter_rows():
            key = (count_id, *at)
            numbers[key] = people if people is not None else numbers.get(key)
    return numbers
