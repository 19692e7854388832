"""Whole lives, and how institutions registered them.

Lives here: everything that happens to some people, and what districts, colleges and boards have on
file of them. Does not: a feed's columns (`feeds`).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from sample_data.high_school import years
from sample_data.identity import numbers, registrations
from sample_data.lives import college, holders, work
from sample_data.lives.people import People
from sample_data.lives.people import draw as draw_people
from sample_data.lives.services import served
from sample_data.world.collaboration import Collaboration
from sample_data.world.places import World


@dataclass(frozen=True)
class Lives:
    """Everything that happens to some people."""

    joint: Collaboration
    people: People
    known: numbers.Identity
    school: years.HighSchool
    college: college.College
    work: work.Work
    holding_age: np.ndarray

    @property
    def world(self) -> World:
        """The places they live in."""
        return self.joint.world

    @cached_property
    def served(self) -> pl.DataFrame:
        """Who is served by which grant, as `services.served` has it."""
        return served(self.joint, self.people, self.school, self.college)

    @cached_property
    def districts(self) -> pl.DataFrame:
        """Each person and district with the name, birth date and local id on file there."""
        world = self.world
        district = pl.lit(pl.Series(world.school_district)).gather(pl.col("school"))
        spells = self.school.spells.select("person", "year", district=district)
        pairs = self._registered([spells], registrations.DISTRICT, "district")
        return pairs.with_columns(
            local_student_id=self._local_ids(pairs, "district", world.district_ids, 6)
        )

    @cached_property
    def colleges(self) -> pl.DataFrame:
        """Each person and college with names, numbers, and which of these each file holds."""
        control, world = self.world.control, self.world
        awards = self.college.awards.select(
            "person", college="issuer", year=pl.col("award_date").dt.year().cast(pl.Int64)
        )
        events = [self.school.sections, self.college.terms, awards]
        pairs = self._registered(events, registrations.COLLEGE, "college")
        row, at = pairs["person"].to_numpy(), pairs["college"].to_numpy()
        draw = self.people.draws("college files").at(row, at)
        has_ssn = ~draw.chance("without ssn", control.ssn_missing)
        # Whoever has none on file has none as a special admit, so fewer of the others lack it.
        more = max(0.0, control.dual_ssn_missing - control.ssn_missing)
        more = more / max(1 - control.ssn_missing, 1e-9)
        ssn = self._ssn(pairs, registrations.COLLEGE, "college")
        return pairs.with_columns(
            registrations.plain("first_name"),
            registrations.plain("last_name"),
            ssn=pl.when(pl.Series(has_ssn)).then(ssn),
            state_student_id=pl.Series(self.known.state_id[row]),
            local_student_id=self._local_ids(pairs, "college", world.college_ids, 8),
            has_dual_ssn=pl.Series(has_ssn & ~draw.chance("no dual ssn", more)),
            has_dual_state_id=pl.Series(~draw.chance("no dual id", control.dual_state_id_missing)),
            has_state_id=pl.Series(draw.chance("state id", control.college_state_id)),
        )

    @cached_property
    def boards(self) -> pl.DataFrame:
        """Each person and workforce board that serves them, with name, SSN and local id."""
        served_there = self.served.filter(pl.col("kind") == "board")
        pairs = self._registered([served_there], registrations.BOARD, "partner")
        return pairs.with_columns(
            ssn=self._ssn(pairs, registrations.BOARD, "partner"),
            local_student_id=self._local_ids(pairs, "partner", self.world.board_ids, 8),
        )

    def _registered(self, events: list[pl.DataFrame], kind: int, place: str) -> pl.DataFrame:
        """Return each person and place once, with the names and birth date registered there."""
        pairs = (
            pl.concat([e.select("person", place, "year") for e in events])
            .group_by("person", place)
            .agg(pl.col("year").min())
            .sort("person", place)
        )
        row, where = pairs["person"].to_numpy(), kind + pairs[place].to_numpy()
        written = registrations.registrations(
            self.world, self.people, self.known, row, where, pairs["year"].to_numpy()
        )
        return pairs.drop("year").with_columns(
            first_name=pl.Series(written.first, dtype=pl.String),
            last_name=pl.Series(written.last, dtype=pl.String),
            birth_date=pl.Series(written.birth_date, dtype=pl.Date),
        )

    def _ssn(self, pairs: pl.DataFrame, kind: int, place: str) -> pl.Series:
        row, where = pairs["person"].to_numpy(), kind + pairs[place].to_numpy()
        ssn = registrations.registered_ssn(self.world, self.people, self.known, row, where)
        return pl.Series(ssn, dtype=pl.String)

    def _local_ids(
        self, pairs: pl.DataFrame, place: str, ids: np.ndarray, digits: int
    ) -> pl.Series:
        person = self.people.person[pairs["person"].to_numpy()]
        return numbers.local_ids(self.world, person, pairs[place].to_numpy(), ids, digits)


def live(joint: Collaboration, person: np.ndarray, seed: int | str) -> Lives:
    """Return the lives of the people with these numbers."""
    world = joint.world
    people = draw_people(world, person, seed)
    known = numbers.assign(world, people)
    at_school = years.live(world, people)
    after = college.live(world, people, at_school)
    at_work = work.live(world, people, at_school, after)
    age = holders.holding_age(world, people, at_work)
    return Lives(joint, people, known, at_school, after, at_work, age)
