"""Every number the synthetic state is made from, with its unit, range and source.

Lives here: `Control`, the one object a generation depends on. Does not: any simulation or file.
Sources in brackets: the published tables they come from, or "design" for a chosen value.
"""

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

RACES = ("RH", "RW", "RA", "RB", "RF", "RT", "RP", "RI", "RD")
SECTOR_CODES = tuple(f"{n:02d}" for n in range(1, 16))
# Sector of a dual-enrolment section outside career education.
GENERAL = "general"
MACROREGIONS = (
    "Bay Area", "Central Valley/Mother Lode", "Inland Empire/Desert", "Los Angeles",
    "North/Far North", "Orange County", "San Diego/Imperial", "South Central Coast",
)  # fmt: skip


def _share(default: float, meaning: str, source: str = "design") -> Any:
    return Field(default, ge=0, le=1, description=f"{meaning}; share, 0 to 1 [{source}].")


def _share_by(keys: tuple[str, ...], values: tuple[float, ...], meaning: str, source: str) -> Any:
    default = dict(zip(keys, values, strict=True))
    return Field(default, description=f"{meaning}; share, 0 to 1 [{source}].")


def _by_race(values: tuple[float, ...], meaning: str, source: str) -> Any:
    return _share_by(RACES, values, f"{meaning}, by race or ethnicity", source)


def _count(default: int, low: int, meaning: str, source: str = "design") -> Any:
    unit = f"whole number from {low}"
    return Field(default, ge=low, description=f"{meaning}; {unit} [{source}].")


def _by_size(low: int, meaning: str) -> Any:
    text = f"{meaning}; whole number from {low}, empty for as many as fit the students [design]."
    return Field(None, ge=low, description=text)


def _effect(default: float, meaning: str, source: str = "design") -> Any:
    return Field(default, ge=-5, le=5, description=f"{meaning}; log-odds, -5 to 5 [{source}].")


def _log_points(default: float, meaning: str, source: str = "design") -> Any:
    return Field(default, ge=-2, le=2, description=f"{meaning}; log points, -2 to 2 [{source}].")


def _log_points_by(keys: tuple[str, ...], values: tuple[float, ...], meaning: str) -> Any:
    default = dict(zip(keys, values, strict=True))
    return Field(default, description=f"{meaning}; log points, -2 to 2 [design].")


class Control(BaseModel):
    """Parameters of a synthetic state; two equal controls give the same bytes.

    Where tables by group and a total describe the same rate, the tables' gaps are kept and each is
    shifted to agree with the total (`sample_data.rates`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = _count(20240701, 0, "Seed of every random number")
    students: int = Field(
        default=4000,
        ge=100,
        le=20_000_000,
        description="Ninth-graders over all cohorts, persons; whole number from 100 to 20,000,000, "
        "for which there are SSNs [design].",
    )
    dirt: Literal["default", "none"] = Field(
        default="default",
        description="Whether labelled corruptions are planted; default or none [design].",
    )
    dirt_rate: float = _share(
        0.002, "Delivered rows that break a rule, beside one planted row a rule"
    )
    every_rule_broken: bool = Field(
        default=False,
        description="Whether a row is planted for every rule even in a state so small that the "
        "gate would stop its release; true or false [design].",
    )

    first_ninth_grade_year: int = _count(2012, 2000, "Year the first cohort starts grade 9")
    cohorts: int = _count(5, 1, "Ninth-grade cohorts, one a year")
    last_academic_year: int = _count(2025, 2000, "Year the last reported academic year starts")
    first_wage_year: int = _count(2016, 2000, "Year of the first wage quarter, Q1")
    wage_quarters: int = _count(42, 1, "Wage quarters in a row")

    districts: int | None = _by_size(8, "K-12 districts that deliver")
    colleges: int | None = _by_size(6, "Community colleges")
    universities: int | None = _by_size(2, "Universities")
    workforce_boards: int | None = _by_size(4, "Workforce boards")
    students_per_district: int = _count(
        100, 10, "Ninth-graders a year for each district, while there are fewer than 420"
    )
    students_per_school: int = _count(
        250, 10, "Ninth-graders a year that a high school is made for"
    )
    silent_districts: int = _count(
        8, 8, "Registered districts with no good delivery; bad files come from them"
    )
    pathways_per_school: int = _count(7, 2, "CTE pathways a school offers at any time")
    employers_per_thousand: float = Field(
        default=8.0,
        gt=0,
        le=100,
        description="Employers for each 1,000 students; number, 0 to 100 [design].",
    )

    race_mix: dict[str, float] = _by_race(
        (0.56, 0.20, 0.095, 0.047, 0.022, 0.045, 0.005, 0.005, 0.021),
        "Share of each group among students",
        "Ed100, 2023; split of 'other' by design",
    )
    nonbinary: float = _share(0.005, "Students whose gender is X")
    women: float = _share(0.487, "Female among the other students", "design, as births are")
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
    disability: float = _share(0.13, "Students with a disability")
    foster: float = _share(0.008, "Students in foster care")
    foster_black: float = _effect(0.9, "Effect of being African American on foster care")
    homeless: float = _share(0.035, "Homeless students")
    homeless_disadvantaged: float = _effect(1.2, "Effect of disadvantage on homelessness")
    held_back: float = _share(0.04, "Ninth-graders a year older than their class")
    twins: float = _share(0.016, "Students who are twins")
    namesakes: float = _share(0.002, "Students who share name and birth date with another")

    graduation: float = _share(
        0.836,
        "On-time graduates among ninth-graders who didn't leave for another state or system",
        "CDE 2020-21",
    )
    graduation_by_race: dict[str, float] = _by_race(
        (0.805, 0.882, 0.941, 0.725, 0.938, 0.855, 0.817, 0.730, 0.728),
        "On-time graduates",
        "CDE 2020-21",
    )
    graduation_by_program: dict[str, float] = _share_by(
        ("is_economically_disadvantaged", "has_disability", "is_english_learner", "is_foster",
         "is_homeless"),
        (0.804, 0.686, 0.671, 0.557, 0.678),
        "On-time graduates, by programme group",
        "CDE 2020-21",
    )  # fmt: skip
    graduation_concentrator: float = _effect(0.5, "Effect of a CTE concentration on graduating")
    ability_effect: float = _effect(
        0.8, "Effect of one standard deviation of ability on graduating and on going to college"
    )
    leaves_system: float = _share(
        0.06, "Ninth-graders who leave for another state, country or system"
    )
    fifth_year: float = _share(
        0.25, "Late graduates among those who don't graduate on time", "CDE 5-year rates, 2020-21"
    )
    equivalency: float = _share(
        0.10, "GED, proficiency exam or adult-school diploma, same base as fifth_year"
    )
    unfinished: float = _share(
        0.10, "Finished grade 12 without completing, same base as fifth_year"
    )
    transition_program: float = _share(
        0.2, "Students with a disability, not graduating on time, who stay up to age 22"
    )
    summer_graduates: float = _share(0.015, "On-time graduates who finish in July")
    school_moves: float = _share(0.10, "Students who change school inside the state")
    no_show: float = _share(0.004, "Students first reported as no-shows elsewhere")
    open_spell: float = _share(0.03, "Year-end spells delivered without an exit")
    secondary_enrollment: float = _share(
        0.02, "Students who also have a secondary enrolment in a year"
    )

    cte_participation: float = _share(
        0.51, "Ninth-graders who complete a CTE course", "NASDCTEc: 51 %, 2013"
    )
    cte_concentration: float = _share(
        0.24, "Ninth-graders who complete two or more in a pathway", "NASDCTEc: 24 %, 2013"
    )
    cte_entry_ability: float = _effect(
        -0.1, "Effect of ability, which no record holds, on taking a CTE course"
    )
    cte_entry_motivation: float = _effect(
        0.45, "Effect of motivation, which no record holds, on taking and concentrating"
    )
    cte_entry_disadvantaged: float = _effect(0.2, "Effect of disadvantage on taking a CTE course")
    concentration_ability: float = _effect(0.25, "Effect of ability on concentrating")
    concentration_disability: float = _effect(-0.5, "Effect of a disability on concentrating")
    capstone_taken: float = _share(0.80, "Concentrators who take the capstone course")
    capstone_passed: float = _share(0.93, "Capstone grades of C- or better")
    semester_course: float = _share(0.20, "CTE courses of one semester, 90 hours")
    work_based_learning: float = _share(0.40, "CTE student-years with an opportunity")
    pathway_certification: float = _share(0.30, "Pathway completers with an industry certification")

    dual_enrollment: float = _share(
        0.113, "Graduates of the class of 2016 who ever dual-enrolled", "Wheelhouse: 11.3 %"
    )
    dual_enrollment_growth: float = Field(
        default=0.023,
        ge=-0.2,
        le=0.2,
        description="Rise of dual_enrollment from class to class; share, -0.2 to 0.2 "
        "[Wheelhouse: 11.3 % in 2016 to 18.2 % in 2019].",
    )
    dual_enrollment_by_race: dict[str, float] = _by_race(
        (0.109, 0.139, 0.185, 0.088, 0.185, 0.139, 0.11, 0.10, 0.12),
        "Graduates who dual-enrolled, for the gaps",
        "Wheelhouse, seniors of 2016-17; small groups by design",
    )
    dual_enrollment_disadvantaged: float = _share(
        0.108, "Disadvantaged graduates who dual-enrolled, for the gap", "Wheelhouse, 2016-17"
    )
    dual_enrollment_ability: float = _effect(0.5, "Effect of ability on dual enrolment")
    dual_enrollment_concentrator: float = _effect(
        0.35, "Effect of a CTE concentration on dual enrolment"
    )
    ccap: float = _share(
        0.15, "Dual-enrolled students under a CCAP agreement", "PPIC: 11 % class of 2020, rising"
    )
    career_sections: tuple[float, float] = Field(
        default=(0.20, 0.29),
        description="Career-education sections among dual-enrolment sections, outside CCAP and "
        "under it; share, 0 to 1 [PPIC, class of 2020: 20 and 29 %].",
    )

    college_going: float = _share(
        0.62, "High-school completers in college within 12 months", "PPIC, class of 2020"
    )
    college_going_by_race: dict[str, float] = _by_race(
        (0.55, 0.68, 0.86, 0.55, 0.80, 0.64, 0.57, 0.50, 0.60),
        "High-school completers in college within 12 months",
        "PPIC, class of 2020; Filipino and small groups by design",
    )
    college_going_by_gender: dict[str, float] = _share_by(
        ("F", "M", "X"),
        (0.68, 0.57, 0.62),
        "High-school completers in college within 12 months, by gender",
        "PPIC, class of 2020; X by design",
    )
    college_going_by_program: dict[str, float] = _share_by(
        ("is_economically_disadvantaged", "is_english_learner"),
        (0.54, 0.42),
        "High-school completers in college within 12 months, by programme group",
        "PPIC, class of 2020",
    )
    college_going_by_region: dict[str, float] = _share_by(
        MACROREGIONS,
        (0.72, 0.53, 0.53, 0.67, 0.61, 0.67, 0.67, 0.67),
        "High-school completers in college within 12 months, by macroregion",
        "PPIC, class of 2020; North between its 59 % in the far north and the state",
    )
    college_going_dual_enrollment: float = _effect(
        0.8, "Effect of dual enrolment on college-going", "PPIC 2023: 82 % after CCAP"
    )
    college_going_pathway: float = _effect(0.25, "Effect of a completed pathway on college-going")
    college_going_equivalency: float = _effect(
        -1.2, "Effect of an equivalency in place of a diploma on college-going"
    )
    college_going_disability: float = _effect(-0.5, "Effect of a disability on college-going")
    to_university: float = _share(
        0.476,
        "College-goers who start at a university",
        "PPIC, 2021-22: 52.4 % of college-goers are at a community college",
    )
    near_college: float = _share(0.85, "Students who go to the college near their district")
    delayed_entry: float = _share(0.12, "Completers not in college who enter later")
    noncompleter_entry: float = _share(0.08, "Non-completers who enter college later")
    cte_program: float = _share(
        0.45, "Community-college students in a CTE program", "NASDCTEc: 942,427 of 2,082,862"
    )
    stays_in_sector: float = _share(0.6, "Concentrators in a CTE program who stay in their sector")
    undeclared: float = _share(0.15, "Community-college students who declare late")
    stop_out: float = _share(0.15, "Community-college students who stop out and return")
    second_college: float = _share(0.08, "Community-college students at a second one")
    community_outcomes: dict[str, float] = Field(
        default={
            "none": 0.57,
            "certificate": 0.12,
            "associate": 0.15,
            "transfer": 0.07,
            "associate and transfer": 0.09,
        },
        description="What community-college starters come to; share, 0 to 1, sum 1 [design, from "
        "transfer and completion of about a third in six years].",
    )
    university_completion: float = _share(0.65, "University starters who earn a bachelor's degree")
    transfer_completion: float = _share(0.75, "Transfers who earn a bachelor's degree")
    certification_after_program: float = _share(
        0.2, "CTE students of a college with an industry certification afterwards"
    )
    apprenticeship: float = _share(
        0.08, "Graduated concentrators of the trades who complete an apprenticeship"
    )

    federal: float = _share(0.03, "Persons who come to work for the federal government", "design")
    self_employed: float = _share(0.06, "Persons who come to be self-employed", "design")
    out_of_state: float = _share(0.05, "Persons who come to work in another state", "design")
    employed_in_high_school: float = _share(0.15, "Quarters with work, age 17 on")
    employed_in_college: float = _share(0.50, "Quarters with work of enrolled students")
    employed_after: float = _share(
        0.78,
        "Quarters with work of those who left school, before coverage",
        "design: 60 to 70 % of leavers found in a quarter",
    )
    employment_disability: float = _effect(-0.5, "Effect of a disability on working")
    employment_credential: float = _effect(
        0.19, "Effect of each step from no diploma to the highest credential on working"
    )
    employment_first_year: float = _effect(
        -0.42,
        "Effect of the first year after school or college on working",
        "design: 70 % of college leavers with an award, 60 % of others and 55 to 60 % of graduates "
        "outside college are found",
    )
    employment_motivation: float = _effect(0.25, "Effect of motivation on working")
    employment_pandemic: float = _effect(-0.5, "Effect of the quarters from 2020Q2 to 2021Q1")
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
        description="Median annualised earnings 1, 3, 5 and 10 years after leaving, by highest "
        "credential from low to high; 2023 US dollars, above 0 [design].",
    )
    credential_effect_share: float = _share(
        0.7,
        "Part of a credential's gap in median earnings that the credential causes; the rest is "
        "who earns it",
    )
    credential_effect_by_sector: dict[str, float] = _log_points_by(
        SECTOR_CODES,
        (-0.10, -0.08, 0.15, 0.02, -0.18, 0.12, 0.12, -0.12, 0.10, -0.15, 0.18, 0.12, -0.05, 0.08,
         0.05),
        "What the sector of a credential adds to its effect",
    )  # fmt: skip
    pathway_effect: dict[str, float] = _log_points_by(
        SECTOR_CODES,
        (0.03, 0.02, 0.14, 0.06, -0.02, 0.11, 0.10, 0.00, 0.09, 0.01, 0.13, 0.12, 0.03, 0.07, 0.08),
        "Effect of a completed pathway on earnings after high school, by sector",
    )
    dual_enrollment_effect: dict[str, float] = _log_points_by(
        (*SECTOR_CODES, GENERAL),
        (0.02, 0.02, 0.05, 0.04, 0.01, 0.05, 0.05, 0.01, 0.05, 0.01, 0.06, 0.05, 0.02, 0.03, 0.04,
         0.02),
        "Effect of dual enrolment on earnings after high school, by sector of the first career "
        "section",
    )  # fmt: skip
    earnings_ability: float = _log_points(0.06, "Effect of ability on earnings")
    earnings_motivation: float = _log_points(0.12, "Effect of motivation on earnings")
    earnings_disadvantaged: float = _log_points(-0.06, "Effect of disadvantage on earnings")
    earnings_women: float = _log_points(-0.10, "Earnings gap of women at equal credential")
    earnings_by_race: dict[str, float] = _log_points_by(
        RACES,
        (-0.05, 0.05, 0.06, -0.08, 0.03, 0, -0.05, -0.08, 0),
        "Earnings gaps at equal credential, by race or ethnicity",
    )
    enrolled_earnings: float = _share(0.45, "Earnings of a student as a share of a leaver's")
    earnings_spread: float = _log_points(0.40, "Standard deviation of persons' earnings")
    earnings_noise: float = _log_points(0.22, "Standard deviation of a person's quarters")
    fourth_quarter: float = _log_points(0.03, "What October to December pay more")
    wage_inflation: float = Field(
        default=0.035,
        ge=-0.1,
        le=0.2,
        description="Growth of pay from year to year, base 2023; share a year, -0.1 to 0.2 "
        "[design].",
    )
    second_employer: float = _share(0.10, "Quarters with a second employer", "design: 8 to 12 %")
    job_change: float = _share(0.08, "Jobs that end in a quarter")
    job_in_field: float = _share(0.5, "Jobs of people with a field that are in its industries")
    job_at_home: float = _share(0.82, "Jobs in the county a person lives in")
    county_moves: float = _share(0.03, "Persons who move to another county in a year")

    consortium_partners_leave: float = _share(0.06, "Members that leave a consortium in a year")
    consortia_dissolved: float = _share(
        0.5, "Consortia that dissolve within two years of the trust's end", "EdSource 2018: largely"
    )
    pathways_funded: float = _share(0.5, "Pathways that some initiative's grant pays for")
    pathways_end_with_grant: float = _share(0.35, "Funded pathways that close when the grant ends")
    participation_reported: float = _share(0.6, "Persons served that a partner reports")

    error_by_race: dict[str, float] = Field(
        default=dict(zip(RACES, (1.4, 0.8, 1.3, 1.1, 1.0, 1.0, 1.2, 1.1, 1.0), strict=True)),
        description="Errors in names against the average, by race or ethnicity; ratio, 0 to 5 "
        "[design: two-surname and transliterated names are misfiled more often].",
    )
    name_typo: float = _share(0.012, "Registered names with a slip of the keyboard")
    name_misread: float = _share(0.004, "Registered names misread as a scanner does")
    second_error: float = _share(0.15, "Registrations with an error that have another one")
    nickname: float = _share(0.05, "Registrations under a nickname, where the name has one")
    names_swapped: float = _share(0.004, "Registrations with first and last name exchanged")
    two_surnames: float = _share(0.45, "Latino students with two surnames")
    surname_variant: float = _share(
        0.40, "Two-surname students an agency knows by another form of them"
    )
    hyphenated: float = _share(0.03, "Other students with a hyphenated surname")
    name_change: float = _share(0.02, "Women whose surname changes in a year, from age 20")
    birth_date_error: float = _share(
        0.008, "Registrations with a wrong birth date: transposed, default or a slip"
    )
    ssn_missing: float = _share(
        0.10, "College students without an SSN on file", "design: 8 to 12 %"
    )
    dual_ssn_missing: float = _share(0.45, "Dual-enrolled students without an SSN")
    dual_state_id_missing: float = _share(
        0.05, "Dual-enrolled students without a state id", "design: 3 to 8 %"
    )
    college_state_id: float = _share(0.40, "College students with a state id")
    ssn_typo: float = _share(0.005, "Registrations and jobs with a wrong digit")
    ssn_borrowed: float = _share(0.01, "Workers who are paid under somebody else's SSN")
    suffix: float = _share(0.004, "Students with a suffix such as Jr. on school records")

    @model_validator(mode="after")
    def _tables_are_whole(self) -> Self:
        """Check keys and ranges of tables, and that shares of a whole sum to 1.

        Raises:
            ValueError: A table lacks a key or has one too many, or a value is out of range.
        """
        for name, info in type(self).model_fields.items():
            value = getattr(self, name)
            if not isinstance(value, dict):
                continue
            if set(value) != set(info.get_default(call_default_factory=True)):
                raise ValueError(f"{name} needs exactly the keys of its default")
            if "share, 0 to 1" in (info.description or "") and not all(
                0 <= v <= 1 for v in value.values()
            ):
                raise ValueError(f"{name} has a share outside 0 to 1")
        for name in ("race_mix", "community_outcomes"):
            if abs(sum(getattr(self, name).values()) - 1) > 1e-9:
                raise ValueError(f"{name} must sum to 1")
        return self

    @classmethod
    def load(cls, path: Path, **given: Any) -> "Control":
        """Return the control of a YAML file; what is `given` goes before the file.

        Raises:
            pydantic.ValidationError: A parameter is unknown or out of range.
        """
        return cls.model_validate((yaml.safe_load(path.read_text()) or {}) | given)

    @property
    def cohort_years(self) -> range:
        """Calendar years in which the cohorts start grade 9."""
        return range(self.first_ninth_grade_year, self.first_ninth_grade_year + self.cohorts)
