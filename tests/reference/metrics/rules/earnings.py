"""Rules of people who left college or earned an award."""

import polars as pl

from tests.reference.base.people import COMMUNITY_COLLEGE
from tests.reference.metrics.cells import Rule
from tests.reference.metrics.earnings import ATTACHMENT_FLOOR_USD, YEARS_AFTER_EXIT

Rules = dict[tuple[str, str], Rule]
c = pl.col


def _employment_after_exit() -> Rules:
    has_second = c("second").is_not_null()
    same_employer = (
        c("second_employers").list.set_intersection(c("fourth_employers")).list.len() > 0
    )
    seen_before = c("entry_quarter") - 1 >= c("first_wage_quarter")
    credential = c("first_award") <= c("exit_date").dt.offset_by("12mo")
    return {
        ("employed_second_quarter_rate", "calendar_quarter"): Rule(
            "exiter", c("second") > 0, in_statistic=c("is_matchable")
        ),
        ("employed_second_quarter_rate", "ccc_fiscal_year"): Rule(
            "exiter", c("autumn_1") > 0, in_statistic=c("is_matchable")
        ),
        ("employed_fourth_quarter_rate", "calendar_quarter"): Rule(
            "exiter", c("fourth") > 0, in_statistic=c("is_matchable")
        ),
        ("employed_second_quarter_count", "calendar_quarter"): Rule(
            "exiter", in_statistic=has_second
        ),
        ("newly_employed_rate", "quarter_before_entry"): Rule(
            "exiter",
            c("autumn_1") > 0,
            of=seen_before,
            in_statistic=c("is_matchable") & c("just_before").is_null(),
        ),
        ("employer_retention_rate", "second_to_fourth_quarter"): Rule(
            "exiter", same_employer, in_statistic=has_second
        ),
        ("employed_in_sector_of_training_rate", "exiter_second_quarter"): Rule(
            "exiter", c("is_in_sector"), in_statistic=has_second
        ),
        ("perkins_placement_rate", "leavers"): Rule(
            "exiter", c("second") > 0, of=c("is_concentrator"), in_statistic=c("is_matchable")
        ),
        ("perkins_credential_rate", "one_year"): Rule(
            "exiter", credential, of=c("is_concentrator")
        ),
        ("wioa_credential_rate", "one_year"): Rule("exiter", credential),
    }


def _earnings_after_exit() -> Rules:
    annual, year_1 = c("autumn_1") * 4, c("year_1_wages")
    both = c("autumn_1").is_not_null() & c("before").is_not_null()
    has_second, has_autumn = c("second").is_not_null(), c("autumn_1").is_not_null()
    rules = {
        ("living_wage_rate", "oct_dec_x4_2024"): Rule(
            "exiter", annual >= c("living_wage_usd"), in_statistic=has_autumn
        ),
        ("living_wage_rate", "oct_dec_x4_wage_year"): Rule(
            "exiter",
            (c("autumn_1_constant") * 4).round(2) >= c("living_wage_constant"),
            in_statistic=c("autumn_1_constant").is_not_null()
            & c("living_wage_constant").is_not_null(),
        ),
        ("living_wage_rate", "july_june_microregion_2024"): Rule(
            "exiter", year_1 >= c("microregion_living_wage"), in_statistic=year_1.is_not_null()
        ),
        ("median_annual_earnings_usd", "july_june_sum"): Rule(
            "exiter", in_statistic=year_1.is_not_null(), amount=year_1
        ),
        ("median_annual_earnings_constant_usd", "oct_dec_x4"): Rule(
            "exiter",
            in_statistic=c("autumn_1_constant").is_not_null(),
            amount=c("autumn_1_constant") * 4,
        ),
        ("median_earnings_change_usd", "jan_mar_to_oct_dec"): Rule(
            "exiter", in_statistic=both, amount=(c("autumn_1") - c("before")) * 4
        ),
        ("median_earnings_change_ratio", "jan_mar_to_oct_dec"): Rule(
            "exiter", in_statistic=both, amount=c("autumn_1") / c("before") - 1
        ),
        ("median_fourth_quarter_earnings_usd", "calendar_quarter"): Rule(
            "exiter", in_statistic=c("fourth").is_not_null(), amount=c("fourth")
        ),
    }
    for statistic in ("p25", "median", "p75"):
        rules[f"{statistic}_quarterly_earnings_usd", "calendar_quarter"] = Rule(
            "exiter", in_statistic=has_second, amount=c("second")
        )
        rules[f"{statistic}_annual_earnings_usd", "oct_dec_x4"] = Rule(
            "exiter", in_statistic=has_autumn, amount=annual
        )
    return rules


def _years_after_exit() -> Rules:
    rules = {}
    for n in YEARS_AFTER_EXIT:
        name = "1_year" if n == 1 else f"{n}_years"
        enrolled = c(f"is_enrolled_{n}")
        rules["median_earnings_years_after_exit_usd", name] = Rule(
            "exiter",
            in_statistic=c(f"autumn_{n}").is_not_null() & ~enrolled,
            amount=c(f"autumn_{n}") * 4,
        )
        if n > 1:
            rules["enrolled_again_count", name] = Rule("exiter", in_statistic=enrolled)
    return rules


LOCAL = c("institution_type") == COMMUNITY_COLLEGE


def _wages(n: int) -> pl.Expr:
    return c(f"year_{n}_wages")


def _enrolled(n: int) -> pl.Expr:
    return c("term_years").list.contains(c("year") + n).fill_null(False)


def _settled(n: int) -> Rule:
    until = pl.date(c("year") + 1 + max(n, 2), 6, 30)
    went_on = (c("next_term") <= until).fill_null(False)
    constant = c(f"year_{n}_constant")
    return Rule(
        "award_earner",
        of=LOCAL & ~went_on,
        in_statistic=constant.is_not_null(),
        amount=constant,
    )


def _employment_after_award() -> Rules:
    rules = {
        ("sustained_employment_rate", "four_quarters_without_hours"): Rule(
            "award_earner", c("year_1_n_quarters") == 4, in_statistic=c("is_matchable")
        ),
        ("employed_in_sector_of_training_rate", "award_second_quarter"): Rule(
            "award_earner",
            c("is_in_sector"),
            in_statistic=c("sector_code").is_not_null()
            & c("second").is_not_null()
            & ~c("is_enrolled_second"),
        ),
        ("perkins_placement_rate", "award_earners"): Rule(
            "award_earner",
            (c("second") > 0).fill_null(False) | c("is_enrolled_second"),
            of=LOCAL & c("sector_code").is_not_null(),
            in_statistic=c("is_matchable"),
        ),
    }

    for n in (3, 5, 10):
        rules["qualifying_employment_rate", f"{n}_years"] = Rule(
            "award_earner",
            (c(f"year_{n}_n_quarters") >= 2) & (_wages(n) >= 3000),
            in_statistic=c("is_matchable"),
        )
    return rules


def _earnings_after_award() -> Rules:
    rules = {}
    for n in (1, 3, 5, 10):
        name = "1_year" if n == 1 else f"{n}_years"
        rules["median_earnings_years_after_award_usd", name] = Rule(
            "award_earner", in_statistic=_wages(n).is_not_null() & ~_enrolled(n), amount=_wages(n)
        )
        rules["enrolled_after_award_count", name] = Rule("award_earner", in_statistic=_enrolled(n))
    for n in (1, 5, 10):
        name = "1_year" if n == 1 else f"{n}_years"
        attached = (c(f"year_{n}_n_quarters") >= 3) & (_wages(n) >= ATTACHMENT_FLOOR_USD)
        for statistic in ("p25", "median", "p75"):
            rules[f"attached_{statistic}_earnings_usd", name] = Rule(
                "award_earner", in_statistic=attached, amount=_wages(n)
            )
    for n in (3, 5):
        rules["living_wage_after_award_rate", f"{n}_years_2024"] = Rule(
            "award_earner",
            _wages(n) >= c("living_wage_usd"),
            in_statistic=_wages(n).is_not_null()
            & ~_enrolled(n)
            & c("living_wage_usd").is_not_null(),
        )
        constant = c(f"year_{n}_constant")
        rules["living_wage_after_award_rate", f"{n}_years_wage_year"] = Rule(
            "award_earner",
            constant.round(2) >= c("living_wage_constant"),
            in_statistic=constant.is_not_null()
            & ~_enrolled(n)
            & c("living_wage_constant").is_not_null(),
        )
    rules["wage_tracker_earnings_usd", "3_years"] = _settled(3)
    for n, name in ((-2, "2_years_before"), (2, "2_years_after"), (5, "5_years_after")):
        rules["salary_trajectory_usd", name] = _settled(n)
    return rules


RULES = (
    _employment_after_exit()
    | _earnings_after_exit()
    | _years_after_exit()
    | _employment_after_award()
    | _earnings_after_award()
)
