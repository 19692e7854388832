"""The generator keeps its promises: same seed same bytes, labels that are true, fair marginals.

Lives here: what a small synthetic state can show in seconds. Does not: the pipeline.
"""

import hashlib
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from pipelines.landing import FileRefused, find_deliveries, landed_periods, read_delivery
from pipelines.validation import judge
from sample_data import Control, generate
from sample_data.dirt import corruptions
from sample_data.feeds import LAYOUTS
from schemas import FEEDS

REMOVED = ("E130", "T180", "T200", "T240", "T370", "T460")

# feed, period, submitter, row number (None for a file), rule
Label = tuple[str, str, str, int | None, str]


def _state(out: Path, **control: object) -> Path:
    generate(Control.model_validate(control), out)
    return out


def _digests(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _found(root: Path) -> tuple[set[Label], Counter[str], Counter[str]]:
    """Return what the gate finds, and rows read and rows set aside by feed."""
    found: set[Label] = set()
    read: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    for name, feed in FEEDS.items():
        frames = []
        for period in landed_periods(root / "landing", feed):
            for delivery in find_deliveries(root / "landing", feed, period):
                try:
                    frames.append(read_delivery(delivery, feed))
                except FileRefused as refused:
                    place = (name, period, delivery.submitter, None)
                    found |= {(*place, rule) for rule in refused.rules}
        # A key repeats within a period or not at all, so each is judged by itself.
        for (period,), frame in pl.concat(frames).partition_by("period", as_dict=True).items():
            quarantined = judge(frame, feed).quarantined
            read[name] += len(frame)
            bad[name] += len(quarantined)
            reasons = quarantined.select("submitter", "row_number", "_reasons").explode("_reasons")
            found |= {(name, str(period), *row) for row in reasons.iter_rows()}
    return found, read, bad


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state of the default size and dirt."""
    return _state(tmp_path_factory.mktemp("dirty"))


@pytest.fixture(scope="module")
def persons(dirty: Path) -> pl.DataFrame:
    """Its true persons."""
    return pl.read_parquet(dirty / "truth" / "person.parquet")


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first = _digests(_state(tmp_path / "first", students=300, seed=5))
    assert first == _digests(_state(tmp_path / "second", students=300, seed=5))
    assert first != _digests(_state(tmp_path / "other", students=300, seed=6))


def test_every_parameter_is_described() -> None:
    lacking = [name for name, f in Control.model_fields.items() if "[" not in (f.description or "")]
    assert lacking == []


def test_layouts_are_the_contracts() -> None:
    assert {name: set(columns) for name, columns in LAYOUTS.items()} == {
        name: set(feed.dtypes) for name, feed in FEEDS.items()
    }


@pytest.mark.parametrize("feed", FEEDS)
def test_every_rule_has_a_corruption(feed: str) -> None:
    planted = {rule for c in corruptions(feed) for rule in (c.rule, *c.also)}
    assert planted == set(FEEDS[feed].rules)


def test_labels_are_what_the_gate_finds(dirty: Path) -> None:
    labels = set(pl.read_parquet(dirty / "truth" / "corruptions.parquet").iter_rows())
    found, read, bad = _found(dirty)
    assert found == labels
    assert {(feed, rule) for feed, _, _, row, rule in labels if row} == {
        (name, rule) for name, feed in FEEDS.items() for rule in feed.rules
    }
    assert {rule for *_, row, rule in labels if row is None} == {
        f"file:{kind}"
        for kind in ("unreadable", "encoding", "empty", "malformed_row", "missing_column",
                     "unexpected_column", "wrong_period")
    }  # fmt: skip
    assert max(bad[name] / read[name] for name in read) < 0.02


def test_without_dirt_nothing_is_set_aside(tmp_path: Path) -> None:
    root = _state(tmp_path, students=1000, seed=11, dirt="none")
    assert _found(root)[0] == set()
    assert pl.read_parquet(root / "truth" / "corruptions.parquet").is_empty()


def test_every_row_has_its_person(dirty: Path, persons: pl.DataFrame) -> None:
    record = pl.read_parquet(dirty / "truth" / "record.parquet")
    assert not record.select("feed", "period", "submitter", "row_number").is_duplicated().any()
    assert record["person_truth_id"].is_in(persons["person_truth_id"].implode()).all()
    path = min((dirty / "landing" / "k12_enrollment" / "2015-16").glob("*.csv"))
    rows = pl.read_csv(path, infer_schema=False).with_row_index("row_number", offset=2)
    mine = record.filter(
        pl.col("feed") == "k12_enrollment",
        pl.col("period") == "2015-16",
        pl.col("submitter") == path.stem,
    )
    joined = rows.cast({"row_number": pl.Int64}).join(mine, on="row_number")
    joined = joined.join(persons, on="person_truth_id", suffix="_true")
    assert len(joined) == len(rows)
    # Some labelled rows of this file have a broken state id.
    same = joined["state_student_id"] == joined["state_student_id_true"]
    assert same.sum() > 0.98 * len(joined)


def test_ssns_were_never_issued_and_are_unique(dirty: Path, persons: pl.DataFrame) -> None:
    ssn = persons["ssn"]
    assert ssn.is_unique().all()
    assert ssn.str.contains(r"^9\d{8}$").all()
    assert not (ssn.str.slice(3, 2) == "00").any()
    assert not (ssn.str.slice(5) == "0000").any()
    files = sorted((dirty / "landing" / "wage").rglob("*.parquet"))
    filed = pl.concat([pl.read_parquet(path) for path in files])["ssn"].drop_nulls()
    # 123456789 is the planted placeholder.
    assert set(filed.filter(~filed.str.starts_with("9")).unique()) == {"123456789"}


def test_files_exercise_the_reader(dirty: Path) -> None:
    contents = [path.read_bytes() for path in (dirty / "landing" / "k12_enrollment").rglob("*.csv")]
    assert any(content.startswith(b"\xef\xbb\xbf") for content in contents)
    assert any(b"\r\n" in content for content in contents)
    assert any(b', Jr."' in content for content in contents)
    assert any(b'""' in content for content in contents)
    assert not list(dirty.rglob("*.part"))


def test_rates_are_those_of_the_field(persons: pl.DataFrame) -> None:
    remaining = persons.filter(~pl.col("exit_code").is_in(REMOVED))
    on_time = (remaining["how_high_school_ended"] == "graduate").mean()
    graduates = persons.filter(pl.col("graduation_date").is_not_null())
    completers = persons.filter("is_completer")
    measured = {
        "graduation": on_time,
        "dual enrolment of graduates": graduates["is_dual_enrolled"].mean(),
        "college-going": completers["goes_to_college_within_year"].mean(),
        "CTE participants": persons["is_cte_participant"].mean(),
        "CTE concentrators": persons["is_cte_concentrator"].mean(),
        "pathway completers of graduates": graduates["is_pathway_completer"].mean(),
        "not in wage records": (persons["wage_quarters"] == 0).mean(),
    }
    expected = {
        "graduation": 0.85,
        "dual enrolment of graduates": 0.18,
        "college-going": 0.64,
        "CTE participants": 0.50,
        "CTE concentrators": 0.245,
        "pathway completers of graduates": 0.18,
        "not in wage records": 0.19,
    }
    # Four standard errors of a share of one half among 4,000.
    assert measured == pytest.approx(expected, abs=0.032)


def test_effects_have_the_right_sign(persons: pl.DataFrame) -> None:
    remaining = persons.filter(~pl.col("exit_code").is_in(REMOVED)).with_columns(
        on_time=pl.col("how_high_school_ended") == "graduate"
    )
    disadvantaged = pl.col("is_economically_disadvantaged")
    assert _mean(remaining, ~disadvantaged, "on_time") > _mean(remaining, disadvantaged, "on_time")
    goes = "goes_to_college_within_year"
    completers = persons.filter("is_completer")
    dual = pl.col("is_dual_enrolled")
    assert _mean(completers, dual, goes) > _mean(completers, ~dual, goes) + 0.05
    asian, latino = (pl.col("race_ethnicity_code") == code for code in ("RA", "RH"))
    assert _mean(completers, asian, goes) > _mean(completers, latino, goes) + 0.1


def test_credentials_pay(dirty: Path, persons: pl.DataFrame) -> None:
    record = pl.read_parquet(dirty / "truth" / "record.parquet")
    quarter = "2025Q2"
    wages = pl.read_parquet(dirty / "landing" / "wage" / quarter / "workforce_agency.parquet")
    earned = (
        wages.with_row_index("row_number", offset=2)
        .cast({"row_number": pl.Int64})
        .join(record.filter(pl.col("feed") == "wage", pl.col("period") == quarter), on="row_number")
        .join(persons, on="person_truth_id")
        .with_columns(pl.col("quarterly_wages_usd").cast(pl.Float64, strict=False))
    )
    usd, has_credential = "quarterly_wages_usd", pl.col("credentials") > 0
    assert _median(earned, has_credential, usd) > 1.2 * _median(earned, ~has_credential, usd)
    completed = pl.col("is_pathway_completer")
    assert _median(earned, completed, usd) > _median(earned, ~completed, usd)


def _mean(frame: pl.DataFrame, among: pl.Expr, column: str) -> float:
    return frame.filter(among).select(pl.col(column).mean()).item()


def _median(frame: pl.DataFrame, among: pl.Expr, column: str) -> float:
    return frame.filter(among).select(pl.col(column).median()).item()
