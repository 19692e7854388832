"""Rules of the stages from ninth grade to a living wage."""

import polars as pl

from tests.reference.metrics.cells import Rule


def _rules() -> dict[tuple[str, str], Rule]:
    c = pl.col
    reached = {
        "career_education": c("is_participant"),
        "concentration": c("is_concentrator"),
        "graduation": c("graduation_date").is_not_null(),
        "college": c("first_term") <= c("done_date").dt.offset_by("16mo"),
        "credential": c("first_award") <= pl.date(c("year") + 7, 6, 30),
        "living_wage": c("autumn") * 4 >= c("living_wage_usd"),
    }
    rules = {}
    so_far = c("row").is_not_null()
    for stage, is_reached in reached.items():
        known = c("is_matchable") if stage == "living_wage" else c("row").is_not_null()
        rules[f"stage_{stage}", "v1"] = Rule("journey", is_reached, of=so_far, in_statistic=known)
        so_far = so_far & is_reached.fill_null(False)
    return rules


RULES = _rules()
