"""Parameters of the synthetic state.

Lives here: `Control`, the one object a generation depends on. Does not: any simulation or file.
Each parameter's default, range, unit, meaning and source is a row of `data/parameters.csv`; a
source is the published table it comes from, or "design" for a chosen value.
"""

import csv
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

DATA = Path(__file__).parent / "data"
RACES = ("RH", "RW", "RA", "RB", "RF", "RT", "RP", "RI", "RD")
SECTOR_CODES = tuple(f"{n:02d}" for n in range(1, 16))
# Sector of a dual-enrolment section outside career education.
GENERAL = "general"
MACROREGIONS = (
    "Bay Area", "Central Valley/Mother Lode", "Inland Empire/Desert", "Los Angeles",
    "North/Far North", "Orange County", "San Diego/Imperial", "South Central Coast",
)  # fmt: skip


def rows_of(file: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file of `data/`, as text."""
    with (DATA / file).open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def parsed(text: str) -> Any:
    """Return the value of a cell: a scalar, numbers (1 2 3), or a table (a=1; b=2)."""
    if "=" in text:
        entries = (entry.split("=") for entry in text.split("; "))
        return {key: parsed(value) for key, value in entries}
    if " " in text:
        return tuple(map(parsed, text.split()))
    return yaml.safe_load(text)


_PARAMETERS = {row["parameter"]: row for row in rows_of("parameters.csv")}


def _given(name: str) -> Any:
    """Return the field of a parameter: default, range and description."""
    row = _PARAMETERS[name]
    low, high = row["low"], row["high"]
    return Field(
        default=parsed(row["default"]),
        ge=parsed(low) if low and not low.startswith(">") else None,
        gt=parsed(low[1:]) if low.startswith(">") else None,
        le=parsed(high),
        description=f"{row['meaning']}; {row['unit']} [{row['source']}].",
    )


class Control(BaseModel):
    """Parameters of a synthetic state; two equal controls give the same bytes.

    Where tables by group and a total describe the same rate, the tables' gaps are kept and each is
    shifted to agree with the total (`sample_data.rates`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    seed: int = _given("seed")
    students: int = _given("students")
    dirt: Literal["default", "none"] = _given("dirt")
    dirt_rate: float = _given("dirt_rate")
    every_rule_broken: bool = _given("every_rule_broken")
    first_ninth_grade_year: int = _given("first_ninth_grade_year")
    cohorts: int = _given("cohorts")
    last_academic_year: int = _given("last_academic_year")
    first_wage_year: int = _given("first_wage_year")
    wage_quarters: int = _given("wage_quarters")
    districts: int | None = _given("districts")
    colleges: int | None = _given("colleges")
    universities: int | None = _given("universities")
    workforce_boards: int | None = _given("workforce_boards")
    students_per_district: int = _given("students_per_district")
    students_per_school: int = _given("students_per_school")
    silent_districts: int = _given("silent_districts")
    pathways_per_school: int = _given("pathways_per_school")
    employers_per_thousand: float = _given("employers_per_thousand")
    race_mix: dict[str, float] = _given("race_mix")
    nonbinary: float = _given("nonbinary")
    women: float = _given("women")
    economically_disadvantaged: dict[str, float] = _given("economically_disadvantaged")
    english_learner: dict[str, float] = _given("english_learner")
    disability: float = _given("disability")
    foster: float = _given("foster")
    foster_black: float = _given("foster_black")
    homeless: float = _given("homeless")
    homeless_disadvantaged: float = _given("homeless_disadvantaged")
    held_back: float = _given("held_back")
    twins: float = _given("twins")
    namesakes: float = _given("namesakes")
    graduation: float = _given("graduation")
    graduation_by_race: dict[str, float] = _given("graduation_by_race")
    graduation_by_program: dict[str, float] = _given("graduation_by_program")
    graduation_concentrator: float = _given("graduation_concentrator")
    ability_effect: float = _given("ability_effect")
    leaves_system: float = _given("leaves_system")
    fifth_year: float = _given("fifth_year")
    equivalency: float = _given("equivalency")
    unfinished: float = _given("unfinished")
    transition_program: float = _given("transition_program")
    summer_graduates: float = _given("summer_graduates")
    school_moves: float = _given("school_moves")
    no_show: float = _given("no_show")
    open_spell: float = _given("open_spell")
    secondary_enrollment: float = _given("secondary_enrollment")
    cte_participation: float = _given("cte_participation")
    cte_concentration: float = _given("cte_concentration")
    cte_entry_ability: float = _given("cte_entry_ability")
    cte_entry_motivation: float = _given("cte_entry_motivation")
    cte_entry_disadvantaged: float = _given("cte_entry_disadvantaged")
    concentration_ability: float = _given("concentration_ability")
    concentration_disability: float = _given("concentration_disability")
    capstone_taken: float = _given("capstone_taken")
    capstone_passed: float = _given("capstone_passed")
    semester_course: float = _given("semester_course")
    work_based_learning: float = _given("work_based_learning")
    pathway_certification: float = _given("pathway_certification")
    dual_enrollment: float = _given("dual_enrollment")
    dual_enrollment_growth: float = _given("dual_enrollment_growth")
    dual_enrollment_by_race: dict[str, float] = _given("dual_enrollment_by_race")
    dual_enrollment_disadvantaged: float = _given("dual_enrollment_disadvantaged")
    dual_enrollment_ability: float = _given("dual_enrollment_ability")
    dual_enrollment_concentrator: float = _given("dual_enrollment_concentrator")
    ccap: float = _given("ccap")
    career_sections: tuple[float, float] = _given("career_sections")
    college_going: float = _given("college_going")
    college_going_by_race: dict[str, float] = _given("college_going_by_race")
    college_going_by_gender: dict[str, float] = _given("college_going_by_gender")
    college_going_by_program: dict[str, float] = _given("college_going_by_program")
    college_going_by_region: dict[str, float] = _given("college_going_by_region")
    college_going_dual_enrollment: float = _given("college_going_dual_enrollment")
    college_going_pathway: float = _given("college_going_pathway")
    college_going_equivalency: float = _given("college_going_equivalency")
    college_going_disability: float = _given("college_going_disability")
    to_university: float = _given("to_university")
    near_college: float = _given("near_college")
    delayed_entry: float = _given("delayed_entry")
    noncompleter_entry: float = _given("noncompleter_entry")
    cte_program: float = _given("cte_program")
    stays_in_sector: float = _given("stays_in_sector")
    undeclared: float = _given("undeclared")
    stop_out: float = _given("stop_out")
    second_college: float = _given("second_college")
    community_outcomes: dict[str, float] = _given("community_outcomes")
    university_completion: float = _given("university_completion")
    transfer_completion: float = _given("transfer_completion")
    certification_after_program: float = _given("certification_after_program")
    apprenticeship: float = _given("apprenticeship")
    federal: float = _given("federal")
    self_employed: float = _given("self_employed")
    out_of_state: float = _given("out_of_state")
    employed_in_high_school: float = _given("employed_in_high_school")
    employed_in_college: float = _given("employed_in_college")
    employed_after: float = _given("employed_after")
    employment_disability: float = _given("employment_disability")
    employment_credential: float = _given("employment_credential")
    employment_first_year: float = _given("employment_first_year")
    employment_motivation: float = _given("employment_motivation")
    employment_pandemic: float = _given("employment_pandemic")
    earnings_by_credential: dict[str, tuple[float, float, float, float]] = _given(
        "earnings_by_credential"
    )
    credential_effect_share: float = _given("credential_effect_share")
    credential_effect_by_sector: dict[str, float] = _given("credential_effect_by_sector")
    pathway_effect: dict[str, float] = _given("pathway_effect")
    dual_enrollment_effect: dict[str, float] = _given("dual_enrollment_effect")
    earnings_ability: float = _given("earnings_ability")
    earnings_motivation: float = _given("earnings_motivation")
    earnings_disadvantaged: float = _given("earnings_disadvantaged")
    earnings_women: float = _given("earnings_women")
    earnings_by_race: dict[str, float] = _given("earnings_by_race")
    enrolled_earnings: float = _given("enrolled_earnings")
    earnings_spread: float = _given("earnings_spread")
    earnings_noise: float = _given("earnings_noise")
    fourth_quarter: float = _given("fourth_quarter")
    wage_inflation: float = _given("wage_inflation")
    second_employer: float = _given("second_employer")
    job_change: float = _given("job_change")
    job_in_field: float = _given("job_in_field")
    job_at_home: float = _given("job_at_home")
    county_moves: float = _given("county_moves")
    consortium_partners_leave: float = _given("consortium_partners_leave")
    consortia_dissolved: float = _given("consortia_dissolved")
    pathways_funded: float = _given("pathways_funded")
    pathways_end_with_grant: float = _given("pathways_end_with_grant")
    participation_reported: float = _given("participation_reported")
    error_by_race: dict[str, float] = _given("error_by_race")
    name_typo: float = _given("name_typo")
    name_misread: float = _given("name_misread")
    second_error: float = _given("second_error")
    nickname: float = _given("nickname")
    names_swapped: float = _given("names_swapped")
    two_surnames: float = _given("two_surnames")
    surname_variant: float = _given("surname_variant")
    hyphenated: float = _given("hyphenated")
    name_change: float = _given("name_change")
    birth_date_error: float = _given("birth_date_error")
    ssn_missing: float = _given("ssn_missing")
    dual_ssn_missing: float = _given("dual_ssn_missing")
    dual_state_id_missing: float = _given("dual_state_id_missing")
    college_state_id: float = _given("college_state_id")
    ssn_typo: float = _given("ssn_typo")
    ssn_borrowed: float = _given("ssn_borrowed")
    identity_bridge: bool = _given("identity_bridge")
    licence_by_age: dict[str, float] = _given("licence_by_age")
    id_card_by_age: dict[str, float] = _given("id_card_by_age")
    record_foster: float = _given("record_foster")
    record_homeless: float = _given("record_homeless")
    record_disadvantaged: float = _given("record_disadvantaged")
    suffix: float = _given("suffix")

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
