"""Deliveries in agencies' layouts, made by hand from the layouts' own fields."""

from pathlib import Path

from schemas.layouts.model import LAYOUTS

DISTRICT, SSID, YEAR = "1990001", "1234567890", "2018-19"
STUDENT = {
    "reporting_lea": DISTRICT,
    "school_of_attendance": "0000001",
    "academic_year_id": "2018-2019",
    "ssid": SSID,
    "local_student_id": "17",
    "student_legal_first_name": "María José",
    "student_legal_last_name": "Núñez-O'Neil, Jr.",
    "student_birth_date": "20020304",
    "student_gender_code": "F",
}
SENR = STUDENT | {
    "enrollment_start_date": "20180815",
    "enrollment_status_code": "10",
    "grade_level_code": "11",
}
SINF = STUDENT | {
    "effective_start_date": "20180815",
    "student_hispanic_ethnicity_indicator": "Y",
    "student_race_1_code": "700",
}
SPRG = STUDENT | {"education_program_code": "181"}
SCTE = STUDENT | {
    "cte_pathway_code": "198",
    "student_cte_pathway_completion_academic_year_id": "2018-2019",
}
SCSC = STUDENT | {
    "local_course_id": "C1",
    "course_section_id": "S1",
    "academic_term_code": "S1",
    "student_credits_earned": "5",
    "student_course_final_grade": "B",
}
CRSC = {
    "reporting_lea": DISTRICT,
    "academic_year_id": "2018-2019",
    "crs_local_course_id": "C1",
    "course_section_id": "S1",
    "academic_term_code": "S1",
    "cte_course_section_provider_code": "1",
}
WBLR = {name: value for name, value in STUDENT.items() if not name.startswith("student_")} | {
    "work_based_learning_type_code": "10",
    "internship_id": "W1",
    "work_based_learning_hours_external": "80",
}


def delimited(
    code: str, *rows: dict[str, str], delimiter: str = "^", layout: str = "calpads"
) -> str:
    """Return records of a type as text, each field that a row lacks empty."""
    record = LAYOUTS[layout].records[code]
    lines = []
    for row in rows:
        assert set(row) <= {*record.by_name, "extra"}, set(row) - set(record.by_name)
        values = [code, *(row.get(field.name, "") for field in record.fields[1:])]
        quoted = [f'"{one}"' if delimiter in one else one for one in values]
        lines.append(delimiter.join(quoted) + "\r\n")
    return "".join(lines)


def fixed(layout: str, code: str, **row: str) -> str:
    """Return a record of fixed width as a line."""
    record = LAYOUTS[layout].records[code]
    line = [" "] * record.length
    start, width = LAYOUTS[layout].code_at
    line[start - 1 : start - 1 + width] = code
    for name, value in row.items():
        field = record.by_name[name]
        assert len(value) <= field.width, name
        line[field.start - 1 : field.start - 1 + len(value)] = value
    return "".join(line) + "\r\n"


def bundle(folder: Path, **files: str | bytes) -> Path:
    """Write a bundle; a name's last `__` is its point."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name.replace("__", ".")).write_bytes(data)
    return folder


def calpads(folder: Path, **instead: str) -> Path:
    """Write a whole bundle of k12_enrollment, with some files instead of others."""
    files = {
        "SENR__txt": delimited("SENR", SENR),
        "SINF__txt": delimited("SINF", SINF),
        "SPRG__txt": delimited("SPRG", SPRG),
    }
    return bundle(folder, **(files | instead))
