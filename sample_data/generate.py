"""From a control object to a synthetic state on disk.

Lives here: the order in which lives are drawn, cohort by cohort, and put together.
Does not: any of the drawing itself.
"""

from pathlib import Path

import numpy as np
import polars as pl

from sample_data import (
    college,
    dirt,
    feeds,
    high_school,
    identity,
    people,
    truth,
    work,
    world,
    write,
)
from sample_data.control import Control
from sample_data.feeds import State


def generate(control: Control, out: Path) -> dict[str, int]:
    """Write a synthetic state under `out` and return how many rows each feed has.

    Writes ``landing/<feed>/<period>/<submitter>.csv`` (``.parquet`` for wage), and ``truth/``:
    person, record and corruptions. Existing files of the same names are replaced one by one.
    """
    places = world.build(control)
    state = live(control, places)
    delivered = feeds.report(control, places, state)
    bad_files = dirt.files(control, places, delivered)
    delivered = dirt.rows(control, delivered)
    write.landing(delivered, bad_files, Path(out))
    write.truth(truth.person(places, state), delivered, bad_files, Path(out))
    return {name: len(rows) for name, rows in delivered.items()}


def live(control: Control, places: world.World) -> State:
    """Return everything that happens, over all cohorts."""
    cohorts = [_cohort(control, places, year) for year in control.cohort_years]
    sizes = [len(c["people"]) for c in cohorts]
    offsets = np.cumsum([0, *sizes[:-1]]).tolist()
    joined: dict[str, pl.DataFrame] = {}
    for name in cohorts[0]:
        parts = [
            _shifted(cohort[name], offset) for cohort, offset in zip(cohorts, offsets, strict=True)
        ]
        joined[name] = pl.concat(parts)
    everybody = identity.assign(control, joined["people"])
    completed = everybody.select(
        "person",
        completion_year=pl.when(pl.col("is_completer"))
        .then(pl.col("exit_date").dt.year())
        .otherwise(0),
    )
    terms = joined["terms"].join(completed, on="person", how="left", maintain_order="left")
    return State(
        people=everybody,
        spells=joined["spells"],
        pathways=joined["pathways"],
        opportunities=joined["opportunities"],
        sections=joined["sections"],
        terms=terms,
        awards=joined["awards"],
        wages=joined["wages"],
    )


def _cohort(control: Control, places: world.World, year: int) -> dict[str, pl.DataFrame]:
    students = people.draw(control, places, year)
    school = high_school.live(control, places, students)
    after = college.live(control, places, students, school.persons)
    wages, covered = work.live(control, places, students, school.persons, after.terms, after.awards)
    persons = students.with_columns(person=pl.int_range(pl.len(), dtype=pl.Int64))
    persons = (
        persons.join(school.persons, on="person", maintain_order="left")
        .join(after.persons, on="person", maintain_order="left")
        .with_columns(
            is_covered_by_wages=pl.Series(covered),
            is_completer=pl.col("completion").is_in(["100", "250", "320", "330"]),
        )
    )
    return {
        "people": persons,
        "spells": school.spells,
        "pathways": school.pathways,
        "opportunities": school.opportunities,
        "sections": school.sections,
        "terms": after.terms,
        "awards": after.awards,
        "wages": wages,
    }


def _shifted(rows: pl.DataFrame, offset: int) -> pl.DataFrame:
    """Return a cohort's rows with the state's row numbers of persons."""
    moves = [pl.col("person") + offset]
    for column in ("twin_of", "namesake_of"):
        if column in rows.columns:
            value = pl.col(column)
            moves.append(pl.when(value >= 0).then(value + offset).otherwise(value).alias(column))
    return rows.with_columns(moves)
