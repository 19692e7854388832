"""One good row of every feed, and for every rule a change that breaks it.

Lives here: rows as submitters deliver them, as text. Does not: any expectation on how a rule is
implemented.
"""

import polars as pl

from schemas import FEEDS

YEAR, QUARTER = "2018-19", "2018Q4"

_STUDENT = {
    "academic_year": YEAR,
    "district_id": "1990001",
    "school_id": "19900010000001",
    "state_student_id": "1234567890",
    "local_student_id": "17",
}
_PERSON = {"first_name": "María José", "last_name": "Núñez-O'Neil, Jr.", "birth_date": "2002-03-04"}
_COLLEGE_STUDENT = {
    "academic_year": YEAR,
    "institution_id": "900001",
    "local_student_id": "A-17",
    "state_student_id": None,
    "ssn": "912345678",
    **_PERSON,
}

GOOD: dict[str, dict[str, str | None]] = {
    "institution": {
        "academic_year": YEAR,
        "institution_id": "19900010000001",
        "institution_name": "Invented High",
        "institution_type_code": "HIGH_SCHOOL",
        "parent_institution_id": "1990001",
        "county_fips": "06037",
        "microregion": None,
    },
    "k12_enrollment": {
        **_STUDENT,
        **_PERSON,
        "gender_code": "F",
        "race_ethnicity_code": "RH",
        "grade_level": "11",
        "enrollment_status_code": "10",
        "enrollment_entry_date": "2018-08-15",
        "enrollment_exit_date": None,
        "exit_code": None,
        "completion_status_code": None,
        "is_economically_disadvantaged": "Y",
        "is_english_learner": "N",
        "has_disability": "N",
        "is_foster": "N",
        "is_homeless": "N",
    },
    "k12_pathway": {
        **_STUDENT,
        "pathway_code": "198",
        "courses_completed": "1",
        "pathway_hours": "150",
        "capstone_grade": "C-",
        "pathway_completion_academic_year": YEAR,
        "industry_certification_name": None,
    },
    "work_based_learning": {
        **_STUDENT,
        "wbl_type_code": "10",
        "opportunity_id": "W1",
        "wbl_hours": "80",
        "employer_naics_sector": "62",
    },
    "dual_enrollment": {
        **_COLLEGE_STUDENT,
        "gender_code": "F",
        "term_id": "2019SP",
        "course_id": "CIS 101",
        "section_id": "4711",
        "top_code": "070200",
        "credit_status_code": "D",
        "units_attempted": "3",
        "units_earned": "3",
        "grade_code": "B",
        "is_ccap": "Y",
        "ccap_agreement_id": "AG-1",
    },
    "college_enrollment": {
        **_COLLEGE_STUDENT,
        "gender_code": "F",
        "race_ethnicity_code": "RH",
        "term_id": "2018FA",
        "education_status_code": "32018",
        "student_goal_code": "C",
        "program_top_code": "070200",
        "units_attempted": "12",
        "units_earned": "9",
        "aid_status_code": "PELL",
    },
    "credential": {
        **_COLLEGE_STUDENT,
        "award_id": "1",
        "award_type_code": "M",
        "award_date": "2019-05-25",
        "program_top_code": "070200",
        "cip_code": None,
        "award_units": "18",
        "credential_title": "Certificate in Invented Systems",
    },
    "wage": {
        "quarter": QUARTER,
        "ssn": "912345678",
        "first_name": "MARIA",
        "last_name": "NUNEZ",
        "employer_account": "00001234",
        "quarterly_wages_usd": "7012.5",
        "naics_code": "541511",
        "county_fips": "06037",
    },
    "consortium_member": {
        "academic_year": YEAR,
        "consortium_id": "70001",
        "consortium_name": "Invented Bay Consortium",
        "microregion": "East Bay",
        "member_id": "1990001",
        "member_name": "Invented Unified",
        "member_type_code": "DISTRICT",
        "member_role_code": "LEAD",
        "staff_fte": "1.5",
        "joined_date": "2016-07-01",
        "left_date": None,
    },
    "initiative_grant": {
        "academic_year": YEAR,
        "grant_id": "SWP-1",
        "grant_line": "1",
        "initiative_code": "SWP",
        "funder_name": "Invented Chancellor's Office",
        "consortium_id": "70001",
        "institution_id": "1990001",
        "school_id": "19900010000001",
        "pathway_code": "198",
        "award_amount_usd": "250000",
        "grant_start_date": "2016-07-01",
        "grant_end_date": "2020-06-30",
    },
    "initiative_participation": {
        **_COLLEGE_STUDENT,
        "grant_id": "SWP-1",
        "initiative_code": "SWP",
        "service_type_code": "ADVISING",
        "participation_start_date": "2018-09-01",
        "participation_end_date": None,
    },
    "labor_demand": {
        "academic_year": YEAR,
        "microregion": "East Bay",
        "soc_code": "15-1212",
        "soc_title": "Information Security Analysts",
        "naics_sector": "54",
        "entry_education_code": "BACHELOR",
        "employment_count": "1200",
        "annual_openings": "110",
        "median_hourly_wage_usd": "58.4",
    },
}

_SCHOOL = {
    "school_in_district": {"school_id": "37900010000001"},
    "state_student_id:placeholder": {"state_student_id": "9999999999"},
}
_COLLEGE = {
    "state_student_id:placeholder": {"state_student_id": "0000000000"},
    "ssn:placeholder": {"ssn": "123456789"},
}
_TERM = {
    "term_in_academic_year": {"term_id": "2019SU"},
    "earned_within_attempted": {"units_attempted": "2", "units_earned": "3"},
}

# Changes that break a rule of several columns; rules of one column follow from their kind.
BREAKING: dict[str, dict[str, dict[str, str | None]]] = {
    "institution": {
        "institution_id:pattern": {
            "institution_id": "90000",
            "institution_type_code": "UNIVERSITY",
            "parent_institution_id": None,
        },
        "school_has_district": {"parent_institution_id": None},
        "place_has_county": {"county_fips": None},
    },
    "k12_enrollment": _SCHOOL
    | {
        "birth_before_entry": {"birth_date": "2019-01-01"},
        "age_fits_high_school": {"birth_date": "1994-01-01"},
        "entry_in_academic_year": {"enrollment_entry_date": "2018-06-30"},
        "entry_not_after_exit": {"enrollment_exit_date": "2018-08-14", "exit_code": "T160"},
        "exit_in_academic_year": {"enrollment_exit_date": "2019-07-01", "exit_code": "T160"},
        "exit_has_code": {"enrollment_exit_date": "2019-01-10"},
        "completion_has_completer_exit": {
            "enrollment_exit_date": "2019-06-01",
            "exit_code": "E400",
            "completion_status_code": "100",
        },
    },
    "k12_pathway": _SCHOOL
    | {
        "completion_year_is_reported_year": {"pathway_completion_academic_year": "2017-18"},
        "completer_has_passing_capstone": {"capstone_grade": "D+"},
        "capstone_needs_course": {"courses_completed": "0"},
    },
    "work_based_learning": _SCHOOL
    | {
        "hours_for_type": {"wbl_hours": None},
        "retired_type": {"academic_year": "2024-25", "wbl_type_code": "30"},
    },
    "dual_enrollment": _COLLEGE
    | _TERM
    | {
        "no_units_without_pass": {"grade_code": "W"},
        "ccap_agreement_has_flag": {"is_ccap": "N"},
        "special_admit_age": {"birth_date": "1990-01-01"},
    },
    "college_enrollment": _COLLEGE | _TERM | {"age_fits_college": {"birth_date": "2010-01-01"}},
    "credential": _COLLEGE
    | {
        "award_in_academic_year": {"award_date": "2019-07-01"},
        "birth_before_award": {"birth_date": "2019-06-01"},
        "program_is_classified": {"program_top_code": None},
        "units_fit_award_type": {"award_units": "30"},
    },
    "wage": {
        "ssn:placeholder": {"ssn": "666123456"},
        "naics_sector_known": {"naics_code": "991234"},
    },
    "consortium_member": {
        "member_id:pattern": {"member_type_code": "EMPLOYER"},
        "joined_not_after_left": {"joined_date": "2019-03-01", "left_date": "2019-02-28"},
        "member_in_academic_year": {"left_date": "2018-06-30"},
    },
    "initiative_grant": {
        "pathway_has_school": {"school_id": None},
        "school_of_grantee": {"institution_id": "199000"},
        "start_not_after_end": {"grant_start_date": "2018-09-01", "grant_end_date": "2018-08-31"},
        "grant_runs_in_academic_year": {"grant_start_date": "2019-07-01"},
        "initiative_had_begun": {"grant_start_date": "2016-06-30"},
    },
    "initiative_participation": _COLLEGE
    | {
        "birth_before_participation": {"birth_date": "2018-09-01"},
        "start_not_after_end": {"participation_end_date": "2018-08-31"},
        "participation_in_academic_year": {"participation_start_date": "2019-07-01"},
    },
    "labor_demand": {"openings_within_employment": {"annual_openings": "1201"}},
}

_OF_KIND = {
    "type": "someday",
    "required": None,
    "code": "??",
    "pattern": "x1",
    "range": "-1",
    "period": "2011-12",
    "submitter": "1990002",
}


def breaking(feed: str, rule: str) -> dict[str, str | None]:
    """Return the change to a good row that breaks `rule`."""
    if rule in BREAKING[feed]:
        return BREAKING[feed][rule]
    column, kind = rule.split(":")
    if rule == "quarter:period":
        return {"quarter": "2018Q3"}
    return {column: _OF_KIND[kind]}


def delivered(
    feed: str, rows: list[dict[str, str | None]], period: str | None = None
) -> pl.DataFrame:
    """Return rows as the gate reads them, from the submitter of the good row."""
    good = GOOD[feed]
    submitter = good.get("district_id") or good.get("institution_id") or "workforce_agency"
    schema = dict.fromkeys(FEEDS[feed].dtypes, pl.String)
    return pl.DataFrame(rows, schema=schema).with_columns(
        pl.lit(submitter).alias("submitter"),
        pl.lit(period or (QUARTER if feed == "wage" else YEAR)).alias("period"),
        pl.lit("0" * 64).alias("delivery_sha256"),
        pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("row_number"),
    )
