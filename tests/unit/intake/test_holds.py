"""Deliveries that wait: much worse than what they would replace, or not what they seem to be."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from pipelines.home import code_version, log
from pipelines.intake import closures, ledger
from pipelines.intake.accept import accept
from pipelines.intake.holds import releases
from pipelines.intake.holds.releases import CannotRelease
from pipelines.intake.holds.worse import Counts, other_people, worse
from pipelines.intake.ledger import DeliveryResult
from pipelines.intake.pending import ForceOptions
from pipelines.settings import Settings
from schemas import FEEDS
from tests.unit.cases import GOOD, YEAR

DISTRICT, AGENCY, QUARTER = "1990001", "workforce_agency", "2018Q4"
Rows = list[dict[str, str | None]]


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, settle_seconds=0, token_key="k" * 64)  # type: ignore[arg-type]


def students(n: int, start: int = 0) -> Rows:
    """Return an enrolment of each of `n` students."""
    return [
        GOOD["k12_enrollment"]
        | {"state_student_id": f"{10**9 + start + i:010}", "local_student_id": str(start + i)}
        for i in range(n)
    ]


def wages(n: int, quarter: str = QUARTER, *, times: float = 1, raised: float = 0) -> Rows:
    """Return wages of `n` people, of 5,000 dollars and more, times a factor."""
    return [
        GOOD["wage"]
        | {
            "quarter": quarter,
            "ssn": f"{912_340_001 + i}",
            "quarterly_wages_usd": f"{times * (5000.25 + raised + 100 * i):.2f}",
        }
        for i in range(n)
    ]


def land(home: Settings, feed: str, rows: Rows, name: str, period: str = YEAR) -> Path:
    path = home.landing / feed / period / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    pl.DataFrame(rows).write_csv(path)
    return path


def take(
    home: Settings, feed: str = "k12_enrollment", period: str = YEAR, **forced: object
) -> list[DeliveryResult]:
    return accept(home, FEEDS[feed], [period], ForceOptions(**forced)).get(period, [])


def deliver(home: Settings, rows: Rows, name: str = DISTRICT) -> DeliveryResult:
    """Land enrolments, take them through the gate and return what became of them."""
    land(home, "k12_enrollment", rows, name)
    [result] = take(home)
    return result


def deliver_wages(home: Settings, rows: Rows, period: str, name: str = AGENCY) -> DeliveryResult:
    land(home, "wage", rows, name, period)
    [result] = take(home, "wage", period)
    return result


def rules(result: DeliveryResult) -> set[str]:
    return set(ledger.held_for(result))


def outputs(home: Settings) -> dict[str, bytes]:
    """Return every file that the gate wrote beside the ledger."""
    folders = ("accepted", "quarantine", "identity")
    paths = [path for name in folders for path in (home.root / name).glob("*/period=*.parquet")]
    return {str(path): path.read_bytes() for path in paths}


def statuses(home: Settings) -> list[tuple[str, bool]]:
    """Return status and currency of each delivery, in the order of these."""
    return sorted(ledger.deliveries(home.ledger).select("status", "is_current").rows())


BAD = {"grade_level": "7"}
WORSE: dict[str, tuple[Callable[[], Rows], set[str]]] = {
    "half of the rows gone": (lambda: students(20), {"held:accepted_rows", "held:persons"}),
    "all rows bad": (
        lambda: [row | BAD for row in students(40)],
        {"held:accepted_rows", "held:accepted_share"},
    ),
    "one row in seven bad": (
        lambda: students(34) + [row | BAD for row in students(6, 34)],
        {"held:accepted_share"},
    ),
    "other people": (lambda: students(40, 500), {"held:persons"}),
    "another district's rows": (
        lambda: [row | {"district_id": "1990002"} for row in students(40)],
        {"held:accepted_rows", "held:accepted_share", "held:other_submitter"},
    ),
    "dates of a spreadsheet": (
        lambda: [row | {"birth_date": "3/4/2002"} for row in students(40)],
        {"held:accepted_rows", "held:accepted_share"},
    ),
}


@pytest.mark.parametrize("case", WORSE)
def test_a_much_worse_replacement_is_held_and_a_person_releases_it(home, case) -> None:
    rows, expected = WORSE[case]
    first = deliver(home, [*students(39), students(1, 39)[0] | BAD])
    before = outputs(home)
    held = deliver(home, rows())
    assert rules(held) == expected
    assert outputs(home) == before
    records = {r["delivery_sha256"]: r for r in ledger.deliveries(home.ledger).to_dicts()}
    assert records[first.delivery.sha256]["is_current"]
    record = records[held.delivery.sha256]
    assert (record["status"], record["is_current"]) == ("held", False)
    assert expected <= set(record["reasons"])
    assert record["findings"] == [finding.sentence for finding in held.findings]
    assert record["delivered_rows"] == record["accepted_rows"] + record["quarantined_rows"]

    # It is not judged again until somebody decides; forced, it is held again.
    assert take(home) == []
    assert [rules(one) for one in take(home, is_on=True)] == [expected]
    assert outputs(home) == before

    releases.release(home, DISTRICT, " the district says so ")
    [released] = take(home)
    assert not released.is_held
    [entry] = log.read(home.released, releases.Entry)
    assert entry.reason == "the district says so"
    assert "ledger/released.csv" in released.findings[0].sentence
    assert take(home) == []
    records = {r["delivery_sha256"]: r for r in ledger.deliveries(home.ledger).to_dicts()}
    assert records[held.delivery.sha256]["is_current"]
    assert records[first.delivery.sha256]["superseded_by"] == held.delivery.sha256
    assert not [one for one in take(home, is_on=True) if one.is_held]


@pytest.mark.parametrize(
    ("now", "before", "persons", "held"),
    [
        ((38, 0), (38, 38), None, {"held:accepted_rows", "held:accepted_share"}),
        ((1, 0), (1, 1), None, {"held:accepted_rows"}),
        ((0, 0), (5, 0), None, set()),
        ((80, 80), (100, 100), None, set()),
        ((79, 79), (100, 100), None, {"held:accepted_rows"}),
        # One of four students may have moved.
        ((3, 3), (4, 4), None, set()),
        ((2, 2), (4, 4), None, {"held:accepted_rows"}),
        ((100, 90), (100, 100), None, set()),
        ((100, 89), (100, 100), None, {"held:accepted_share"}),
        ((5, 4), (5, 5), None, set()),
        ((10, 8), (10, 10), None, {"held:accepted_share"}),
        ((9, 9), (9, 9), (3, 4), set()),
        ((9, 9), (9, 9), (8, 10), set()),
        ((10, 10), (10, 10), (7, 10), {"held:persons"}),
        ((100, 100), (100, 100), (79, 100), {"held:persons"}),
        ((200, 200), (100, 100), (100, 100), set()),
    ],
)
def test_a_bound_of_worse_has_a_case_on_either_side(now, before, persons, held) -> None:
    found = [*worse(Counts(*now), Counts(*before)), *(other_people(*persons) if persons else [])]
    assert {finding.rule for finding in found} == held


def test_a_correction_that_is_no_worse_supersedes_as_ever(home) -> None:
    deliver(home, students(20))
    assert not deliver(home, students(25)).is_held
    assert not deliver(home, students(23)).is_held
    assert statuses(home) == [("accepted", False), ("accepted", False), ("accepted", True)]


def test_another_file_is_compared_with_the_current_one_and_the_held_one_is_dropped(home) -> None:
    deliver(home, students(20))
    first = deliver(home, students(5))
    second = deliver(home, students(6))
    assert rules(second)
    of = {r["delivery_sha256"]: r["status"] for r in ledger.deliveries(home.ledger).to_dicts()}
    assert (of[first.delivery.sha256], of[second.delivery.sha256]) == ("withdrawn", "held")
    assert not deliver(home, students(21)).is_held
    assert statuses(home) == [
        ("accepted", False), ("accepted", True), ("withdrawn", False), ("withdrawn", False),
    ]  # fmt: skip
    # Landed again, it is judged again.
    assert rules(deliver(home, students(5)))


def test_a_held_file_that_goes_or_is_put_back_as_it_was_waits_no_longer(home) -> None:
    deliver(home, students(20))
    deliver(home, students(5))
    land(home, "k12_enrollment", students(20), DISTRICT)
    assert take(home) == []
    assert statuses(home) == [("accepted", True), ("withdrawn", False)]
    with pytest.raises(CannotRelease, match="is held"):
        releases.release(home, DISTRICT, "why not")
    assert rules(deliver(home, students(5)))
    (home.landing / "k12_enrollment" / YEAR / f"{DISTRICT}.csv").unlink()
    assert take(home) == []
    assert statuses(home) == [("accepted", True), ("withdrawn", False)]


def test_a_release_needs_a_reason_one_held_delivery_and_its_file(home) -> None:
    deliver(home, students(20))
    deliver(home, students(5))
    with pytest.raises(CannotRelease, match="Say why"):
        releases.release(home, DISTRICT, " ")
    for other in (("1990002", ""), (DISTRICT, "wage")):
        with pytest.raises(CannotRelease, match="pathways deliveries held"):
            releases.release(home, other[0], "x", feed=other[1])
    landed = home.landing / "k12_enrollment" / YEAR / f"{DISTRICT}.csv"
    content = landed.read_bytes()
    landed.unlink()
    with pytest.raises(CannotRelease, match="no longer in landing"):
        releases.release(home, DISTRICT, "x")
    landed.write_bytes(content)
    row = releases.release(home, DISTRICT, "x", feed="k12_enrollment", period=YEAR)
    assert (row["accepted_rows"], row["current_rows"]) == (5, 20)
    assert releases.waiting(home) == []


def test_a_release_is_of_one_content_in_the_place_of_one_other(home) -> None:
    deliver(home, students(20))
    deliver(home, students(5))
    releases.release(home, DISTRICT, "closed a school")
    assert not take(home)[0].is_held
    assert not deliver(home, students(30)).is_held
    # The same small file again, in the place of another: nobody released that.
    assert rules(deliver(home, students(5)))


def test_a_run_that_dies_before_the_ledger_is_written_holds_it_again(home, monkeypatch) -> None:
    deliver(home, students(20))
    before = outputs(home)
    land(home, "k12_enrollment", students(5), DISTRICT)
    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(ledger, "record", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                take(home)
        assert outputs(home) == before
    assert take(home)[0].is_held
    releases.release(home, DISTRICT, "right")
    with monkeypatch.context() as patch:
        patch.setattr(ledger, "record", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            take(home)
    assert not take(home)[0].is_held
    assert take(home) == []


def test_another_gate_judges_a_held_file_again_and_holds_it(home, monkeypatch) -> None:
    deliver(home, students(20))
    deliver(home, students(5))
    monkeypatch.setattr(code_version, "gate", lambda _: "other")
    assert [one.is_held for one in take(home)] == [True]
    assert take(home) == []


def test_a_closed_period_turns_a_held_file_away_though_it_is_released(home) -> None:
    deliver(home, students(20))
    deliver(home, students(5))
    releases.release(home, DISTRICT, "right")
    closures.declare(home, closures.CLOSED, YEAR, "k12_enrollment", "reported")
    assert [one.refused for one in take(home)] == [("file:closed_period",)]
    closures.declare(home, closures.REOPENED, YEAR, "k12_enrollment", "late")
    assert not take(home)[0].is_held


class TestScale:
    """Amounts in another unit."""

    @pytest.mark.parametrize(("times", "held"), [(100, True), (0.01, True), (4, False)])
    def test_a_replacement_is_compared_with_what_it_replaces(self, home, times, held) -> None:
        deliver_wages(home, wages(40), QUARTER)
        result = deliver_wages(home, wages(40, times=times), QUARTER)
        assert ("held:scale" in rules(result)) is held
        if held:
            [sentence] = [f.sentence for f in result.findings if f.rule == "held:scale"]
            assert "quarterly_wages_usd" in sentence
            assert f"{QUARTER}/{AGENCY}.csv" in sentence

    def test_a_first_delivery_is_compared_with_the_nearest_of_its_submitter(self, home) -> None:
        for raised, quarter in enumerate(("2018Q1", "2018Q2", "2018Q3")):
            deliver_wages(home, wages(40, quarter, raised=raised), quarter)
        assert rules(deliver_wages(home, wages(40, times=100), QUARTER)) == {"held:scale"}
        assert statuses(home).count(("accepted", True)) == 3

    def test_files_that_arrive_together_are_compared_with_each_other(self, home) -> None:
        quarters = ("2018Q1", "2018Q2", "2018Q3", "2018Q4")
        for n, quarter in enumerate(quarters):
            rows = wages(40, quarter, times=1 if n else 100, raised=n)
            land(home, "wage", rows, AGENCY, quarter)
        results = accept(home, FEEDS["wage"], quarters)
        assert [[one.is_held for one in results[q]] for q in quarters] == [
            [True], [False], [False], [False],
        ]  # fmt: skip

    def test_without_a_history_others_of_the_period_are_the_measure(self, home) -> None:
        feed = "work_based_learning"
        for n, factor in ((1, 1), (2, 1), (3, 60), (4, 1)):
            rows = [
                GOOD[feed]
                | {
                    "district_id": f"199000{n}",
                    "school_id": f"199000{n}0000001",
                    "state_student_id": f"{10**9 + i:010}",
                    "local_student_id": str(i),
                    "wbl_hours": str((10 + i) * factor),
                }
                for i in range(30)
            ]
            land(home, feed, rows, f"199000{n}")
        assert [rules(one) for one in take(home, feed)] == [
            set(), set(), {"held:scale"}, set(),
        ]  # fmt: skip

    def test_few_amounts_are_not_compared(self, home) -> None:
        deliver_wages(home, wages(19), QUARTER)
        assert not rules(deliver_wages(home, wages(19, times=100), QUARTER))


class TestSameRows:
    """Rows under two names, or for two periods."""

    def test_a_copy_in_another_order_counts_once_and_both_are_named(self, home) -> None:
        land(home, "wage", wages(40)[::-1], f"{AGENCY} (1)", QUARTER)
        land(home, "wage", wages(40), AGENCY, QUARTER)
        whole, copy = take(home, "wage", QUARTER)
        assert (rules(whole), rules(copy)) == (set(), {"held:same_rows"})
        [sentence] = [finding.sentence for finding in copy.findings if finding.holds]
        assert f"{AGENCY} (1).csv are in {QUARTER}/{AGENCY}.csv too" in sentence
        accepted = pl.read_parquet(home.accepted / "wage" / f"period={QUARTER}.parquet")
        assert accepted.height == 40

    def test_a_copy_that_comes_later_is_compared_with_what_is_accepted(self, home) -> None:
        deliver_wages(home, wages(40), QUARTER, "a_long_name_of_the_agency")
        names = [row | {"last_name": "NUÑEZ GARCIA"} for row in wages(40)]
        assert rules(deliver_wages(home, names, QUARTER, "b")) == {"held:same_rows"}

    @pytest.mark.parametrize(("common", "held"), [(0, False), (1, False), (2, True)])
    def test_few_rows_in_common_are_a_finding_alone(self, home, common, held) -> None:
        deliver_wages(home, wages(200), QUARTER)
        rows = wages(400)[200 - common : 400 - common]
        result = deliver_wages(home, rows, QUARTER, "b")
        assert [finding.holds for finding in result.findings] == ([held] if common else [])

    def test_last_quarters_rows_under_this_quarter_are_held(self, home) -> None:
        deliver_wages(home, wages(40, "2018Q3"), "2018Q3")
        result = deliver_wages(home, wages(40), QUARTER)
        assert rules(result) == {"held:same_rows"}
        assert f"those of 2018Q3/{AGENCY}.csv, with another period" in result.findings[-1].sentence

    def test_a_register_may_repeat_itself_from_year_to_year(self, home) -> None:
        for year in ("2017-18", YEAR):
            row = GOOD["institution"] | {"academic_year": year}
            land(home, "institution", [row], "registry", year)
            assert not take(home, "institution", year)[0].findings


class TestFilesAlone:
    """What a file shows by itself."""

    def test_words_and_errors_in_place_of_values_are_counted_by_column(self, home) -> None:
        rows = students(20)
        for at, word in enumerate(("NULL", "#REF!", "test")):
            rows[at] = rows[at] | {"exit_code": word}
        [finding] = [one for one in deliver(home, rows).findings if one.rule == "held:junk"]
        assert not finding.holds
        assert "3 of 20 rows" in finding.sentence
        assert "exit_code" in finding.sentence

    def test_a_file_of_placeholders_is_held_and_a_person_called_null_is_not(self, home) -> None:
        one = [*students(19), students(1, 19)[0] | {"last_name": "Null"}]
        assert not rules(deliver(home, one))
        many = [row | {"first_name": "TEST"} for row in students(20)]
        assert rules(deliver(home, many)) == {"held:junk"}

    @pytest.mark.parametrize(("n", "held"), [(1, False), (8, True)])
    def test_one_id_of_two_birth_dates_is_named_by_row(self, home, n, held) -> None:
        rows = students(40)
        for i in range(n):
            again = {"birth_date": "2003-01-01", "enrollment_entry_date": "2019-01-15"}
            rows.append(rows[i] | again)
        result = deliver(home, rows)
        shared = [f for f in result.findings if f.rule == "held:shared_ids"]
        assert {finding.holds for finding in shared} == {held}
        assert "state_student_id have two birth dates" in shared[0].sentence
        assert "in row 2, " in shared[0].sentence

    @pytest.mark.parametrize(("names", "held"), [(5, False), (6, True)])
    def test_too_many_names_under_one_ssn_are_a_finding(self, home, names, held) -> None:
        rows = [
            row | {"ssn": "912345678", "employer_account": f"{i:08}", "last_name": f"N{'A' * i}"}
            for i, row in enumerate(wages(names))
        ]
        result = deliver_wages(home, rows, QUARTER)
        assert ("held:shared_ids" in rules(result)) is held


def test_no_finding_repeats_a_value_of_a_row(home) -> None:
    deliver(home, students(20))
    rows = [row | {"first_name": "TEST", "birth_date": "2001-01-01"} for row in students(20)]
    result = deliver(home, [*rows, rows[0] | {"birth_date": "2003-02-02"}])
    said = " ".join(finding.sentence for finding in result.findings)
    for value in (rows[0]["state_student_id"], rows[0]["last_name"], "2003-02-02"):
        assert str(value) not in said
