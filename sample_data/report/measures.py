"""Targets that need more than a share of persons: gaps, regions, outcomes, earnings, work, files.

Lives here: how each is measured in a state. Does not: shares of persons (`targets`).
"""

from collections.abc import Callable, Iterator

import numpy as np
import polars as pl

from sample_data.control import MACROREGIONS, Control
from sample_data.draws import log_odds, sigmoid
from sample_data.high_school.dual_enrollment import GAPS_TOTAL
from sample_data.lives.earnings import YEARS_AFTER
from sample_data.report.state import State, near
from sample_data.report.target import (
    CONDITIONS,
    CREDENTIAL_NAMES,
    GENDER_NAMES,
    PROGRAM_NAMES,
    RACE_NAMES,
    By,
    Measure,
    Measured,
    Target,
    of_persons,
    share_of,
    source_of,
)
from sample_data.world.fields import GENERAL_TOP
from sample_data.world.geography import county_facts

_GRADUATE = CONDITIONS["graduate"]
_COMPLETER, _DUAL, _GOES = (
    pl.col(name) for name in ("is_completer", "is_dual_enrolled", "goes_to_college_within_year")
)
# District and school sizes vary by this much around what the counties' residents would give.
_SIZE_SPREAD = 0.36


def _derived(control: Control) -> Iterator[Target]:
    """Give shares of persons whose targets are computed from several parameters."""
    women = control.women * (1 - control.nonbinary)
    shares = {"F": women, "M": 1 - control.nonbinary - women, "X": control.nonbinary}
    everybody = CONDITIONS[""]
    for code, share in shares.items():
        member = pl.col("gender_code") == code
        yield of_persons("ninth-graders", member, everybody, share, source_of("women"), "gender",
                         GENDER_NAMES[code], 0.001)  # fmt: skip
    # 82 % against 66 % in the state (PPIC 2023), as a ratio: the state's level is another year's.
    yield of_persons("in college within a year, after CCAP", _GOES, _COMPLETER & pl.col("is_ccap"),
                     control.college_going * 0.82 / 0.66,
                     "PPIC 2023: 82 % after CCAP, 66 % of all", systematic=0.03)  # fmt: skip
    yield of_persons("at a community college among college-goers",
                     CONDITIONS["in community college"], _GOES, 1 - control.to_university,
                     source_of("to_university"))  # fmt: skip
    yield of_persons("twins", CONDITIONS["twin"], everybody, control.twins / 2,
                     source_of("twins"), systematic=0.001)  # fmt: skip


def _regions(_: Control) -> Iterator[Target]:
    def measure_in(region: str) -> Measure:
        def measure(state: State) -> Measured:
            share = share_of(state.persons["macroregion"] == region, 0).value
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


def _dual_enrollment(control: Control) -> Iterator[Target]:
    name = "dual-enrolled graduates"
    # Classes are named for the spring of their fourth year.
    for turn, year in enumerate(control.cohort_years):
        share = control.dual_enrollment + turn * control.dual_enrollment_growth
        of_class = _GRADUATE & (pl.col("cohort").str.slice(0, 4) == str(year))
        yield of_persons(name, _DUAL, of_class, share, source_of("dual_enrollment_growth"), "class",
                          f"Class of {year + 4}")  # fmt: skip
    for code, share in control.dual_enrollment_by_race.items():
        members = pl.col("race_ethnicity_code") == code
        yield _dual_gap(members, share, "race", RACE_NAMES[code])
    poor = "is_economically_disadvantaged"
    share = control.dual_enrollment_disadvantaged
    yield _dual_gap(pl.col(poor), share, "program", PROGRAM_NAMES[poor])
    for under, share in zip((False, True), control.career_sections, strict=True):
        yield _career_sections(share, under)


def _dual_gap(members: pl.Expr, share: float, by: By, group: str) -> Target:
    """Return a target for a group's dual enrolment against what its published gap makes of it.

    The table is of another year. So its gap on the log-odds scale is added to the share of
    everybody in the measured state, and the ratio to that should be 1.
    """
    gap = float(log_odds(share) - log_odds(GAPS_TOTAL))

    def measure(state: State) -> Measured:
        graduates = state.persons.filter(_GRADUATE)
        everybody = share_of(graduates["is_dual_enrolled"], 0).value
        measured = share_of(graduates.filter(members)["is_dual_enrolled"], everybody)
        expected = float(sigmoid(log_odds(everybody) + gap))
        return Measured(measured.value / expected, measured.n, measured.error / expected)

    return Target("dual enrolment against the published gap", by, group, "ratio", 1.0,
                  0.08, source_of("dual_enrollment_by_race"), measure)  # fmt: skip


def _career_sections(share: float, under: bool) -> Target:
    def measure(state: State) -> Measured:
        sections = state.dual_sections.filter((pl.col("is_ccap") == "Y") == under)
        return share_of(~sections["top_code"].is_in(GENERAL_TOP), share)

    where = "under CCAP" if under else "outside CCAP"
    # A section outside the agreement may be of a student who is under it.
    return Target("career sections of dual enrolment", "all", where, "share", share, 0.01,
                  source_of("career_sections"), measure)  # fmt: skip


_COMMUNITY_AWARDS = {"certificate": ("N", "M", "T", "O", "G"), "associate": ("A", "S")}
_YEARS_TO_OUTCOME = 6


def _outcomes(control: Control) -> Iterator[Target]:
    for outcome, share in control.community_outcomes.items():
        yield Target("community-college starters after six years", "all", outcome, "share",
                     share, 0.015, source_of("community_outcomes"), _outcome(outcome, share),
                     pilot=1)  # fmt: skip
    yield Target("bachelor's degree of university starters", "all", "All", "share",
                 control.university_completion, 0.01, source_of("university_completion"),
                 _degree(control.university_completion, direct=True))  # fmt: skip
    yield Target("bachelor's degree after transfer", "all", "All", "share",
                 control.transfer_completion, 0.015, source_of("transfer_completion"),
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
        outcomes = seen.group_by("person_truth_id").agg(
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
        return share_of(outcomes.select(hit=came_to == outcome)["hit"], share)

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
        return share_of(hits, share)

    return measure


def _earnings(control: Control) -> Iterator[Target]:
    for row, (level, points) in enumerate(control.earnings_by_credential.items()):
        for years, usd in zip(YEARS_AFTER, points, strict=True):
            yield Target(f"median earnings {years} years after leaving", "credential",
                         CREDENTIAL_NAMES[level], "USD", usd, 0.03 * usd,
                         source_of("earnings_by_credential"), _median(row, years),
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
    source = "70 % of leavers with an award, 60 % of others [recall]"
    for group, share, awarded in (("with an award", 0.70, True), ("without one", 0.60, False)):
        yield Target("found two quarters after a community college", "all", group, "share", share,
                     0.03, source, _found_after_college(share, awarded=awarded))  # fmt: skip
    yield Target("found two quarters after high school", "all", "not in college", "share", 0.575,
                 0.035, "55 to 60 % [recall]", _found_after_school(0.575))  # fmt: skip
    yield Target("quarters with two employers or more", "all", "All", "share",
                 control.second_employer, 0.02, source_of("second_employer"),
                 _two_employers(control.second_employer))  # fmt: skip


def _in_wages(state: State, at: pl.DataFrame, share: float) -> Measured:
    """Return how many persons are found in the quarter named beside them."""
    known = at.filter(pl.col("quarter") < state.control.wage_quarters)
    paid = state.quarters_of_work.select("person_truth_id", "quarter", found=pl.lit(True))
    seen = known.join(paid, on=["person_truth_id", "quarter"], how="left")
    return share_of(seen["found"].fill_null(False), share)


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
        return _in_wages(state, gone.with_columns(pl.col("quarter") + 2), share)

    return measure


def _found_after_school(share: float) -> Measure:
    def measure(state: State) -> Measured:
        out = state.persons.filter(_COMPLETER & ~_GOES).select("person_truth_id")
        left = state.left.filter(pl.col("left") > 0)
        at = out.join(left, on="person_truth_id").with_columns(quarter=pl.col("left") + 1)
        return _in_wages(state, at, share)

    return measure


def _two_employers(share: float) -> Measure:
    def measure(state: State) -> Measured:
        work = state.quarters_of_work
        persons = work["person_truth_id"].n_unique()
        measured = share_of(work["employers"] >= 2, share)
        return Measured(measured.value, persons, float(np.sqrt(share * (1 - share) / persons)))

    return measure


def _identity(control: Control) -> Iterator[Target]:
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
                     source_of(field), _missing(feed, column, share))  # fmt: skip
    yield Target("SSN on file with a wrong digit", "all", "in college", "share", control.ssn_typo,
                 0.0005, source_of("ssn_typo"), _mistyped(control.ssn_typo))  # fmt: skip
    more = control.two_surnames * control.surname_variant
    yield Target("other surname at a college, beyond White", "race", RACE_NAMES["RH"],
                 "share", more, 0.02, source_of("surname_variant"), _surname_gap(more))  # fmt: skip


def _files(state: State, feed: str) -> pl.DataFrame:
    """Return one row of a feed for each person and college."""
    rows: pl.DataFrame = getattr(state, feed)
    return rows.unique(["person_truth_id", "institution_id"], keep="first", maintain_order=True)


def _missing(feed: str, column: str, share: float) -> Measure:
    def measure(state: State) -> Measured:
        return share_of(_files(state, feed)[column].is_null(), share)

    return measure


def _mistyped(share: float) -> Measure:
    def measure(state: State) -> Measured:
        true = state.persons.select("person_truth_id", true="ssn")
        known = _files(state, "terms").drop_nulls("ssn").join(true, on="person_truth_id")
        return share_of(known["ssn"] != known["true"], share)

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
            share_of(known.filter(pl.col("race_ethnicity_code") == code)["differs"], value)
            for code in ("RH", "RW")
        )
        error = float(np.hypot(latino.error, white.error))
        return Measured(latino.value - white.value, latino.n + white.n, error)

    return measure


SPECIAL: tuple[Callable[[Control], Iterator[Target]], ...] = (
    _derived, _regions, _dual_enrollment, _outcomes, _earnings, _work, _identity,
)  # fmt: skip
