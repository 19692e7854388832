"""What the quality of a delivery does to its submitter's numbers, counted from the delivery itself.

Lives here: for each feed, what is counted and the sentence a submitter is told. Does not: any rule
(`schemas`), how a report looks. What the sentences promise of metrics is what the models
`int_k12__graduation`, `int_k12__pathway_spell`, `int_college__cte_exiter` and
`int_person__attribute` do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from schemas import FEEDS, Feed, codes

# Columns that `counts` adds to the delivered ones.
REJECTED, BROKEN = "_rejected", "_broken"
_REJECTED, _ACCEPTED = pl.col(REJECTED), ~pl.col(REJECTED)

# CALPADS completion status of a regular diploma, the one that makes a graduate.
REGULAR_DIPLOMA = "100"
# Left for an unknown place: stays in the graduation cohort.
NO_KNOWN_ENROLLMENT = "E140"

# Verbs of a sentence about one thing; about any other number of things the key itself is used.
_OF_ONE = {"have": "has", "lack": "lacks", "are": "is"}


@dataclass(frozen=True)
class Measure:
    """Two aggregates over the rows of one file: a count, and what it is a part of."""

    count: pl.Expr
    of: pl.Expr


@dataclass(frozen=True)
class Effect:
    """One thing counted in a delivery, and what its submitter is told of it.

    Attributes:
        name: Name in the report's figures.
        label: What is counted, as a line of a table.
        measure: How it is counted.
        says: The sentence, with ``{n}``, ``{of}`` and verbs such as ``{have}``.
        unit: Written before numbers: ``$`` for money.
    """

    name: str
    label: str
    measure: Measure
    says: str
    unit: str = ""

    @property
    def columns(self) -> set[str]:
        """Delivered columns it reads."""
        read = {*self.measure.count.meta.root_names(), *self.measure.of.meta.root_names()}
        return read - {REJECTED, BROKEN}

    def sentence(self, n: float, of: float) -> str:
        """Return what a submitter is told for `n` of `of`."""
        verbs = {many: one if n == 1 else many for many, one in _OF_ONE.items()}
        return self.says.format(
            n=f"{self.unit}{n:,.0f}", of=f"{self.unit}{of:,.0f}", share=share(n, of), **verbs
        )


def share(n: float, of: float) -> str:
    """Return a share in per cent; what is not nothing is never written as 0 %."""
    if not of:
        return "0 %"
    percent = 100 * n / of
    return f"{percent:.0f} %" if percent == 0 or percent >= 1 else f"{max(percent, 0.1):.1f} %"


def _distinct(columns: Sequence[str], among: pl.Expr) -> pl.Expr:
    complete = pl.all_horizontal(pl.col(*columns).is_not_null())
    return pl.struct(*columns).filter(among & complete).n_unique()


def _lost(columns: Sequence[str], among: pl.Expr | None = None) -> Measure:
    """Return how many distinct keys are only in rejected rows, of how many delivered."""
    chosen = pl.lit(True) if among is None else among
    everyone = _distinct(columns, chosen)
    return Measure(everyone - _distinct(columns, chosen & _ACCEPTED), everyone)


def _rows(holds: pl.Expr, among: pl.Expr | None = None) -> Measure:
    """Return how many accepted rows something holds for, of those among which it may."""
    chosen = _ACCEPTED if among is None else _ACCEPTED & among.fill_null(False)
    return Measure((chosen & holds.fill_null(False)).sum(), chosen.sum())


def _people(columns: Sequence[str], never: pl.Expr) -> Measure:
    """Return how many people have no accepted row in which `never` is false, of all accepted."""
    everyone = _distinct(columns, _ACCEPTED)
    return Measure(everyone - _distinct(columns, _ACCEPTED & ~never), everyone)


def _amount(column: str) -> Measure:
    """Return the sum of a number in rejected rows, of all rows; what is no number adds nothing."""
    value = pl.col(column).cast(pl.Float64, strict=False).fill_null(0).fill_nan(0)
    sane = pl.when(value.is_between(0, 1e9)).then(value).otherwise(0)
    return Measure(sane.filter(_REJECTED).sum(), sane.sum())


def _breaks(column: str) -> pl.Expr:
    return pl.col(BROKEN).list.eval(pl.element().str.starts_with(f"{column}:")).list.any()


_STUDENT = ("state_student_id",)
_AT_COLLEGE = ("institution_id", "local_student_id")
_NO_SSN, _NO_SSID = pl.col("ssn").is_null(), pl.col("state_student_id").is_null()


def _students_lost(key: Sequence[str], consequence: str) -> Effect:
    return Effect(
        "people_lost",
        "people with no accepted row",
        _lost(key),
        says=f"{{n}} of {{of}} students {{have}} only rejected rows. {consequence}",
    )


_WITHOUT_SSN = Effect(
    "people_without_ssn",
    "people without an ssn",
    _people(_AT_COLLEGE, _NO_SSN),
    says="{n} of {of} people ({share}) {have} no ssn. Their wages can't be looked up unless "
    "another college reports their number: your employment and earnings figures go without them.",
)
_WITHOUT_SSID = Effect(
    "people_without_ssid",
    "people without a state_student_id",
    _people(_AT_COLLEGE, _NO_SSID),
    says="{n} of {of} people ({share}) {have} no state_student_id. They can be joined to their "
    "high school by name and birth date alone; who is not found so is missing from its "
    "college-going, dual enrollment and credential rates.",
)

_COMPLETED = pl.col("pathway_completion_academic_year").is_not_null()
_PASSED = pl.col("capstone_grade").is_in(codes.CAPSTONE_PASSING)
_COURSES = pl.col("courses_completed").cast(pl.Float64, strict=False)
_HOURS = pl.col("pathway_hours").cast(pl.Float64, strict=False)
_EXIT, _STATUS = pl.col("exit_code"), pl.col("completion_status_code")

EFFECTS: dict[str, tuple[Effect, ...]] = {
    "k12_enrollment": (
        _students_lost(
            _STUDENT,
            "Those in no other year's file are in no graduation cohort; the others lack this year "
            "in their record.",
        ),
        Effect(
            "graduates_lost",
            "graduates only in rejected rows",
            _lost(_STUDENT, _STATUS == REGULAR_DIPLOMA),
            says="{n} of {of} graduates you report {are} only in rejected rows. Your graduation "
            "rate counts them as non-graduates, or not at all.",
        ),
        Effect(
            "exits_without_completion",
            "exits with code E230 and no completion code",
            _rows(_STATUS.is_null(), _EXIT == codes.COMPLETER_EXIT),
            says=f"{{n}} of {{of}} exits with exit_code {codes.COMPLETER_EXIT} {{lack}} a "
            "completion_status_code. Your graduation rate counts these students as non-graduates.",
        ),
        Effect(
            "exits_unknown",
            "exits to no known enrollment",
            _rows(_EXIT == NO_KNOWN_ENROLLMENT, _EXIT.is_not_null()),
            says=f"{{n}} of {{of}} exits {{have}} exit_code {NO_KNOWN_ENROLLMENT}, no known "
            "enrollment. These students stay in your graduation cohort as non-graduates; a "
            "confirmed move to another state, country or private school takes them out.",
        ),
        Effect(
            "race_not_reported",
            "rows without race or ethnicity",
            _rows(pl.col("race_ethnicity_code") == "RD"),
            says="{n} of {of} rows ({share}) {have} race_ethnicity_code RD, not reported. These "
            "students are in your totals and in no named group of the equity comparisons.",
        ),
    ),
    "k12_pathway": (
        _students_lost(
            _STUDENT, "What they took and completed this year is in no pathway or CTE rate."
        ),
        Effect(
            "completions_lost",
            "pathway completions in rejected rows",
            _lost((*_STUDENT, "pathway_code"), _COMPLETED),
            says="{n} of {of} pathway completions you report {are} in rejected rows. Your CTE "
            "completion rate counts their students as non-completers.",
        ),
        Effect(
            "completions_not_reported",
            "passed capstones without a completion year",
            _rows(~_COMPLETED, _PASSED),
            says="{n} of {of} rows with a capstone_grade of C- or better {have} no "
            "pathway_completion_academic_year. Your CTE completion rate does not count them.",
        ),
        Effect(
            "courses_without_hours",
            "completed courses with 0 hours",
            _rows(_HOURS == 0, _COURSES >= 1),
            says="{n} of {of} rows with a completed course {have} pathway_hours 0. They add "
            "nothing to the 300 hours that the older definition of a completer asks for.",
        ),
        Effect(
            "hours_missing",
            "rows rejected for their hours",
            Measure(_breaks("pathway_hours").sum(), pl.len()),
            says="{n} of {of} rows {are} rejected for their pathway_hours. Courses and capstones "
            "of these rows are lost with the hours.",
        ),
    ),
    "work_based_learning": (
        _students_lost(_STUDENT, "They read as without work-based learning this year."),
        Effect(
            "hours_lost",
            "hours in rejected rows",
            _amount("wbl_hours"),
            says="{n} of {of} hours you report {are} in rejected rows and in no table.",
        ),
        Effect(
            "without_sector",
            "rows without an industry",
            _rows(pl.col("employer_naics_sector").is_null()),
            says="{n} of {of} rows ({share}) {have} no employer_naics_sector. Whether the work "
            "fits the student's pathway can't be told from them.",
        ),
    ),
    "dual_enrollment": (
        _students_lost(
            _AT_COLLEGE, "They read as without dual enrollment in their high school's rates."
        ),
        _WITHOUT_SSID,
        _WITHOUT_SSN,
        Effect(
            "units_lost",
            "units earned in rejected rows",
            _amount("units_earned"),
            says="{n} of {of} units_earned {are} in rejected rows and count for nobody.",
        ),
    ),
    "college_enrollment": (
        _students_lost(
            _AT_COLLEGE,
            "Their high schools' college-going rates go without them, and who was enrolled the "
            "year before reads as having left college.",
        ),
        _WITHOUT_SSN,
        _WITHOUT_SSID,
        Effect(
            "people_without_program",
            "people without a program",
            _people(_AT_COLLEGE, pl.col("program_top_code").is_null()),
            says="{n} of {of} people ({share}) {have} no program_top_code in any term. If they "
            "leave, your employment and earnings figures, which are of career education students, "
            "do not count them.",
        ),
    ),
    "credential": (
        Effect(
            "awards_lost",
            "awards in rejected rows",
            _lost(("institution_id", "award_id")),
            says="{n} of {of} awards {are} in rejected rows. No credential or pathway completion "
            "rate counts them.",
        ),
        _WITHOUT_SSID,
        _WITHOUT_SSN,
        Effect(
            "without_top",
            "awards without a TOP code",
            _rows(pl.col("program_top_code").is_null()),
            says="{n} of {of} awards {have} a cip_code and no program_top_code. Their industry "
            "sector is told by the first two digits of the CIP code alone.",
        ),
    ),
    "wage": (
        Effect(
            "people_lost",
            "people with no accepted row",
            _lost(("ssn",)),
            says="{n} of {of} people {have} only rejected rows. They read as not found in wage "
            "records this quarter.",
        ),
        Effect(
            "wages_lost",
            "wages in rejected rows",
            _amount("quarterly_wages_usd"),
            says="{n} of {of} wages {are} in rejected rows. Earnings of people with several "
            "employers read too low, and medians go without the others.",
            unit="$",
        ),
        Effect(
            "ssn_unusable",
            "rows rejected for their ssn",
            Measure(_breaks("ssn").sum(), pl.len()),
            says="{n} of {of} rows {have} an ssn that is empty, not 9 digits or made up. Nobody "
            "can be found by it.",
        ),
        Effect(
            "without_county",
            "rows without a county of work",
            _rows(pl.col("county_fips").is_null()),
            says="{n} of {of} rows ({share}) {have} no county_fips. Their place of work is not "
            "known.",
        ),
    ),
    "institution": (
        Effect(
            "institutions_lost",
            "institutions in rejected rows",
            _lost(("institution_id",)),
            says="{n} of {of} institutions {are} in rejected rows. Unless another year's register "
            "has them, their students are in no region's result.",
        ),
    ),
    "consortium_member": (
        Effect(
            "members_lost",
            "members in rejected rows",
            _lost(("consortium_id", "member_id")),
            says="{n} of {of} members {are} in rejected rows and not shown in their consortium.",
        ),
        Effect(
            "without_staff",
            "memberships without staff",
            _rows(pl.col("staff_fte").is_null()),
            says="{n} of {of} memberships {have} no staff_fte. What they give to the consortium is "
            "not known.",
        ),
    ),
    "initiative_grant": (
        Effect(
            "award_lost",
            "award money in rejected rows",
            _amount("award_amount_usd"),
            says="{n} of {of} awarded is in rejected rows. The initiative's money reads too low "
            "by that.",
            unit="$",
        ),
    ),
    "initiative_participation": (
        Effect(
            "people_lost",
            "participants with no accepted row",
            _lost(_AT_COLLEGE),
            says="{n} of {of} participants {have} only rejected rows. The initiative reads as not "
            "having reached them.",
        ),
        _WITHOUT_SSID,
        _WITHOUT_SSN,
    ),
    "labor_demand": (
        Effect(
            "openings_lost",
            "openings in rejected rows",
            _amount("annual_openings"),
            says="{n} of {of} annual_openings {are} in rejected rows. Demand in their regions "
            "reads too low.",
        ),
    ),
}

_KEY = ("period", "submitter")


def of_feed(feed: Feed) -> tuple[Effect, ...]:
    """Return the effects whose columns this feed has; an encoded one may lack some."""
    return tuple(effect for effect in EFFECTS[feed.name] if effect.columns <= set(feed.dtypes))


def counts(delivered: pl.DataFrame, quarantined: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Return for each file what it does to its submitter's numbers.

    Args:
        delivered: All rows of one or more files, as text.
        quarantined: Those of them that were rejected, with `_reasons`.
        feed: Their feed.

    Returns:
        ``period, submitter`` and for each effect ``<name>`` and ``<name>__of``.
    """
    key = [*_KEY, "row_number"]
    marks = quarantined.select(*key, pl.col("_reasons").alias(BROKEN))
    marked = delivered.join(marks, on=key, how="left").with_columns(
        pl.col(BROKEN).is_not_null().alias(REJECTED), pl.col(BROKEN).fill_null([])
    )
    return marked.group_by(_KEY, maintain_order=True).agg(
        measure.alias(name)
        for effect in of_feed(feed)
        for name, measure in (
            (effect.name, effect.measure.count),
            (f"{effect.name}__of", effect.measure.of),
        )
    )


assert set(EFFECTS) == set(FEEDS), "every feed tells its submitters what their data does"
