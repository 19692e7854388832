"""What a synthetic state should come to, and what it came to.

Lives here: targets (`targets`), each with its value, tolerance, source and measurement, and their
results (`measured`). Does not: reading a state (`state`), the report and pictures (`report`).

A target's value is read from the `Control` that made the state, or belongs to a consequence that no
parameter holds; then it stands here with its source. A tolerance is four standard errors plus a
stated systematic part. Standard errors are of a simple random sample of the persons measured; sizes
of regions count districts, since those are what is drawn. Where a correction was learnt from the
pilot (`rates`), the pilot's own error counts too. The systematic part is what published tables
disagree with each other, so that no state can meet all of them, or the width of a published range.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from sample_data.control import MACROREGIONS, RACES, Control
from sample_data.draws import log_odds, sigmoid
from sample_data.generate import PILOT
from sample_data.high_school.dual_enrollment import GAPS_TOTAL
from sample_data.lives.earnings import YEARS_AFTER
from sample_data.report.state import State, near
from sample_data.world.fields import GENERAL_TOP
from sample_data.world.geography import county_facts

_STANDARD_ERRORS = 4
By = Literal["all", "race", "gender", "program", "region", "class", "credential"]

# Exits that remove a student from a graduation cohort (CDE): death, and moves out of the system.
REMOVALS = ("E130", "T180", "T200", "T240", "T370", "T460")
RACE_NAMES = {
    "RH": "Hispanic or Latino", "RW": "White", "RA": "Asian", "RB": "African American",
    "RF": "Filipino", "RT": "Two or more", "RP": "Pacific Islander", "RI": "American Indian",
    "RD": "Not reported",
}  # fmt: skip
GENDER_NAMES = {"F": "Women", "M": "Men", "X": "Nonbinary"}
PROGRAM_NAMES = {
    "is_economically_disadvantaged": "Disadvantaged", "is_english_learner": "English learners",
    "has_disability": "With a disability", "is_foster": "Foster", "is_homeless": "Homeless",
}  # fmt: skip
CREDENTIAL_NAMES = {
    "no_diploma": "No diploma", "diploma": "Diploma", "some_college": "Some college",
    "short_certificate": "Certificate under 16 units", "associate_transfer": "Associate, transfer",
    "long_certificate": "Certificate 16 units or more", "associate_cte": "Associate, CTE",
    "bachelor": "Bachelor", "associate_health": "Associate, nursing",
}  # fmt: skip
# Shares of students in programme groups that Control reaches through its tables by race.
_PROGRAM_SHARES = {"is_economically_disadvantaged": 0.60, "is_english_learner": 0.12}
# CDE, 2020-21. Not reported (57.8 %) is a residual group that no mechanism can follow.
_FIVE_YEAR = {
    "race_ethnicity_code": {
        "RB": 0.807, "RI": 0.798, "RA": 0.951, "RF": 0.948, "RH": 0.854, "RP": 0.871, "RW": 0.903,
        "RT": 0.888,
    },
    "program": {"is_english_learner": 0.738, "is_foster": 0.645, "is_homeless": 0.744},
}  # fmt: skip
# District and school sizes vary by this much around what the counties' residents would give.
_SIZE_SPREAD = 0.36


class Measured(NamedTuple):
    """A measurement, the persons (or districts) behind it and its standard error."""

    value: float
    n: int
    error: float


Measure = Callable[[State], Measured]


@dataclass(frozen=True)
class Target:
    """What one number should be.

    Attributes:
        name: What is measured.
        by: What the group is a group of.
        group: The group, by name.
        unit: Of the value: share, ratio, USD.
        value: The target.
        systematic: Difference that is tolerated beside sampling; in the unit.
        source: Where the target comes from.
        measure: Measures it in a state.
        pilot: How much the pilot's sampling error counts: the standard error of what was learnt
            from it, against that of measuring as many persons.
        fewest: Persons (or districts) that a judgement needs.
    """

    name: str
    by: By
    group: str
    unit: str
    value: float
    systematic: float
    source: str
    measure: Measure
    pilot: float = 0.0
    fewest: int = 30


class Result(NamedTuple):
    """A target beside what was measured; `is_met` is None where too few were there to measure."""

    target: Target
    measured: float
    n: int
    tolerance: float
    is_met: bool | None


def measured(state: State, wanted: list[Target]) -> list[Result]:
    """Return the results of targets in a state."""
    return [_result(state, target) for target in wanted]


def _result(state: State, target: Target) -> Result:
    found = target.measure(state)
    if found.n < target.fewest:
        return Result(target, float("nan"), found.n, float("nan"), None)
    error = found.error * np.sqrt(1 + target.pilot**2 * state.control.students / PILOT)
    tolerance = float(_STANDARD_ERRORS * error + target.systematic)
    is_met = bool(abs(found.value - target.value) <= tolerance)
    return Result(target, found.value, found.n, tolerance, is_met)


def targets(control: Control) -> list[Target]:
    """Return all targets of a state made with a control."""
    parts = (_students, _regions, _graduation, _career_education, _dual_enrollment, _college_going,
             _outcomes, _earnings, _work, _identity)  # fmt: skip
    return [target for part in parts for target in part(control)]


_EVERYBODY = pl.lit(True)
_REMAINING = ~pl.col("exit_code").is_in(REMOVALS)
_ON_TIME = pl.col("how_high_school_ended") == "graduate"
_GRADUATE = pl.col("graduation_date").is_not_null()
_COMPLETER = pl.col("is_completer")
_DUAL = pl.col("is_dual_enrolled")
_GOES = pl.col("goes_to_college_within_year")


def _source(field: str) -> str:
    """Return the source that a parameter's description gives in brackets."""
    description = Control.model_fields[field].description or ""
    return description.rsplit("[", 1)[-1].rstrip("].")


def _share(hits: pl.Series, value: float) -> Measured:
    """Return the share of true values, with the standard error under its target."""
    n = len(hits)
    share = float(hits.mean()) if n else float("nan")  # pyright: ignore[reportArgumentType]
    return Measured(share, n, float(np.sqrt(value * (1 - value) / max(n, 1))))


def _of_persons(
    name: str, of: pl.Expr, among: pl.Expr, value: float, source: str,
    by: By = "all", group: str = "All", systematic: float = 0.005, *, pilot: float = 0.0,
) -> Target:  # fmt: skip
    """Return a target for a share of true persons."""

    def measure(state: State) -> Measured:
        return _share(state.persons.filter(among).select(hit=of)["hit"], value)

    return Target(name, by, group, "share", value, systematic, source, measure, pilot)


def _by_race(
    name: str, of: pl.Expr, among: pl.Expr, field: str, table: dict[str, float], systematic: float
) -> Iterator[Target]:
    for code in RACES:
        members = among & (pl.col("race_ethnicity_code") == code)
        yield _of_persons(
            name, of, members, table[code], _source(field), "race", RACE_NAMES[code], systematic
        )


def _by_program(
    name: str, of: pl.Expr, among: pl.Expr, field: str, table: dict[str, float], systematic: float
) -> Iterator[Target]:
    for flag, value in table.items():
        yield _of_persons(
            name, of, among & pl.col(flag), value, _source(field), "program", PROGRAM_NAMES[flag],
            systematic,
        )  # fmt: skip


def _students(control: Control) -> Iterator[Target]:
    name = "ninth-graders"
    for code in RACES:
        member = pl.col("race_ethnicity_code") == code
        yield _of_persons(name, member, _EVERYBODY, control.race_mix[code], _source("race_mix"),
                          "race", RACE_NAMES[code], 0.001)  # fmt: skip
    women = control.women * (1 - control.nonbinary)
    shares = {"F": women, "M": 1 - control.nonbinary - women, "X": control.nonbinary}
    for code, share in shares.items():
        member = pl.col("gender_code") == code
        yield _of_persons(name, member, _EVERYBODY, share, _source("women"), "gender",
                          GENDER_NAMES[code], 0.001)  # fmt: skip
    wanted = _PROGRAM_SHARES | {
        "has_disability": control.disability,
        "is_foster": control.foster,
        "is_homeless": control.homeless,
    }
    fields = ("economically_disadvantaged", "english_learner", "disability", "foster", "homeless")
    for (flag, share), field in zip(wanted.items(), fields, strict=True):
        systematic = 0.01 if flag in _PROGRAM_SHARES else 0.001
        yield _of_persons(name, pl.col(flag), _EVERYBODY, share, _source(field), "program",
                          PROGRAM_NAMES[flag], systematic)  # fmt: skip


def _regions(_: Control) -> Iterator[Target]:
    def measure_in(region: str) -> Measure:
        def measure(state: State) -> Measured:
            share = _share(state.persons["macroregion"] == region, 0).value
            world = state.world
            inside = world.county_macroregion[world.district_county] == MACROREGIONS.index(region)
            spread = _SIZE_SPREAD / np.sqrt(max(inside.sum(), 1))
            return Measured(share, int(inside.sum()), share * (1 - share) * spread)

        return measure

    counties = county_facts()
    residents = counties["population_2020"].to_numpy()
    for region in MACROREGIONS:
        inside = (counties["macroregion"] == region).to_numpy()
        share = float(residents[inside].sum() / residents.sum())
        yield Target("ninth-graders", "region", region, "share", share, 0.005,
                     "Census 2020; n is districts", measure_in(region), fewest=1)  # fmt: skip


def _graduation(control: Control) -> Iterator[Target]:
    name = "graduates on time"
    yield _of_persons(name, _ON_TIME, _REMAINING, control.graduation, _source("graduation"))
    yield from _by_race(name, _ON_TIME, _REMAINING, "graduation_by_race",
                        control.graduation_by_race, 0.01)  # fmt: skip
    yield from _by_program(name, _ON_TIME, _REMAINING, "graduation_by_program",
                           control.graduation_by_program, 0.005)  # fmt: skip
    source = "CDE 5-year rates, 2020-21; of another cohort"
    for code, value in _FIVE_YEAR["race_ethnicity_code"].items():
        members = _REMAINING & (pl.col("race_ethnicity_code") == code)
        yield _of_persons("graduates in five years", _GRADUATE, members, value, source, "race",
                          RACE_NAMES[code], 0.03)  # fmt: skip
    for flag, value in _FIVE_YEAR["program"].items():
        yield _of_persons("graduates in five years", _GRADUATE, _REMAINING & pl.col(flag), value,
                          source, "program", PROGRAM_NAMES[flag], 0.03)  # fmt: skip


def _career_education(control: Control) -> Iterator[Target]:
    yield _of_persons(
        "CTE participants", pl.col("is_cte_participant"), _EVERYBODY, control.cte_participation,
        _source("cte_participation"), pilot=1,
    )  # fmt: skip
    yield _of_persons(
        "CTE concentrators", pl.col("is_cte_concentrator"), _EVERYBODY, control.cte_concentration,
        _source("cte_concentration"), pilot=1,
    )  # fmt: skip
    yield _of_persons(
        "CTE completers of 300 hours among graduates", pl.col("is_pathway_completer_300_hours"),
        _GRADUATE, 0.175, "15 to 20 % under the rule of C- and 300 hours [recall]",
        systematic=0.025,
    )  # fmt: skip


def _dual_enrollment(control: Control) -> Iterator[Target]:
    name = "dual-enrolled graduates"
    # Classes are named for the spring of their fourth year.
    for turn, year in enumerate(control.cohort_years):
        share = control.dual_enrollment + turn * control.dual_enrollment_growth
        of_class = _GRADUATE & (pl.col("cohort").str.slice(0, 4) == str(year))
        yield _of_persons(name, _DUAL, of_class, share, _source("dual_enrollment_growth"), "class",
                          f"Class of {year + 4}")  # fmt: skip
    for code, share in control.dual_enrollment_by_race.items():
        members = pl.col("race_ethnicity_code") == code
        yield _dual_gap(members, share, "race", RACE_NAMES[code])
    poor = "is_economically_disadvantaged"
    share = control.dual_enrollment_disadvantaged
    yield _dual_gap(pl.col(poor), share, "program", PROGRAM_NAMES[poor])
    yield _of_persons("CCAP among dual-enrolled", pl.col("is_ccap"), _DUAL, control.ccap,
                      _source("ccap"))  # fmt: skip
    for under, share in zip((False, True), control.career_sections, strict=True):
        yield _career_sections(share, under)


def _dual_gap(members: pl.Expr, share: float, by: By, group: str) -> Target:
    """Return a target for a group's dual enrolment against what its published gap makes of it.

    The table tells of another year. So its gap on the log-odds scale is added to the share of
    everybody in the measured state, and the ratio to that should be 1.
    """
    gap = float(log_odds(share) - log_odds(GAPS_TOTAL))

    def measure(state: State) -> Measured:
        graduates = state.persons.filter(_GRADUATE)
        everybody = _share(graduates["is_dual_enrolled"], 0).value
        found = _share(graduates.filter(members)["is_dual_enrolled"], everybody)
        expected = float(sigmoid(log_odds(everybody) + gap))
        return Measured(found.value / expected, found.n, found.error / expected)

    return Target("dual enrolment against the published gap", by, group, "ratio", 1.0,
                  0.08, _source("dual_enrollment_by_race"), measure)  # fmt: skip


def _career_sections(share: float, under: bool) -> Target:
    def measure(state: State) -> Measured:
        sections = state.dual_sections.filter((pl.col("is_ccap") == "Y") == under)
        return _share(~sections["top_code"].is_in(GENERAL_TOP), share)

    where = "under CCAP" if under else "outside CCAP"
    # A section outside the agreement may be of a student who is under it.
    return Target("career sections of dual enrolment", "all", where, "share", share, 0.01,
                  _source("career_sections"), measure)  # fmt: skip


def _college_going(control: Control) -> Iterator[Target]:
    name = "in college within a year"
    yield _of_persons(name, _GOES, _COMPLETER, control.college_going, _source("college_going"))
    yield from _by_race(name, _GOES, _COMPLETER, "college_going_by_race",
                        control.college_going_by_race, 0.02)  # fmt: skip
    for code, value in control.college_going_by_gender.items():
        members = _COMPLETER & (pl.col("gender_code") == code)
        yield _of_persons(name, _GOES, members, value, _source("college_going_by_gender"),
                          "gender", GENDER_NAMES[code], 0.02)  # fmt: skip
    yield from _by_program(name, _GOES, _COMPLETER, "college_going_by_program",
                           control.college_going_by_program, 0.005)  # fmt: skip
    for region, value in control.college_going_by_region.items():
        yield _of_persons(name, _GOES, _COMPLETER & (pl.col("macroregion") == region), value,
                          _source("college_going_by_region"), "region", region, 0.03)  # fmt: skip
    # 82 % against 66 % in the state (PPIC 2023), as a ratio: the state's level is another year's.
    yield _of_persons(f"{name}, after CCAP", _GOES, _COMPLETER & pl.col("is_ccap"),
                      control.college_going * 0.82 / 0.66,
                      "PPIC 2023: 82 % after CCAP, 66 % of all", systematic=0.03)  # fmt: skip
    yield _of_persons("at a community college among college-goers", ~pl.col("starts_at_university"),
                      _GOES, 1 - control.to_university, _source("to_university"))  # fmt: skip


_COMMUNITY_AWARDS = {"certificate": ("N", "M", "T", "O", "G"), "associate": ("A", "S")}
_YEARS_TO_OUTCOME = 6


def _outcomes(control: Control) -> Iterator[Target]:
    for outcome, share in control.community_outcomes.items():
        yield Target("community-college starters after six years", "all", outcome, "share",
                     share, 0.015, _source("community_outcomes"), _outcome(outcome, share),
                     pilot=1)  # fmt: skip
    yield Target("bachelor's degree of university starters", "all", "All", "share",
                 control.university_completion, 0.01, _source("university_completion"),
                 _degree(control.university_completion, direct=True))  # fmt: skip
    yield Target("bachelor's degree after transfer", "all", "All", "share",
                 control.transfer_completion, 0.015, _source("transfer_completion"),
                 _degree(control.transfer_completion, direct=False))  # fmt: skip


def _first_years(state: State) -> pl.DataFrame:
    """Return persons in college, with the first years at a community college and a university."""
    community = pl.col("year").filter(~pl.col("is_university")).min()
    university = pl.col("year").filter("is_university").min()
    terms = state.terms.group_by("person_truth_id").agg(community=community, university=university)
    return terms.with_columns(
        is_direct=pl.col("university").is_not_null()
        & (pl.col("community").is_null() | (pl.col("community") > pl.col("university")))
    )


def _outcome(outcome: str, share: float) -> Measure:
    def measure(state: State) -> Measured:
        last = pl.col("community") + _YEARS_TO_OUTCOME
        starters = _first_years(state).filter(
            ~pl.col("is_direct"), last - 1 <= state.control.last_academic_year
        )
        awards = state.credentials.select("person_truth_id", "award_type_code", awarded="year")
        seen = starters.join(awards, on="person_truth_id", how="left").with_columns(
            in_time=pl.col("awarded") < last
        )
        kinds = {
            kind: (pl.col("in_time") & pl.col("award_type_code").is_in(codes)).any()
            for kind, codes in _COMMUNITY_AWARDS.items()
        }
        moved = (pl.col("university") < last).fill_null(False)
        found = seen.group_by("person_truth_id").agg(
            moved.any().alias("transfer"), *(e.fill_null(False).alias(k) for k, e in kinds.items())
        )
        both = pl.col("transfer") & pl.col("associate")
        came_to = (
            pl.when(both).then(pl.lit("associate and transfer"))
            .when("transfer").then(pl.lit("transfer"))
            .when("associate").then(pl.lit("associate"))
            .when("certificate").then(pl.lit("certificate"))
            .otherwise(pl.lit("none"))
        )  # fmt: skip
        return _share(found.select(hit=came_to == outcome)["hit"], share)

    return measure


def _degree(share: float, *, direct: bool) -> Measure:
    # Years that a degree takes at most after coming to a university.
    most = 5 if direct else 3

    def measure(state: State) -> Measured:
        came = pl.col("is_direct") if direct else ~pl.col("is_direct")
        starters = _first_years(state).filter(
            came, pl.col("university") + most - 1 <= state.control.last_academic_year
        )
        degrees = state.credentials.filter(pl.col("award_type_code") == "B")
        hits = starters["person_truth_id"].is_in(degrees["person_truth_id"].implode())
        return _share(hits, share)

    return measure


def _earnings(control: Control) -> Iterator[Target]:
    for row, (level, points) in enumerate(control.earnings_by_credential.items()):
        for years, usd in zip(YEARS_AFTER, points, strict=True):
            yield Target(f"median earnings {years} years after leaving", "credential",
                         CREDENTIAL_NAMES[level], "USD", usd, 0.03 * usd,
                         _source("earnings_by_credential"), _median(row, years),
                         pilot=0.5)  # fmt: skip


def _median(level: int, years: int) -> Measure:
    def measure(state: State) -> Measured:
        seen = state.quarters_of_work.filter(near(years), pl.col("level") == level)
        n = seen["person_truth_id"].n_unique()
        if n < 2:
            return Measured(float("nan"), 0, 0.0)
        median = float(np.median(seen["annual"].to_numpy()))
        # Of the median of a lognormal number; the median deviation ignores short quarters.
        spread = 1.4826 * np.median(np.abs(np.log(seen["annual"].to_numpy() / median)))
        error = np.sqrt(np.pi / 2) * median * spread / np.sqrt(n)
        return Measured(median, n, float(error))

    return measure


def _work(control: Control) -> Iterator[Target]:
    in_state = ~pl.col("exit_code").is_in(("T200", "T240", "E130"))
    for kind in ("federal", "self_employed", "out_of_state"):
        share = float(getattr(control, kind))
        yield _of_persons("out of wage records for good", pl.col("wage_coverage") == kind,
                          in_state, share, _source(kind), group=kind.replace("_", " "),
                          systematic=0.001)  # fmt: skip
    source = "70 % of leavers with an award, 60 % of others [recall]"
    for group, share, awarded in (("with an award", 0.70, True), ("without one", 0.60, False)):
        yield Target("found two quarters after a community college", "all", group, "share", share,
                     0.03, source, _found_after_college(share, awarded=awarded))  # fmt: skip
    yield Target("found two quarters after high school", "all", "not in college", "share", 0.575,
                 0.035, "55 to 60 % [recall]", _found_after_school(0.575))  # fmt: skip
    yield Target("quarters with two employers or more", "all", "All", "share",
                 control.second_employer, 0.02, _source("second_employer"),
                 _two_employers(control.second_employer))  # fmt: skip


def _found(state: State, at: pl.DataFrame, share: float) -> Measured:
    """Return how many persons are found in the quarter named beside them."""
    known = at.filter(pl.col("quarter") < state.control.wage_quarters)
    paid = state.quarters_of_work.select("person_truth_id", "quarter", found=pl.lit(True))
    seen = known.join(paid, on=["person_truth_id", "quarter"], how="left")
    return _share(seen["found"].fill_null(False), share)


def _found_after_college(share: float, *, awarded: bool) -> Measure:
    def measure(state: State) -> Measured:
        at_university = state.terms.filter("is_university")["person_truth_id"].implode()
        college_awards = [code for codes in _COMMUNITY_AWARDS.values() for code in codes]
        holders = state.credentials.filter(pl.col("award_type_code").is_in(college_awards))
        leavers = state.enrolled.filter(~pl.col("person_truth_id").is_in(at_university))
        last = leavers.group_by("person_truth_id").agg(pl.col("quarter").max())
        has = pl.col("person_truth_id").is_in(holders["person_truth_id"].implode())
        # Who is enrolled in the last reported spring may not have left.
        final = (state.control.last_academic_year - state.control.first_wage_year) * 4 + 2
        gone = last.filter(pl.col("quarter").is_between(0, final - 1), has == awarded)
        return _found(state, gone.with_columns(pl.col("quarter") + 2), share)

    return measure


def _found_after_school(share: float) -> Measure:
    def measure(state: State) -> Measured:
        out = state.persons.filter(_COMPLETER & ~_GOES).select("person_truth_id")
        left = state.left.filter(pl.col("left") > 0)
        at = out.join(left, on="person_truth_id").with_columns(quarter=pl.col("left") + 1)
        return _found(state, at, share)

    return measure


def _two_employers(share: float) -> Measure:
    def measure(state: State) -> Measured:
        work = state.quarters_of_work
        persons = work["person_truth_id"].n_unique()
        found = _share(work["employers"] >= 2, share)
        return Measured(found.value, persons, float(np.sqrt(share * (1 - share) / persons)))

    return measure


def _identity(control: Control) -> Iterator[Target]:
    yield _of_persons("twins", pl.col("twin_of").is_not_null(), _EVERYBODY, control.twins / 2,
                      _source("twins"), systematic=0.001)  # fmt: skip
    yield _of_persons("namesakes", pl.col("namesake_of").is_not_null(), _EVERYBODY,
                      control.namesakes, _source("namesakes"), systematic=0.0005)  # fmt: skip
    lacking = (
        ("dual_sections", "state_student_id", control.dual_state_id_missing,
         "dual_state_id_missing"),
        ("dual_sections", "ssn", control.dual_ssn_missing, "dual_ssn_missing"),
        ("terms", "state_student_id", 1 - control.college_state_id, "college_state_id"),
        ("terms", "ssn", control.ssn_missing, "ssn_missing"),
    )  # fmt: skip
    for feed, column, share, field in lacking:
        group = "dual-enrolled" if feed == "dual_sections" else "in college"
        what = "an SSN" if column == "ssn" else "a state id"
        yield Target(f"without {what} on file", "all", group, "share", share, 0.005,
                     _source(field), _missing(feed, column, share))  # fmt: skip
    yield Target("SSN on file with a wrong digit", "all", "in college", "share", control.ssn_typo,
                 0.0005, _source("ssn_typo"), _mistyped(control.ssn_typo))  # fmt: skip
    yield _of_persons("paid under a borrowed SSN", pl.col("works_under_borrowed_ssn"), _EVERYBODY,
                      control.ssn_borrowed, _source("ssn_borrowed"), systematic=0.0005)  # fmt: skip
    more = control.two_surnames * control.surname_variant
    yield Target("other surname at a college, beyond White", "race", RACE_NAMES["RH"],
                 "share", more, 0.02, _source("surname_variant"), _surname_gap(more))  # fmt: skip


def _files(state: State, feed: str) -> pl.DataFrame:
    """Return one row of a feed for each person and college."""
    rows: pl.DataFrame = getattr(state, feed)
    return rows.unique(["person_truth_id", "institution_id"], keep="first", maintain_order=True)


def _missing(feed: str, column: str, share: float) -> Measure:
    def measure(state: State) -> Measured:
        return _share(_files(state, feed)[column].is_null(), share)

    return measure


def _mistyped(share: float) -> Measure:
    def measure(state: State) -> Measured:
        true = state.persons.select("person_truth_id", true="ssn")
        known = _files(state, "terms").drop_nulls("ssn").join(true, on="person_truth_id")
        return _share(known["ssn"] != known["true"], share)

    return measure


def _surname_gap(value: float) -> Measure:
    def measure(state: State) -> Measured:
        true = state.persons.select(
            "person_truth_id", "race_ethnicity_code", true=pl.col("last_name")
        )
        known = _files(state, "terms").drop("race_ethnicity_code").join(true, on="person_truth_id")
        plain = pl.col("true").str.normalize("NFKD").str.replace_all(r"\p{M}", "")
        known = known.with_columns(differs=pl.col("last_name") != plain)
        latino, white = (
            _share(known.filter(pl.col("race_ethnicity_code") == code)["differs"], value)
            for code in ("RH", "RW")
        )
        error = float(np.hypot(latino.error, white.error))
        return Measured(latino.value - white.value, latino.n + white.n, error)

    return measure
