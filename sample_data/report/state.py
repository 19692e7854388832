"""A generated state read back from disk, as measurements need it.

Lives here: persons, delivered rows joined with whose they are, and person-quarters of work. Does
not: any target or judgement (`calibration`).
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from sample_data.control import Control
from sample_data.lives import awards, earnings
from sample_data.world.places import World, build

# Spreadsheet number of a file's first row of data.
_FIRST_ROW = 2
# Calendar quarters that a term covers: years after its academic year starts, and the quarter.
_COVERS = pl.DataFrame(
    [("FA", 0, 3), ("FA", 0, 4), ("WI", 0, 1), ("SP", 0, 1), ("SP", 0, 2), ("SU", 0, 3)],
    schema={"season": pl.String, "later": pl.Int64, "of_year": pl.Int64},
    orient="row",
)


@dataclass(frozen=True)
class State:
    """A clean state under a folder, and the control it was made from."""

    root: Path
    control: Control

    @classmethod
    def read(cls, root: Path) -> "State":
        """Return the state under `root`.

        Raises:
            FileNotFoundError: There is no state.
            ValueError: It has planted corruptions, which would be measured with it.
        """
        control = Control.model_validate_json((root / "truth" / "control.json").read_text())
        if control.dirt != "none":
            raise ValueError(f"{root} has planted corruptions; generate it with --dirt none")
        return cls(root, control)

    @cached_property
    def world(self) -> World:
        """Its places."""
        return build(self.control)

    @cached_property
    def persons(self) -> pl.DataFrame:
        """True persons, with the macroregion they start grade 9 in."""
        regions = self.world.counties.select("county_fips", "macroregion")
        persons = pl.read_parquet(self.root / "truth" / "person.parquet")
        return persons.join(regions, on="county_fips", how="left", maintain_order="left")

    @cached_property
    def effects(self) -> pl.DataFrame:
        """What treatments cause."""
        return pl.read_parquet(self.root / "truth" / "effect.parquet")

    def delivered(self, feed: str) -> pl.DataFrame:
        """Return a feed's rows as delivered, all text, with `person_truth_id`."""
        folder = self.root / "landing" / feed
        if next(folder.rglob("*.csv"), None):
            rows = pl.scan_csv(folder / "**/*.csv", infer_schema=False, include_file_paths="path")
        else:
            rows = pl.scan_parquet(folder / "**/*.parquet", include_file_paths="path")
        place = pl.col("path").str.split("/")
        rows = rows.with_columns(
            period=place.list.get(-2),
            submitter=place.list.get(-1).str.split(".").list.first(),
            row_number=pl.int_range(pl.len()).over("path") + _FIRST_ROW,
        )
        whose = pl.scan_parquet(self.root / "truth" / "record" / f"{feed}.parquet").drop("feed")
        key = ["period", "submitter", "row_number"]
        return rows.join(whose, on=key, how="left").drop("path", "submitter").collect()

    @cached_property
    def dual_sections(self) -> pl.DataFrame:
        """Rows of the dual-enrolment feed."""
        return self.delivered("dual_enrollment")

    @cached_property
    def credentials(self) -> pl.DataFrame:
        """Rows of the credential feed, with `quarter` and `year`, the academic one it starts in."""
        award = pl.col("award_date").str.to_date()
        year, month = award.dt.year(), award.dt.month().cast(pl.Int32)
        return self.delivered("credential").with_columns(
            quarter=self._quarter(year, month), year=year - (month < 7).cast(pl.Int32)
        )

    @cached_property
    def terms(self) -> pl.DataFrame:
        """Rows of the college-enrolment feed, with `year`, `season` and whether a university."""
        universities = self.world.college_ids[self.world.n_community :].tolist()
        return self.delivered("college_enrollment").with_columns(
            year=pl.col("academic_year").str.slice(0, 4).cast(pl.Int32),
            season=pl.col("term_id").str.slice(4),
            is_university=pl.col("institution_id").is_in(universities),
        )

    @cached_property
    def wages(self) -> pl.DataFrame:
        """Rows of the wage feed, with `person_quarter`, the number of the quarter from 0."""
        calendar, of_year = (
            pl.col("quarter").str.slice(*at).cast(pl.Int32) for at in ((0, 4), (5,))
        )
        return self.delivered("wage").with_columns(
            person_quarter=self._quarter(calendar, 3 * of_year)
        )

    @cached_property
    def enrolled(self) -> pl.DataFrame:
        """Persons and quarters with a college term, once each."""
        covered = self.terms.join(_COVERS, on="season")
        calendar = pl.col("term_id").str.slice(0, 4).cast(pl.Int32) + pl.col("later").cast(pl.Int32)
        quarter = self._quarter(calendar, 3 * pl.col("of_year").cast(pl.Int32))
        return covered.select("person_truth_id", quarter=quarter).unique().sort("quarter")

    @cached_property
    def left(self) -> pl.DataFrame:
        """The quarter after each person's exit from high school, 0 for those before the first."""
        left = pl.col("high_school_exit_date")
        quarter = self._quarter(left.dt.year(), left.dt.month().cast(pl.Int32)) + 1
        return self.persons.select("person_truth_id", left=quarter.clip(0))

    @cached_property
    def quarters_of_work(self) -> pl.DataFrame:
        """Person-quarters with wages, one row each.

        `annual` is four times the wages over all employers in 2023 US dollars, `employers` their
        number, `level` the highest credential so far (a row of `Control.earnings_by_credential`),
        `is_busy` whether in high school or college, `after` quarters since last leaving one. The
        same as `earnings.earnings_ratio` measures on lives in memory.
        """
        control = self.control
        year = control.first_wage_year + pl.col("quarter") / 4
        paid = self.wages.group_by("person_truth_id", quarter="person_quarter").agg(
            usd=pl.col("quarterly_wages_usd").cast(pl.Float64).sum(), employers=pl.len()
        )
        paid = paid.with_columns(
            annual=4 * pl.col("usd") / (1 + control.wage_inflation) ** (year - 2023.5)
        ).sort("quarter")
        last = self.enrolled.with_columns(last_enrolled="quarter")
        for known in (self._levels, last):
            paid = paid.join_asof(known, on="quarter", by="person_truth_id", check_sortedness=False)
        paid = paid.join(self.left, on="person_truth_id")
        last_busy = pl.max_horizontal(pl.col("last_enrolled").fill_null(-1), pl.col("left") - 1)
        return paid.with_columns(
            level=pl.col("level").fill_null(0),
            is_busy=(pl.col("quarter") < pl.col("left"))
            | (pl.col("last_enrolled") == pl.col("quarter")).fill_null(False),
            after=(pl.col("quarter") - last_busy).clip(0),
        )

    @property
    def _levels(self) -> pl.DataFrame:
        """The highest credential so far of persons, from each quarter in which one is added."""
        number = {name: row for row, name in enumerate(self.control.earnings_by_credential)}
        completers = self.persons.filter("is_completer").select("person_truth_id")
        diplomas = completers.join(self.left, on="person_truth_id").select(
            "person_truth_id", quarter="left", level=pl.lit(number["diploma"])
        )
        # College counts from the fourth quarter of its first year.
        first = pl.col("year").min() - self.control.first_wage_year
        some = self.terms.group_by("person_truth_id").agg(quarter=(4 * first + 3).clip(0))
        some = some.with_columns(level=pl.lit(number["some_college"]))
        earned = awards.levels(
            self.credentials["award_type_code"].to_numpy(),
            self.credentials["program_top_code"].fill_null("").to_numpy(),
        )
        awarded = self.credentials.select(
            "person_truth_id",
            quarter=(pl.col("quarter") + 1).clip(0),
            level=pl.Series(earned).replace_strict(number, return_dtype=pl.Int32),
        )
        events = pl.concat([diplomas, some, awarded], how="vertical_relaxed").sort("quarter")
        return events.with_columns(pl.col("level").cum_max().over("person_truth_id"))

    def _quarter(self, year: pl.Expr, month: pl.Expr) -> pl.Expr:
        """Return the number of a quarter from 0, the first with wages."""
        return (year - self.control.first_wage_year) * 4 + (month - 1) // 3


def near(years_after: int) -> pl.Expr:
    """Return whether a quarter of work is outside school and within half a year of a point."""
    assert years_after in earnings.YEARS_AFTER
    return ~pl.col("is_busy") & ((pl.col("after") - 4 * years_after).abs() <= 2)
