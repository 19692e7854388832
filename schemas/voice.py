"""Contract of a statement: what a region, district or college says on its own page of the site.

Lives here: its rules. It is judged as rows of feeds are, and is none of them: it is about no
student, and nothing of it is linked or counted. Its `period` is the day on which the file came.
Does not: reading a file (`pipelines.site.voice`).
"""

import pandera.polars as pa
import polars as pl

from schemas.contract import DeliveredRow, Feed
from schemas.periods import PeriodKind
from schemas.rules import code, pattern, row_rule, words

FOLDER = "regional_voice"
# A paragraph or three: a reader has a minute for the page.
LEAST, MOST = 20, 1200
# Nine digits, a day, and a telephone number, however they are written: maybe a person's.
_MARK = r"[\s._/:()&+,–—-]{0,3}"
_NUMBER = rf"[0-9]({_MARK}[0-9]){{8}}"
_DAY = r"[0-9]{1,2}[./–-][0-9]{1,2}[./–-][0-9]{2,4}|[0-9]{4}[./–-][0-9]{1,2}[./–-][0-9]{1,2}"
_TELEPHONE = r"[0-9]{3}[ .–-][0-9]{4}([^0-9]|$)"
# A letter after a point without a blank: an address of a page.
_LINK = r"[\p{L}0-9-]\.\p{L}{2}"
_TEXT = r"""^[\p{L}0-9"“‘$][\p{L}\p{M}0-9 \n.,;:'’‘"“”()/&+%$!?–—-]*$"""
_PEOPLE = (
    "students?|pupils?|learners?|graduates?|completers?|people|persons?|teenagers?|girls?|boys?"
)
_COUNT = "[1-9]|10|one|two|three|four|five|six|seven|eight|nine|ten"
_FEW = rf"(?i)(^|[^0-9\p{{L}}.,-])({_COUNT})( of (our|the|these|those))?( \p{{L}}+)? ({_PEOPLE})\b"


def free_text(column: str) -> list[tuple[str, str, pl.Expr]]:
    """Return the rules on text that people read on a page: name, message, and what must hold."""
    text = pl.col(column)
    return [
        (
            f"{column}:characters",
            f"{column} must begin with a letter or digit and have letters, digits, blanks and "
            "marks of punctuation alone: no markup, no @, no character that cannot be seen.",
            text.str.contains(_TEXT),
        ),
        (
            f"{column}:length",
            f"{column} must have {LEAST} to {MOST:,} characters.",
            text.str.len_chars().is_between(LEAST, MOST),
        ),
        (
            f"{column}:number",
            f"{column} must not hold nine digits with nothing but blanks or marks between them, "
            "which may be a person's number. Put words between years, round amounts.",
            ~text.str.contains(_NUMBER),
        ),
        (
            f"{column}:day",
            f"{column} must not hold a day in digits, which may be a birth date, or a telephone "
            "number. Name the month.",
            ~text.str.contains(_DAY) & ~text.str.contains(_TELEPHONE),
        ),
        (
            f"{column}:link",
            f"{column} must not hold an address of a page. Leave a blank after a full stop.",
            ~text.str.contains(_LINK),
        ),
        (
            f"{column}:few_people",
            f"{column} must not say how many of 10 or fewer people did something.",
            ~text.str.contains(_FEW),
        ),
    ]


class Statement(DeliveredRow):
    """A comment or a plan of a region, district, college or consortium on its own page."""

    kind: pl.String = code(("comment", "plan"), "comment, on what is; plan, of what is to be done.")
    page: pl.String = pattern(
        r"^(region/(macroregion|county|consortium)|district|college)/[a-z0-9-]+\.html$",
        "the address of a page, such as region/county/fresno.html",
        "Page of the site that it is on: the sender's own.",
    )
    measure: pl.String = pattern(
        r"^[a-z0-9_]+\.[a-z0-9_]+$",
        "a measure and its version, such as college_going_rate.12_months",
        "Measure that it is about; empty where it is about the whole page.",
        nullable=True,
    )
    office: pl.String = pa.Field(description="Office that speaks, which is no person.")
    written_on: pl.Date = pa.Field(description="Day on which it was written.")
    text: pl.String = pa.Field(description="What it says.")

    office_text = words("office")
    office_link = row_rule(
        "office:link",
        "office must not hold an address of a page.",
        ~pl.col("office").str.contains(_LINK),
    )
    page_submitter = row_rule(
        "page:submitter",
        "page must be the sender's own: the folder is named for it, county-fresno for "
        "region/county/fresno.html.",
        pl.col("page").str.replace("^region/", "").str.replace(r"\.html$", "").str.replace("/", "-")
        == pl.col("submitter"),
    )
    written_on_past = row_rule(
        "written_on:past",
        "written_on must be a day from 2020 to the one on which the file came.",
        pl.col("written_on").dt.year().ge(2020)
        & (pl.col("written_on") <= pl.col("period").str.to_date()),
    )
    (
        text_characters, text_length, text_number, text_day, text_link, text_few_people,
    ) = (row_rule(*rule) for rule in free_text("text"))  # fmt: skip


STATEMENT = Feed(
    name=FOLDER,
    order=0,
    model=Statement,
    grain="one comment or plan",
    submitted_by="region, consortium, district or college",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=(),
    impacts=(),
    example={
        "kind": "plan",
        "page": "region/county/fresno.html",
        "measure": "college_going_rate.12_months",
        "office": "Fresno County Office of Education, Career Pathways",
        "written_on": "2026-11-02",
        "text": "Three districts open evening advising for juniors in the spring. We expect more "
        "students to go on to college by the cohort of 2027-28.",
    },
)
