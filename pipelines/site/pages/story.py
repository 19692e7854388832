"""The statewide story: seven charts whose titles are findings, and the three that matter most.

Lives here: which measures the story has, and how the three are chosen. Does not: when a finding
holds (`pipelines.site.findings`).
"""

from collections.abc import Sequence
from typing import Any

from pipelines.site import charts, findings
from pipelines.site.findings import LEAST_PEOPLE, Finding
from pipelines.site.measures import EQUITY_KEY, STATE_KEY, WAGES, by_place, cohorts, group_names
from pipelines.site.page import Block, Download, Page, in_language, values
from pipelines.site.source import STATE, Row, Source
from pipelines.site.words import Words, figure

ACCESS = "cte_participation_rate.annual"
COMPLETION = "cte_completion_rate.v2_no_hours"
DUAL = "dual_enrollment_participation_rate.ever_in_high_school"
CREDENTIALS = (
    "pathway_completion_rate.3_years",
    "pathway_completion_rate.6_years",
    "credential_attainment_rate.6_years",
)
SCHEME = "macroregion"
CURVE_KEY = ("unit_type", "initiative_code", "is_funded", "years_after_funding")
# Groups of fewer people are in the download; a chart of them shows noise.
LEAST_IN_GROUP = 30


def page(source: Source, words: Words, briefs: dict[str, Any]) -> Page:
    """Return the story of the state.

    Args:
        source: The release.
        words: The language.
        briefs: Names and addresses of the briefs by scheme.
    """
    leadership = source.rows("metrics.leadership_state", STATE_KEY, "order by position")
    drawn = [
        _series(source, words, "access", ACCESS),
        _completion(source, words),
        _series(source, words, "dual", DUAL),
        _credentials(source, words),
    ]
    # No wages, no gaps with intervals and no survival are published.
    if not source.is_public:
        drawn += [
            _wages(source, words),
            _equity(source, words, leadership),
            _lasting(source, words),
        ]
    sections = [section for section in drawn if section is not None]
    other = Words("es" if words.language == "en" else "en")
    short = in_short(source, words, leadership)
    return Page(
        path=in_language(words, "index.html"),
        template="story.html.j2",
        title=words("story.title"),
        words=words,
        current="story",
        content={
            "sections": sections,
            "short": [one for one in short if one.kind != "unclear" or len(short) == 1],
            "unclear": [one for one in short if one.kind == "unclear" and len(short) > 1],
            "briefs": briefs,
            "source_note": "metric_value"
            if source.is_public
            else "metrics.metric_value, metric_equity, collaboration.survival_curve",
        },
        downloads=[section.table for section in sections if section.table],
        other_language=in_language(other, "index.html"),
    )


def in_short(source: Source, words: Words, leadership: Sequence[Row]) -> list[Finding]:
    """Return the three findings that matter most, and what is not clear, last."""
    if not leadership:
        return [Finding(words("finding.nothing_yet"), "unclear")]
    named = [(f"{row['metric_id']}.{row['definition_version']}", row) for row in leadership]
    names = dict.fromkeys([name for name, _ in named] + [ACCESS, COMPLETION, DUAL, *CREDENTIALS])
    series = {name: rows for name in names if (rows := cohorts(source, name))}
    changes = [findings.change(words, name, rows) for name, rows in series.items()]
    apart = [
        findings.places(words, name, by_place(source, rows[-1], SCHEME), len(series))
        for name, rows in series.items()
    ]
    levels = [
        findings.level(words, name, rows[-1])
        for name, rows in series.items()
        if rows[-1]["unit"] == "rate"
    ]
    # Which group is behind is not published: nothing is said of it.
    gaps = [] if source.is_public else _gaps(source, words, named)
    chosen = findings.strongest([f for f in (*changes, *gaps, *apart, *levels) if f])
    unclear = [
        ("no_change", any(changes)),
        ("no_gap", gaps or source.is_public),
        ("no_places", any(apart)),
    ]
    return [
        *chosen,
        *(Finding(words(f"finding.{key}"), "unclear") for key, is_clear in unclear if not is_clear),
    ]


def _gaps(source: Source, words: Words, named: Sequence[tuple[str, Row]]) -> list[Finding]:
    names = group_names(source, words)
    all_gaps = [
        findings.gap(
            words,
            name,
            row,
            names.get((row["gap_student_group"], row["gap_student_group_value"]), ""),
        )
        for name, row in named
    ]
    return sorted((g for g in all_gaps if g), key=lambda g: -g.size)


def _series(source: Source, words: Words, key: str, name: str) -> Block | None:
    rows = cohorts(source, name)
    if not rows:
        return None
    finding = findings.first(
        findings.change(words, name, rows), findings.level(words, name, rows[-1])
    )
    kind = rows[-1]["unit"]
    return Block(
        key,
        finding.text,
        words(f"section.{key}.lead"),
        words(f"section.{key}.label"),
        values(f"story-{key}", rows),
        kind="rate_1" if kind == "rate" else kind,
        series=charts.series(rows, kind),
    )


def _completion(source: Source, words: Words) -> Block | None:
    rows = cohorts(source, COMPLETION)
    if not rows:
        return None
    state = rows[-1]
    places = by_place(source, state, SCHEME)
    finding = findings.first(
        findings.change(words, COMPLETION, rows),
        findings.places(words, COMPLETION, places),
        findings.level(words, COMPLETION, state),
    )
    marks = [charts.Mark(row["region_name"], row) for row in places]
    return Block(
        "completion",
        finding.text,
        words("section.completion.lead", cohort=state["cohort_year"]),
        words("section.completion.label"),
        values("story-completion", [state, *places]),
        ranges=charts.ranges(marks, "rate_1", state),
        first=words("column.place"),
        reference=words("column.state") + " " + figure(state, "value", "rate_1"),
        invites_cause=True,
    )


def _credentials(source: Source, words: Words) -> Block | None:
    series = {name: cohorts(source, name) for name in CREDENTIALS}
    last = {name: rows[-1] for name, rows in series.items() if rows}
    if CREDENTIALS[-1] not in last:
        return None
    any_credential = CREDENTIALS[-1]
    finding = findings.first(
        *(findings.change(words, name, series[name]) for name in reversed(CREDENTIALS)),
        findings.level(words, any_credential, last[any_credential]),
    )
    marks = [
        charts.Mark(
            f"{words(f'measure.{name}.name')} ({row['cohort_year']})", row,
            is_strong=name == any_credential,
        )
        for name, row in last.items()
    ]  # fmt: skip
    return Block(
        "credentials",
        finding.text,
        words("section.credentials.lead", cohort=last[any_credential]["cohort_year"]),
        words("section.credentials.label"),
        values("story-credentials", list(last.values())),
        ranges=charts.ranges(marks, "rate_1"),
        first=words("column.measure"),
        invites_cause=True,
    )


def _wages(source: Source, words: Words) -> Block | None:
    rows = [row for row in cohorts(source, WAGES) if row["denominator"] >= LEAST_PEOPLE]
    if not rows:
        return None
    now = rows[-1]
    finding = findings.first(findings.change(words, WAGES, rows), findings.level(words, WAGES, now))
    lead = words(
        "section.wages.lead",
        counted=figure(now, "n_in_statistic"),
        left=figure(now, "n_cohort"),
        cohort=now["cohort_year"],
        matchable=figure(now, "n_matchable"),
        matched=figure(now, "n_matched"),
    )
    table = values("story-wages", rows)
    label = words("section.wages.label")
    drawn = charts.series(rows, "usd")
    return Block("wages", finding.text, lead, label, table, kind="usd", series=drawn)


def _equity(source: Source, words: Words, leadership: Sequence[Row]) -> Block | None:
    if not leadership:
        return None
    behind = [row for row in leadership if row["gap_points"] is not None]
    of = min(behind, key=lambda row: row["gap_points"]) if behind else leadership[0]
    name = f"{of['metric_id']}.{of['definition_version']}"
    rows = source.rows(
        "metrics.metric_equity",
        EQUITY_KEY,
        f"where metric_id = '{of['metric_id']}' "
        f"and definition_version = '{of['definition_version']}' "
        f"and cohort_year = '{of['cohort_year']}' and region_id = '{STATE}' and dimension = 'all' "
        "and equity_method = 'ppg1_2022' and student_group <> 'race_gender' "
        f"and student_group_value not in ('no', 'RD', 'Z') and group_n >= {LEAST_IN_GROUP} "
        "order by value, student_group, student_group_value",
    )
    names = group_names(source, words)
    gaps = _gaps(source, words, [(name, of)])
    marks = [
        charts.Mark(names[row["student_group"], row["student_group_value"]], row, people="group_n")
        for row in rows
    ]
    return Block(
        "equity",
        gaps[0].text if gaps else words("finding.no_gap"),
        words("section.equity.lead", name=words(f"measure.{name}.name"), cohort=of["cohort_year"]),
        words("section.equity.label"),
        Download("data/story-equity.csv", (*EQUITY_KEY, "group_rate", "group_n", "reference_rate",
            "reference_n", "value", "value_low", "value_high", "q_value"), rows),
        kind="points_1",
        ranges=charts.ranges(marks, "points_1"),
        first=words("column.group"),
        invites_cause=True,
    )  # fmt: skip


def _lasting(source: Source, words: Words) -> Block | None:
    rows = source.rows(
        "collaboration.survival_curve",
        CURVE_KEY,
        "where initiative_code = 'all' or (initiative_code = 'CCPT' and is_funded "
        "and unit_type <> 'pathway') qualify row_number() over (partition by unit_type, is_funded "
        "order by years_after_funding desc) = 1 order by unit_type <> 'pathway', unit_type, "
        "is_funded desc",
    )
    if not rows:
        return None
    marks = [
        charts.Mark(
            words(f"unit_type.{row['unit_type'] if row['is_funded'] else 'never'}"),
            row,
            people="at_risk",
            is_strong=row["unit_type"] == "pathway" and row["is_funded"],
            columns=("survival", "survival_low", "survival_high"),
        )
        for row in rows
    ]
    return Block(
        "lasting",
        _lasted(source, words).text,
        words("section.lasting.lead"),
        words("section.lasting.label"),
        Download("data/story-lasting.csv", (*CURVE_KEY, "at_risk", "ended", "censored",
            "survival", "survival_low", "survival_high", "interval_method"), rows),
        ranges=charts.ranges(marks, "rate_1"),
        first=words("column.measure"),
        people=words("column.watched"),
        invites_cause=True,
    )  # fmt: skip


def _lasted(source: Source, words: Words) -> Finding:
    compared = source.rows(
        "collaboration.survival_comparison",
        ("unit_type", "initiative_code", "years_after_funding"),
        "where unit_type = 'pathway' and initiative_code = 'all' and years_after_funding > 0 "
        "order by years_after_funding desc limit 1",
    )
    if not compared:
        return Finding(words("finding.lasting_none"), "unclear")
    row = compared[0]
    low, high = row["difference_low"], row["difference_high"]
    way = "same" if low is None or low <= 0 <= high else "below" if high < 0 else "above"
    one = row["years_after_funding"] == 1
    text = words(
        f"finding.lasting_{way}",
        units=figure(row, "at_risk"),
        share=figure(row, "survival", "rate"),
        other=figure(row, "never_funded_survival", "rate"),
        years=words("finding.year_one") if one else words(
            "finding.years_many", years=figure(row, "years_after_funding")
        ),
    )  # fmt: skip
    return Finding(text, "level")
