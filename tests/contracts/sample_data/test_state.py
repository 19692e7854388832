"""What a synthetic state holds: labels that are true, late files, persons, and true effects.

Lives here: one state of the default size. Does not: marginals (`test_calibration`), the pipeline.
"""

import shutil
from collections import Counter
from collections.abc import Collection
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from pipelines.intake.deliveries import find_deliveries, landed_periods
from pipelines.intake.readers.base import FileRefused
from pipelines.intake.readers.delivery import read_delivery
from pipelines.intake.validate import judge
from pipelines.settings import PROJECT
from sample_data.control import Control
from sample_data.delivery.reporting import REFERENCE
from sample_data.generate import generate
from schemas import FEEDS

SAMPLE = PROJECT / "sample_data" / "sample"
LATE_DEFECTS = {"late_correction", "schema_drift", "duplicate_delivery"}
FILE_DEFECTS = {
    "noise", "extra_column", "truncated_parquet", "wrong_encoding", "wrong_period", "truncated_csv",
    "no_header", "header_only", "empty_file", "malformed_row", "missing_column", "renamed_column",
    *LATE_DEFECTS,
}  # fmt: skip

# feed, period, submitter, row number (None for a file), rule
Label = tuple[str, str, str, int | None, str]


def _state(out: Path, control: Control) -> Path:
    generate(control, out, workers=1)
    return out


def _labels(root: Path) -> set[Label]:
    labels = pl.read_parquet(root / "truth" / "corruptions.parquet").drop_nulls("rule")
    return set(labels.select("feed", "period", "submitter", "row_number", "rule").iter_rows())


def _judged(
    root: Path, feeds: Collection[str] = tuple(FEEDS)
) -> tuple[set[Label], Counter[str], Counter[str]]:
    """Return what the gate reports, and rows read and rows quarantined by feed."""
    reasons: set[Label] = set()
    read: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    for name in feeds:
        feed = FEEDS[name]
        frames = []
        for period in landed_periods(root / "landing", feed):
            for delivery in find_deliveries(root / "landing", feed, period):
                try:
                    frames.append(read_delivery(delivery, feed))
                except FileRefused as refused:
                    place = (name, period, delivery.submitter, None)
                    reasons |= {(*place, rule) for rule in refused.rules}
        # Keys repeat within a submitter and period or not at all, so one call judges them all.
        frame = pl.concat(frames)
        quarantined = judge(frame, feed).quarantined
        read[name], bad[name] = len(frame), len(quarantined)
        place = quarantined.select("period", "submitter", "row_number", "_reasons")
        reasons |= {(name, *row) for row in place.explode("_reasons").iter_rows()}
    return reasons, read, bad


@cache
def _delivered(root: Path, feed: str) -> pl.DataFrame:
    """Return all readable rows of a feed as text, with where they stand."""
    frames = []
    refused = set(
        pl.read_parquet(root / "truth" / "corruptions.parquet")
        .filter(pl.col("row_number").is_null())
        .select("feed", "period", "submitter")
        .iter_rows()
    )
    for path in sorted((root / "landing" / feed).glob("*/*.csv")):
        if (feed, path.parent.name, path.stem) in refused:
            continue
        frames.append(
            pl.read_csv(path, infer_schema=False)
            .with_row_index("row_number", offset=2)
            .with_columns(
                pl.col("row_number").cast(pl.Int64),
                period=pl.lit(path.parent.name),
                submitter=pl.lit(path.stem),
            )
        )
    return pl.concat(frames)


@cache
def _with_truth(root: Path, feed: str) -> pl.DataFrame:
    """Return a feed's rows beside the true persons they are of."""
    record = pl.read_parquet(root / "truth" / "record" / f"{feed}.parquet").drop("feed")
    persons = pl.read_parquet(root / "truth" / "person.parquet")
    rows = _delivered(root, feed).join(record, on=["period", "submitter", "row_number"])
    return rows.join(persons, on="person_truth_id", suffix="_true")


@pytest.fixture(scope="module")
def dirty(default_state: Path) -> Path:
    """Return the state of the default size and dirt."""
    return default_state


@pytest.fixture(scope="module")
def persons(dirty: Path) -> pl.DataFrame:
    """Return its true persons."""
    return pl.read_parquet(dirty / "truth" / "person.parquet")


def test_labels_are_what_the_gate_reports() -> None:
    """Of the committed sample; `tests/pipeline/test_refresh.py` holds it of the default state."""
    assert _judged(SAMPLE)[0] == _labels(SAMPLE)


@pytest.mark.parametrize("state", ["default", "committed"])
def test_every_rule_is_broken_and_every_kind_of_file(dirty: Path, state: str) -> None:
    root = dirty if state == "default" else SAMPLE
    labels = _labels(root)
    assert {(feed, rule) for feed, _, _, row, rule in labels if row} == {
        (name, rule)
        for name, feed in FEEDS.items()
        for rule in feed.rules
        # Free text is broken where every rule is: in the default state it would move its values.
        if state == "committed" or not rule.endswith(":text")
    }
    assert {rule for *_, row, rule in labels if row is None} == {
        f"file:{kind}"
        for kind in ("unreadable", "encoding", "empty", "malformed_row", "missing_column",
                     "unexpected_column", "wrong_period")
    }  # fmt: skip
    defects = pl.read_parquet(root / "truth" / "corruptions.parquet")
    files = defects.filter(pl.col("row_number").is_null())
    assert set(files["defect"]) == FILE_DEFECTS


def test_few_rows_of_the_default_state_are_planted(dirty: Path) -> None:
    bad = Counter(feed for feed, *_ in {label[:4] for label in _labels(dirty) if label[3]})
    read = {name: len(_delivered(dirty, name)) for name in FEEDS}
    assert all(bad[name] <= FEEDS[name].quarantine_limit * read[name] for name in read)
    # The set rate beside the planted rows: four standard errors of a share of 0.2 %.
    assert 0.0016 < bad["wage"] / read["wage"] < 0.0026


def test_a_small_state_is_not_stopped_by_what_is_planted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is planted hangs on no chance that the pilot solves.
    monkeypatch.setattr("sample_data.generate.PILOT", 3_000)
    _, read, bad = _judged(_state(tmp_path, Control(students=300, cohorts=4, seed=3)))
    assert all(0 < bad[name] <= FEEDS[name].quarantine_limit * read[name] for name in read)


def test_late_files_put_right_what_came_first(dirty: Path, tmp_path: Path) -> None:
    labels = pl.read_parquet(dirty / "truth" / "corruptions.parquet")
    place = {
        defect: f"{feed}/{period}/{submitter}.csv"
        for defect, feed, period, submitter in labels.select(
            "defect", "feed", "period", "submitter"
        ).iter_rows()
    }
    first = {d: (dirty / "landing" / place[d]).read_bytes() for d in LATE_DEFECTS}
    late = {d: (dirty / "late" / place[d]).read_bytes() for d in LATE_DEFECTS}
    rows, earlier = (d["late_correction"].splitlines() for d in (late, first))
    assert rows[: len(earlier)] == earlier
    assert len(earlier) < len(rows)
    assert late["duplicate_delivery"] == first["duplicate_delivery"]
    assert b"hours_worked" in first["schema_drift"]
    assert b"hours_worked" not in late["schema_drift"]

    shutil.copytree(dirty / "landing", tmp_path / "landing")
    shutil.copytree(dirty / "late", tmp_path / "landing", dirs_exist_ok=True)
    drifted = labels.filter(pl.col("defect") == "schema_drift")
    gone = set(drifted.select("feed", "period", "submitter", "row_number", "rule").iter_rows())
    assert len(gone) == 2
    feeds = {path.name for path in (dirty / "late").iterdir()}
    labels_of_feeds = {label for label in _labels(dirty) if label[0] in feeds}
    assert _judged(tmp_path, feeds)[0] == labels_of_feeds - gone


def test_every_row_has_its_person(dirty: Path, persons: pl.DataFrame) -> None:
    record = pl.read_parquet(dirty / "truth" / "record" / "*.parquet")
    assert not record.select("feed", "period", "submitter", "row_number").is_duplicated().any()
    assert record["person_truth_id"].is_in(persons["person_truth_id"].implode()).all()
    assert set(record["feed"]) == set(FEEDS) - set(REFERENCE)
    rows = _with_truth(dirty, "k12_enrollment")
    assert len(rows) == len(_delivered(dirty, "k12_enrollment"))
    same = rows["state_student_id"] == rows["state_student_id_true"]
    # Only labelled rows have a broken state id.
    assert (~same).fill_null(True).sum() <= 12
    # The rows that a late correction brings have their persons too.
    assert len(record.filter(pl.col("feed") == "k12_enrollment")) > len(rows)


def test_ssns_were_never_issued_and_are_unique(dirty: Path, persons: pl.DataFrame) -> None:
    ssn = persons["ssn"]
    assert ssn.is_unique().all()
    # Area 900 to 999 is no SSN's; group 01 to 49 is no individual taxpayer number's either.
    assert ssn.str.contains(r"^9\d\d(0[1-9]|[1-4]\d)\d{4}$").all()
    assert not (ssn.str.slice(5) == "0000").any()
    for feed in ("wage", "college_enrollment", "dual_enrollment", "initiative_participation"):
        filed = _delivered(dirty, feed)["ssn"].drop_nulls()
        whole = filed.filter(filed.str.contains(r"^\d{9}$"))
        # What is planted as a placeholder is no number either.
        invented = whole.filter((whole != "123456789") & ~whole.str.starts_with("000"))
        assert invented.str.contains(r"^9\d\d(0[1-9]|[1-4]\d)\d{4}$").all()


def test_a_mistyped_ssn_is_nobody_elses(dirty: Path, persons: pl.DataFrame) -> None:
    rows = _with_truth(dirty, "college_enrollment").drop_nulls("ssn")
    whole = rows.filter(pl.col("ssn").str.contains(r"^9\d{8}$"))
    wrong = whole.filter(pl.col("ssn") != pl.col("ssn_true"))
    assert 0.001 < len(wrong) / len(whole) < 0.015
    assert not wrong["ssn"].is_in(persons["ssn"].implode()).any()


def test_agencies_know_people_by_other_names(dirty: Path) -> None:
    rows = _with_truth(dirty, "college_enrollment").unique(["person_truth_id", "submitter"])
    plain = pl.col("last_name_true").str.normalize("NFKD").str.replace_all(r"\p{M}", "")
    differs = pl.col("last_name") != plain
    latino = pl.col("race_ethnicity_code_true") == "RH"
    among = rows.select(
        latino=differs.filter(latino).mean(), others=differs.filter(~latino).mean()
    ).row(0, named=True)
    # Two surnames of 45 %, of which 40 % are known by another form, beside slips and marriages.
    assert 0.15 < among["latino"] < 0.35
    assert among["others"] < 0.12
    birth = (rows["birth_date"] != rows["birth_date_true"].cast(pl.String)).mean()
    assert isinstance(birth, float)
    assert 0.003 < birth < 0.02


def test_wage_records_know_a_number_and_a_cut_name(dirty: Path) -> None:
    wage = _with_truth(dirty, "wage").filter(pl.col("ssn").str.contains(r"^9\d{8}$"))
    assert wage["first_name"].drop_nulls().str.len_chars().max() == 8
    assert wage["last_name"].drop_nulls().str.len_chars().max() == 10
    borrowed = wage.filter("works_under_borrowed_ssn")
    assert len(borrowed) > 100
    assert not (borrowed["ssn"] == borrowed["ssn_true"]).any()
    own = wage.filter(~pl.col("works_under_borrowed_ssn"))
    assert (own["ssn"] == own["ssn_true"]).mean() > 0.99  # type: ignore[operator]


def test_state_ids_are_missing_on_three_to_eight_dual_enrolments_in_a_hundred(dirty: Path) -> None:
    rows = _delivered(dirty, "dual_enrollment").unique(["submitter", "local_student_id"])
    assert 0.02 < rows["state_student_id"].is_null().mean() < 0.09  # type: ignore[operator]


def test_twins_share_a_birth_date_and_a_surname_and_not_a_name(persons: pl.DataFrame) -> None:
    twins = persons.drop_nulls("twin_of").join(
        persons, left_on="twin_of", right_on="person_truth_id", suffix="_older"
    )
    assert len(twins) > 15
    for shared in ("birth_date", "last_name", "race_ethnicity_code", "first_school_id"):
        assert (twins[shared] == twins[f"{shared}_older"]).all(), shared
    assert (twins["first_name"] != twins["first_name_older"]).all()
    namesakes = persons.drop_nulls("namesake_of").join(
        persons, left_on="namesake_of", right_on="person_truth_id", suffix="_other"
    )
    assert len(namesakes) >= 2
    for shared in ("birth_date", "last_name", "first_name", "gender_code"):
        assert (namesakes[shared] == namesakes[f"{shared}_other"]).all(), shared


def test_files_exercise_the_reader(dirty: Path) -> None:
    contents = [path.read_bytes() for path in (dirty / "landing" / "k12_enrollment").rglob("*.csv")]
    assert any(content.startswith(b"\xef\xbb\xbf") for content in contents)
    assert any(b"\r\n" in content for content in contents)
    assert any(b', Jr."' in content for content in contents)
    assert any(b'""' in content for content in contents)
    assert not list(dirty.rglob("*.part"))


def test_pathways_close_when_the_truth_says_so(dirty: Path) -> None:
    pathway = pl.read_parquet(dirty / "truth" / "pathway.parquet")
    reported = _delivered(dirty, "k12_pathway").filter(
        pl.col("school_id").str.len_chars() == 14, pl.col("period") == pl.col("academic_year")
    )
    reported = reported.join(pathway, on=["school_id", "pathway_code"], how="inner")
    assert len(reported) > 3_500
    outside = (pl.col("period") < pl.col("first_year")) | (pl.col("period") > pl.col("last_year"))
    assert reported.filter(outside).is_empty()
    ended = pathway.filter("ended_with_grant")
    assert len(ended) > 0
    assert ended["grant_id"].null_count() == 0
    grants = _delivered(dirty, "initiative_grant")
    assert set(ended["grant_id"]) <= set(grants["grant_id"].drop_nulls())


def test_grants_serve_those_they_pay_for(dirty: Path) -> None:
    served = _delivered(dirty, "initiative_participation")
    grants = _delivered(dirty, "initiative_grant").select("academic_year", "grant_id").unique()
    matched = served.join(grants, on=["academic_year", "grant_id"], how="semi")
    # Labelled rows have no year, no grant, or another year; all others are paid for.
    assert len(served) - len(matched) < 12
    # Golden State Pathways began after these cohorts had left high school.
    assert set(served["initiative_code"].drop_nulls()) >= {
        "CCPT", "CTEIG", "SWP", "K12SWP", "GP", "WIOA",
    }  # fmt: skip


def test_members_join_and_leave_and_some_consortia_end(dirty: Path) -> None:
    member = _delivered(dirty, "consortium_member")
    consortium = pl.read_parquet(dirty / "truth" / "consortium.parquet")
    ended = consortium.drop_nulls("dissolved_on")
    assert 0 < len(ended) < len(consortium)
    at_the_end = set(member.filter(pl.col("period") == "2025-26")["consortium_id"].drop_nulls())
    assert not at_the_end & set(ended["consortium_id"])
    assert member["left_date"].drop_nulls().len() > 20
    assert {"DISTRICT", "COMMUNITY_COLLEGE", "WORKFORCE_BOARD", "EMPLOYER", "INTERMEDIARY"} <= set(
        member["member_type_code"]
    )


def test_true_effects_are_the_parameters(dirty: Path) -> None:
    effect = pl.read_parquet(dirty / "truth" / "effect.parquet")
    control = Control()
    pathway = effect.filter(pl.col("treatment") == "pathway_completion")
    assert dict(pathway.select("sector_code", "effect_log_points").iter_rows()) == (
        control.pathway_effect
    )
    dual = effect.filter(pl.col("treatment") == "dual_enrollment")
    assert dict(dual.select("sector_code", "effect_log_points").iter_rows()) == (
        control.dual_enrollment_effect
    )
    # 70 % of the gap between the published medians of a bachelor's degree and some college.
    bachelor = effect.filter(
        pl.col("treatment") == "bachelor", pl.col("sector_code") == "general",
        pl.col("years_after") == 5,
    )  # fmt: skip
    assert bachelor["effect_log_points"].item() == pytest.approx(0.7 * 0.7221, abs=1e-3)
    assert set(effect["treatment"]) >= set(control.earnings_by_credential)


def test_who_enters_a_pathway_is_not_who_does_not(persons: pl.DataFrame) -> None:
    concentrators = persons.filter("is_cte_concentrator")["motivation"].mean()
    others = persons.filter(~pl.col("is_cte_concentrator"))["motivation"].mean()
    assert concentrators - others > 0.2  # type: ignore[operator]
