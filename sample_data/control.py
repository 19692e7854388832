"""Every number the synthetic state is made from, with its unit and source, and its random streams.

Lives here: `Control`, the one object a generation depends on, and `stream`, which turns its seed
into independent random streams by name. Does not: any simulation or file.
Sources in brackets: the published tables they come from, or "design" for a chosen value.
"""

import hashlib
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

RACES = ("RH", "RW", "RA", "RB", "RF", "RT", "RP", "RI", "RD")


def _share(default: float, meaning: str, source: str) -> Any:
    return Field(default, ge=0, le=1, description=f"{meaning}; share 0 to 1 [{source}].")


def _by_race(values: tuple[float, ...], meaning: str, source: str) -> Any:
    default = dict(zip(RACES, values, strict=True))
    return Field(default, description=f"{meaning}; share 0 to 1 by race code [{source}].")


def _count(default: int, low: int, meaning: str, source: str) -> Any:
    return Field(default, ge=low, description=f"{meaning} [{source}].")


def _log_odds(default: float, meaning: str, source: str = "design") -> Any:
    return Field(default, description=f"{meaning}; log-odds [{source}].")


class Control(BaseModel):
    """Parameters of a synthetic state; two equal controls give the same bytes.

    A rate that a group table and a target both describe keeps the table's gaps and is shifted to
    meet the target, so that the marginal holds whatever the mix of people.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = _count(20240701, 0, "Seed of every random stream; any integer", "design")
    students: int = _count(4000, 100, "Ninth-graders over all cohorts; persons", "design")
    dirt: Literal["default", "none"] = Field(
        default="default", description="Whether labelled corruptions are planted; a name [design]."
    )
    examples_per_rule: int = _count(
        1, 1, "Rows that break each row rule, for each feed it applies to; rows", "design"
    )

    first_ninth_grade_year: int = _count(
        2012, 2000, "Year in which the first cohort starts grade 9; calendar year", "design"
    )
    cohorts: int = _count(5, 1, "Ninth-grade cohorts, one a year; cohorts", "design")
    last_academic_year: int = _count(
        2024, 2000, "Year in which the last reported academic year starts; calendar year", "design"
    )
    first_wage_year: int = _count(
        2016, 2000, "Year of the first wage quarter, Q1; calendar year", "design"
    )
    wage_quarters: int = _count(38, 1, "Wage quarters in a row; quarters", "design")

    districts: int = _count(8, 1, "Districts that deliver, one a county in turn", "design")
    schools_per_district: int = _count(2, 2, "High schools of each district; schools", "design")
    colleges: int = _count(6, 2, "Community colleges; institutions", "design")
    universities: int = _count(2, 1, "Universities; institutions", "design")
    silent_districts: int = _count(
        6, 3, "Registered districts with no good delivery; bad files come from them", "design"
    )
    pathways_per_school: int = _count(7, 2, "CTE pathways a school offers; pathways", "design")

    race_mix: dict[str, float] = _by_race(
        (0.56, 0.20, 0.095, 0.047, 0.022, 0.045, 0.005, 0.005, 0.021),
        "Share of each race or ethnicity among students",
        "Ed100, 2023; split of 'other' by design",
    )
    nonbinary: float = _share(0.005, "Students whose gender is X", "design")
    economically_disadvantaged: dict[str, float] = _by_race(
        (0.74, 0.32, 0.40, 0.70, 0.34, 0.43, 0.60, 0.68, 0.50),
        "Socioeconomically disadvantaged students",
        "design, about 60 % in all",
    )
    english_learner: dict[str, float] = _by_race(
        (0.18, 0.02, 0.12, 0.02, 0.06, 0.02, 0.05, 0.02, 0.05),
        "English learners in high school",
        "design, about 12 % in all",
    )
    disability: float = _share(0.13, "Students with a disability", "design")
    foster: float = _share(0.008, "Students in foster care", "design")
    homeless: float = _share(0.035, "Homeless students", "design")
    held_back: float = _share(0.04, "Ninth-graders a year older than their class", "design")

    graduation: float = _share(
        0.85,
        "On-time graduates among ninth-graders who didn't leave for another state or system",
        "CDE 2020-21: 83.6 %; 86 to 87 % in 2023-24",
    )
    graduation_by_race: dict[str, float] = _by_race(
        (0.805, 0.882, 0.941, 0.725, 0.938, 0.855, 0.817, 0.730, 0.728),
        "On-time graduates",
        "CDE 2020-21",
    )
    graduation_disadvantaged: float = _log_odds(
        -0.45, "Effect of disadvantage on graduating", "CDE 2020-21: 80.4 % against 83.6 %"
    )
    graduation_disability: float = _log_odds(
        -0.85, "Effect of a disability on graduating", "CDE 2020-21: 68.6 %"
    )
    graduation_english_learner: float = _log_odds(
        -0.75, "Effect of being an English learner on graduating", "CDE 2020-21: 67.1 %"
    )
    graduation_foster: float = _log_odds(
        -1.2, "Effect of foster care on graduating", "CDE 2020-21: 55.7 %"
    )
    graduation_homeless: float = _log_odds(
        -0.7, "Effect of homelessness on graduating", "CDE 2020-21: 67.8 %"
    )
    graduation_concentrator: float = _log_odds(0.5, "Effect of a CTE concentration on graduating")
    ability_effect: float = _log_odds(0.8, "Effect of one standard deviation of school ability")
    leaves_system: float = _share(
        0.06, "Ninth-graders who leave for another state, country or system", "design"
    )
    fifth_year: float = _share(
        0.25, "Late graduates among those who don't graduate on time", "CDE 5-year rates, 2020-21"
    )
    equivalency: float = _share(
        0.10, "GED, proficiency exam or adult-school diploma, same base as fifth_year", "design"
    )
    unfinished: float = _share(
        0.10, "Finished grade 12 without completing, same base as fifth_year", "design"
    )
    transition_program: float = _share(
        0.2,
        "Students with a disability, among those who don't graduate on time, who stay up to age 22",
        "design",
    )
    summer_graduates: float = _share(0.015, "On-time graduates who finish in July", "design")
    school_moves: float = _share(0.10, "Students who change school inside the state", "design")
    no_show: float = _share(0.004, "Students first reported as no-shows elsewhere", "design")
    open_spell: float = _share(0.03, "Year-end spells delivered without an exit", "design")
    secondary_enrollment: float = _share(
        0.02, "Students who also have a secondary enrolment in a year", "design"
    )

    cte_participation: float = _share(
        0.52, "Ninth-graders who mean to take a CTE course", "NASDCTEc: 51 % took one, 2013"
    )
    cte_concentration: float = _share(
        0.27, "Ninth-graders who mean to take two or more", "NASDCTEc: 24 % did, 2013"
    )
    capstone_taken: float = _share(0.77, "Concentrators who take the capstone course", "design")
    capstone_passed: float = _share(0.90, "Capstone grades of C- or better", "design")
    semester_course: float = _share(0.20, "CTE courses of one semester, 90 hours", "design")
    work_based_learning: float = _share(0.40, "CTE student-years with an opportunity", "design")
    pathway_certification: float = _share(
        0.30, "Pathway completers with an industry certification", "design"
    )

    dual_enrollment: float = _share(
        0.18, "Graduates who ever dual-enrolled, mean over cohorts", "Wheelhouse: 18.2 % (2019)"
    )
    dual_enrollment_growth: float = Field(
        default=0.03,
        description="Rise of dual_enrollment from one cohort to the next; share 0 to 1 "
        "[Wheelhouse: 11.3 % (2016) to 18.2 % (2019)].",
    )
    dual_enrollment_by_race: dict[str, float] = _by_race(
        (0.109, 0.139, 0.185, 0.088, 0.185, 0.139, 0.11, 0.10, 0.12),
        "Seniors who dual-enrolled",
        "Wheelhouse, seniors 2016-17",
    )
    ccap: float = _share(
        0.15, "Dual-enrolled students under a CCAP agreement", "PPIC: 11 % class of 2020, rising"
    )

    college_going: float = _share(
        0.64, "High-school completers in college within 12 months", "CDE 2017-18: 64.4 %"
    )
    college_going_by_race: dict[str, float] = _by_race(
        (0.58, 0.704, 0.839, 0.597, 0.80, 0.66, 0.57, 0.52, 0.60),
        "High-school completers in college within 12 months",
        "CDE 2017-18, PPIC class of 2020",
    )
    college_going_women: float = _log_odds(
        0.4, "Effect of being a woman on college-going", "PPIC class of 2020: 68 against 57 %"
    )
    college_going_disadvantaged: float = _log_odds(
        -0.55, "Effect of disadvantage on college-going", "PPIC class of 2020: 54 %"
    )
    college_going_dual_enrollment: float = _log_odds(
        0.8, "Effect of dual enrolment on college-going", "PPIC 2023: 82 % after CCAP"
    )
    college_going_pathway: float = _log_odds(0.25, "Effect of a completed pathway")
    to_university: float = _share(
        0.38, "College-goers who start at a university", "PPIC: 31.4 of 84 % in state, 2021-22"
    )
    delayed_entry: float = _share(0.12, "Completers not in college who enter later", "design")
    noncompleter_entry: float = _share(0.08, "Non-completers who enter college later", "design")
    cte_program: float = _share(
        0.5, "Community-college students in a CTE program", "NASDCTEc: 45 %"
    )
    stays_in_sector: float = _share(
        0.6, "Concentrators in a CTE program who stay in their sector", "design"
    )
    undeclared: float = _share(0.15, "Community-college students who declare late", "design")
    stop_out: float = _share(0.15, "Community-college students who stop out and return", "design")
    second_college: float = _share(0.08, "Community-college students at a second one", "design")
    cc_outcomes: tuple[float, float, float, float, float] = Field(
        default=(0.57, 0.12, 0.17, 0.06, 0.08),
        description="Community-college outcomes: no award, certificate, associate degree, transfer "
        "without and with a degree; shares that sum to 1 [design; completion about one third].",
    )
    university_completion: float = _share(
        0.65, "University starters who earn a bachelor's degree", "design"
    )
    transfer_completion: float = _share(0.75, "Transfers who earn a bachelor's degree", "design")

    never_in_wages: float = _share(
        0.15,
        "Persons no wage record covers: federal, self-employed, out of state, no SSN",
        "design: 3 % federal, 6 % self-employed, 5 % out of state",
    )
    employed_in_high_school: float = _share(0.15, "Quarters with wages, age 17 on", "design")
    employed_in_college: float = _share(0.50, "Quarters with wages of enrolled students", "design")
    employed_after: float = _share(
        0.80,
        "Quarters with wages of covered persons who left school",
        "design: 60 to 70 % of all leavers found in a quarter",
    )
    earnings_by_credential: dict[str, tuple[float, float, float, float]] = Field(
        default={
            "no_diploma": (15_500, 22_000, 27_000, 35_000),
            "diploma": (18_000, 26_000, 32_000, 42_000),
            "some_college": (20_000, 28_000, 34_000, 45_000),
            "short_certificate": (26_000, 34_000, 39_000, 48_000),
            "associate_transfer": (24_000, 35_000, 42_000, 54_000),
            "long_certificate": (32_000, 41_000, 46_000, 56_000),
            "associate_cte": (34_000, 43_000, 49_000, 60_000),
            "bachelor": (42_000, 58_000, 70_000, 95_000),
            "associate_health": (72_000, 88_000, 95_000, 108_000),
        },
        description="Median annual earnings 1, 3, 5 and 10 years after leaving, by highest "
        "credential from low to high; 2023 US dollars [design].",
    )
    enrolled_earnings: float = _share(
        0.45, "Earnings of an enrolled student as a share of a leaver's", "design"
    )
    earnings_spread: float = Field(
        default=0.42,
        ge=0,
        description="Spread of persons' earnings; log standard deviation [design].",
    )
    earnings_noise: float = Field(
        default=0.22,
        ge=0,
        description="Spread of a person's quarters; log standard deviation [design].",
    )
    earnings_women: float = Field(
        default=-0.10, description="Earnings gap of women at equal credential; log points [design]."
    )
    earnings_by_race: dict[str, float] = Field(
        default=dict(zip(RACES, (-0.05, 0.05, 0.06, -0.08, 0.03, 0, -0.05, -0.08, 0), strict=True)),
        description="Earnings gaps at equal credential; log points by race code [design].",
    )
    earnings_pathway: float = Field(
        default=0.08, description="Earnings effect of a completed pathway; log points [design]."
    )
    wage_inflation: float = Field(
        default=0.035,
        description="Growth of pay from year to year, base 2023; share a year [design].",
    )
    second_employer: float = _share(0.10, "Quarters with a second employer", "design: 8 to 12 %")
    job_change: float = _share(0.08, "Jobs that end in a quarter", "design")

    ssn_missing: float = _share(
        0.10, "College students without an SSN on file", "design: 8 to 12 %"
    )
    dual_ssn_missing: float = _share(0.45, "Dual-enrolled students without an SSN", "design")
    dual_state_id_missing: float = _share(
        0.05, "Dual-enrolled students without a state id", "design: 3 to 8 %"
    )
    college_state_id: float = _share(0.40, "College students with a state id", "design")
    ssn_typo: float = _share(0.005, "Registrations and jobs with a wrong digit", "design")
    name_typo: float = _share(0.01, "Registrations with a misspelt name", "design")
    two_surnames: float = _share(0.45, "Latino students with two surnames", "design")
    surname_variant: float = _share(
        0.40, "Two-surname students a college knows by another form", "design"
    )
    hyphenated: float = _share(0.03, "Other students with a hyphenated surname", "design")
    name_change: float = _share(0.02, "Women whose surname changes in a year", "design")
    twins: float = _share(0.016, "Students who are twins", "design")
    namesakes: float = _share(0.002, "Students who share name and birth date", "design")

    @property
    def cohort_years(self) -> range:
        """Calendar years in which the cohorts start grade 9."""
        return range(self.first_ninth_grade_year, self.first_ninth_grade_year + self.cohorts)


def stream(control: Control, *names: str | int) -> np.random.Generator:
    """Return the random stream of this name: the same whatever other streams were drawn from."""
    digest = hashlib.sha256("/".join(map(str, names)).encode()).digest()
    words = np.frombuffer(digest, dtype=">u4").tolist()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([control.seed, *words])))
