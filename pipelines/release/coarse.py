"""A warehouse with coarser attributes of people, for analysts who need no finer ones.

Lives here: which columns of person-level tables are made coarser, and how. Does not: copying
(`pipelines.release.publish`), suppression of what is published.
"""

import re
import secrets

# Race and ethnicity of each of these is a twentieth of the students or more; others are null.
_LARGE_GROUPS = ("RH", "RW", "RA", "RB")
_FLAGS = (
    "is_economically_disadvantaged", "is_english_learner", "has_disability", "is_foster",
    "is_homeless",
)  # fmt: skip
# The first seven digits of a school's CDS code are its district.
_DISTRICT = "case when length({0}) = 14 then left({0}, 7) else {0} end"
_OF_RELEASE = "left(md5({salt} || {0}), 12)"
# By column: a hash that another release does not have keeps a job or section together.
_COLUMNS = {
    **dict.fromkeys(("school_id", "high_school_id", "institution_id"), _DISTRICT),
    **dict.fromkeys(_FLAGS, "null"),
    "race_ethnicity_code": f"case when {{0}} in {_LARGE_GROUPS} then {{0}} end",
    "gender_code": "case when {0} in ('F', 'M') then {0} end",
    **dict.fromkeys(("employer_account", "section_id"), _OF_RELEASE),
    **dict.fromkeys(("pathway_hours", "wbl_hours"), "round({0}, -1)"),
}
_MADE_NULL = (*_FLAGS, "race_ethnicity_code", "gender_code")


class Coarser:
    """How the person-level tables of one release are made coarser."""

    def __init__(self) -> None:
        self._salt = secrets.token_hex(16)

    def columns(self, columns: dict[str, str]) -> list[str]:
        """Return a table's columns as SQL: days as quarters of a year, amounts in 100 dollars.

        Args:
            columns: Type of each column, by name, in order.
        """
        if "person_id" not in columns:
            return list(columns)
        return [self._column(name, of_type) for name, of_type in columns.items()]

    def ddl(self, ddl: str) -> str:
        """Return a table's definition that allows null where values are left out."""
        names = "|".join(_MADE_NULL)
        return re.sub(rf"\b({names}) (VARCHAR|BOOLEAN) NOT NULL", r"\1 \2", ddl)

    def _column(self, name: str, of_type: str) -> str:
        if name in _COLUMNS:
            return _COLUMNS[name].format(name, salt=f"'{self._salt}'")
        if of_type == "DATE":
            return f"cast(date_trunc('quarter', {name}) as date)"
        return f"round({name}, -2)" if name.endswith("_usd") else name
