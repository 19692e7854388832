"""Rules of high-school students, completers, graduates and special admits."""

import polars as pl

from tests.reference.base.people import COMMUNITY_COLLEGE, UNIVERSITY
from tests.reference.metrics.cells import EVERYBODY, Rule
from tests.reference.metrics.high_school import WBL_TYPES


def within(day: str, months: int) -> pl.Expr:
    """Return whether a day is at most so many months after leaving high school."""
    return pl.col(day) <= pl.col("done_date").dt.offset_by(f"{months}mo")


Rules = dict[tuple[str, str], Rule]
c = pl.col
NOT_BY_SECTOR = c("dimension") != "pathway_sector"
#: Regimes of the concentrator: the first Perkins V plan asked for what makes a completer.
PLANS = {"perkins_v_first_plan": c("completed_v2"), "perkins_v_2024_plan": c("is_concentrator")}


def _years(n: int) -> str:
    return "1_year" if n == 1 else f"{n}_years"


def _student_rules() -> Rules:
    took_part = c("courses_in_year") > 0
    flags = {
        ("dual_enrollment_annual_participation_rate", "annual"): "is_dual",
        ("ccap_annual_participation_rate", "annual"): "is_ccap",
        ("cte_completer_annual_rate", "v1_300_hours"): "completed_v1",
        ("cte_completer_annual_rate", "v2_no_hours"): "completed_v2",
        **{("work_based_learning_rate", kind): f"did_{kind}" for kind in ("any", *WBL_TYPES)},
    }
    return {
        **{name: Rule("student_year", c(flag)) for name, flag in flags.items()},
        ("cte_participation_rate", "annual"): Rule("student_year", took_part, of=NOT_BY_SECTOR),
        ("cte_participant_count", "annual"): Rule("student_year", of=took_part),
        ("mean_work_based_learning_hours", "reported_hours"): Rule(
            "student_year", of=c("did_any"), in_statistic=c("hours") > 0, amount=c("hours")
        ),
        ("cte_concentrator_annual_rate", "perkins_v_first_plan"): Rule(
            "student_year", c("completed_ever"), of=took_part
        ),
        ("cte_concentrator_annual_rate", "perkins_v_2024_plan"): Rule(
            "student_year", c("is_concentrator"), of=took_part
        ),
    }


def _cohort_rules() -> Rules:
    deadline, later_deadline = (pl.date(c("year") + n, 8, 31) for n in (1, 2))
    graduated, otherwise, certified = (
        (c(day) <= deadline).fill_null(False)
        for day in ("graduation_date", "other_completion_date", "certificate_date")
    )
    unfinished = ~(graduated | otherwise | certified)
    came_back = c("last_primary_year") > c("year")
    counts = {
        "four_year_graduation_rate": graduated,
        "five_year_graduation_rate": c("graduation_date") <= later_deadline,
        "four_year_other_completion_rate": ~graduated & otherwise,
        "four_year_still_enrolled_rate": unfinished & came_back,
        "four_year_left_rate": unfinished & ~came_back,
    }
    of = {
        ("participant_graduation_rate", "acgr"): c("is_participant"),
        **{("concentrator_graduation_rate", plan): deep for plan, deep in PLANS.items()},
    }
    return {
        **{(metric, "acgr"): Rule("ninth_grade_cohort", e) for metric, e in counts.items()},
        **{name: Rule("ninth_grade_cohort", graduated, of=who) for name, who in of.items()},
    }


def _completer_rules() -> Rules:
    return {
        ("college_going_rate", f"{months}_months{suffix}"): Rule(
            "completer", within("first_term", months) & is_there
        )
        for months in (12, 16)
        for suffix, is_there in {
            "": c("first_term").is_not_null(),
            "_community_college": c("first_college_type") == COMMUNITY_COLLEGE,
            "_university": c("first_college_type") == UNIVERSITY,
        }.items()
    }


def _graduate_rules() -> Rules:
    deep, took_part = c("is_concentrator"), c("is_participant")
    early, done = (c("credit_sections") > 0).fill_null(False), c("completed_v2")
    added = {
        "early_college_credit": early,
        "work_based_learning": c("did_work"),
        "certification": c("is_certified"),
    }
    added["any"] = pl.any_horizontal(e.fill_null(False) for e in added.values())
    prepared = (c("credit_sections") >= 2).fill_null(False) | c("is_prepared_by_both")
    flags = {
        ("dual_enrollment_participation_rate", "ever_in_high_school"): c("is_dual"),
        ("cte_completion_rate", "v1_300_hours"): c("completed_v1"),
        ("cte_completion_rate", "v2_no_hours"): done,
        ("college_career_prepared_rate", "college_credit_criteria"): prepared,
    }
    of_deep = {
        "concentrator_credential_rate": c("has_credential"),
        "concentrator_postsecondary_credit_rate": c("has_credit_of_concentration"),
        "concentrator_work_based_learning_rate": c("did_work"),
    }
    return {
        **{name: Rule("graduate", e) for name, e in flags.items()},
        **{(m, "perkins_v"): Rule("graduate", e, of=deep) for m, e in of_deep.items()},
        **{
            ("completer_added_preparation_rate", kind): Rule("graduate", has, of=done)
            for kind, has in added.items()
        },
        **{
            ("cte_concentration_rate", plan): Rule("graduate", e, of=took_part)
            for plan, e in PLANS.items()
        },
    }


def _at_college(of_pupils: pl.Expr) -> dict[str, pl.Expr]:
    """Return how the first college after school relates to those of dual enrolment."""
    same = c("first_college").is_in(of_pupils).fill_null(False)
    return {
        "same_college": same,
        "other_community_college": ~same & (c("first_college_type") == COMMUNITY_COLLEGE),
        "university": ~same & (c("first_college_type") == UNIVERSITY),
    }


def _after_school_rules() -> Rules:
    went, went_near = within("first_term", 12), within("first_local_term", 12)
    by_october = c("first_term") <= pl.date(c("year") + 1, 10, 31)
    took_part, is_dual = c("is_participant"), c("is_dual")
    rules = {
        ("immediate_college_enrollment_rate", "by_31_october"): Rule("graduate", by_october),
        ("college_enrollment_window_rate", "first_fall"): Rule("graduate", c("in_first_fall")),
        ("college_enrollment_window_rate", "first_year"): Rule("graduate", c("in_first_year")),
        ("cte_to_community_college_rate", "12_months"): Rule("graduate", went_near, of=took_part),
        ("first_year_cte_units_rate", "9_units"): Rule(
            "graduate", c("first_year_cte_units") >= 9, of=took_part & went_near
        ),
        ("dual_enrollment_matriculation_rate", "12_months"): Rule("graduate", went, of=is_dual),
        **{
            ("dual_enrollment_matriculation_rate", f"12_months_{kind}"): Rule(
                "graduate", went & is_there, of=is_dual
            )
            for kind, is_there in _at_college(c("dual_colleges")).items()
        },
    }
    spans = {
        ("pathway_completion_rate", "first_award_of_concentration"): (3, 6),
        ("credential_attainment_rate", "first_award"): (3, 6, 8),
        ("degree_attainment_rate", "first_degree"): (4, 6, 8, 10),
        ("bachelor_attainment_rate", "first_bachelor"): (4, 6, 8, 10),
    }
    for (metric, day), years in spans.items():
        of = c("is_concentrator") if metric == "pathway_completion_rate" else EVERYBODY
        for n in years:
            rules[metric, _years(n)] = Rule("graduate", within(day, 12 * n), of=of)
    return rules


def _placement_rules() -> Rules:
    deep, is_matchable = c("is_concentrator"), c("is_matchable")
    employed = (c("second_quarter") > 0).fill_null(False)
    placed = c("is_enrolled_second_quarter") | employed
    by_october = (c("first_term") <= pl.date(c("year") + 1, 10, 31)).fill_null(False)
    return {
        ("secondary_placement_rate", "all_concentrators"): Rule("graduate", placed, of=deep),
        ("secondary_placement_rate", "matchable"): Rule(
            "graduate", placed, of=deep, in_statistic=is_matchable
        ),
        ("graduate_employed_second_quarter_rate", "calendar_quarter"): Rule(
            "graduate", employed, in_statistic=is_matchable
        ),
        ("successful_transition_rate", "employed_35000_usd"): Rule(
            "graduate", c("summer") * 4 >= 35000, of=~by_october, in_statistic=is_matchable
        ),
    }


def _special_admit_rules() -> Rules:
    cohort, annual = "special_admit_cohort", "dual_enrollment_year"
    return {
        (f"{cohort}_count", "expected_graduation_year"): Rule(cohort),
        ("ninth_grade_credit_rate", "credit_course"): Rule(cohort, c("passed_by_grade_9")),
        ("mean_dual_enrollment_units", "degree_applicable"): Rule(
            cohort, amount=c("units").fill_null(0)
        ),
        **{
            ("special_admit_matriculation_rate", _years(n)): Rule(
                cohort, c("college_year") - c("year") <= n
            )
            for n in (1, 2, 4)
        },
        **{
            ("special_admit_matriculation_rate", f"1_year_{kind}"): Rule(
                cohort, c("first_term").is_not_null() & is_there
            )
            for kind, is_there in _at_college(c("dual_colleges")).items()
        },
        ("ccap_share", "annual"): Rule(annual, c("is_ccap")),
        ("dual_enrollment_pass_rate", "any_course"): Rule(annual, c("is_passed")),
        ("mean_dual_enrollment_units_passed", "annual"): Rule(annual, amount=c("units")),
        ("career_dual_enrollment_rate", "top_in_cte_sector"): Rule(
            annual, c("is_career"), of=NOT_BY_SECTOR
        ),
    }


RULES = {
    **_student_rules(),
    **_cohort_rules(),
    **_completer_rules(),
    **_graduate_rules(),
    **_after_school_rules(),
    **_placement_rules(),
    **_special_admit_rules(),
}
