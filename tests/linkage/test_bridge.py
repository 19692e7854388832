"""The identity bridge ties records of others together, is nobody's record, and can be forgotten.

Cases whose persons a wrong link would mix: twins, namesakes, two holders of a number, a borrowed
number, a placeholder.
"""

import shutil
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from rich.console import Console

from pipelines.errors import UserError
from pipelines.intake.accept import accept
from pipelines.intake.deliveries import landed_periods
from pipelines.linkage.run import refresh_crosswalk
from pipelines.linkage.store import Store
from pipelines.linkage_review import explain
from pipelines.maintenance.forget_bridge import forget_bridge
from pipelines.settings import Settings
from schemas import ACCEPTED_FEEDS, FEEDS

from .cases import COLLEGE, K12, OTHER_SSN, SSN, WAGE, by_key, deliver, people, person, small_state

BRIDGE = "identity_bridge"
BORIS = {"first_name": "Boris", "last_name": "Kral"}
TWIN = {"first_name": "Anabel", "gender_code": "F"}
FIRST = [
    person(K12, "k", state_id="S1", gender_code="F"),
    person(WAGE, "w", ssn=SSN, first_name="ANA", last_name="VILLALOBOS"),
    person(K12, "t", state_id="S2", **TWIN),
    person(WAGE, "u", ssn=OTHER_SSN, first_name="ANABEL", last_name="VILLALOBOS"),
]
OF_ANA = person(BRIDGE, "b", ssn=SSN, gender_code="F")
OF_TWIN = person(BRIDGE, "c", ssn=OTHER_SSN, **TWIN)


def home(path: Path, rows: list[dict], agreement: str = "DMV 2026-114") -> Settings:
    settings = Settings(home=path, bridge_agreement=agreement)
    deliver(settings, rows)
    return settings


def linked(path: Path, *rows: dict) -> set[str]:
    """Return the people of some records, as their keys' letters."""
    return people(refresh_crosswalk(home(path, list(rows))), [*rows])


def test_a_student_is_found_at_work_through_the_bridge_and_a_twin_is_not(tmp_path) -> None:
    assert linked(tmp_path / "without", *FIRST) == {"k", "w", "t", "u"}
    assert linked(tmp_path / "one", *FIRST, OF_ANA) == {"kw", "t", "u"}
    assert linked(tmp_path / "both", *FIRST, OF_ANA, OF_TWIN) == {"kw", "tu"}


def test_the_bridge_is_nobodys_record(tmp_path) -> None:
    nobody = person(BRIDGE, "n", ssn="977776666", first_name="Chue", last_name="Vang")
    settings = home(tmp_path, [*FIRST, OF_ANA, nobody])
    crosswalk = refresh_crosswalk(settings)
    assert set(crosswalk["source"]) == {K12, WAGE}
    assert by_key(crosswalk, FIRST, "is_bridged") == {"k": True, "w": True, "t": False, "u": False}
    assert pl.read_parquet(settings.crosswalk).equals(crosswalk)
    for name in ("link_quality", "person_change"):
        table = pl.read_parquet(settings.identity / f"{name}.parquet")
        assert BRIDGE not in str(table.to_dicts())
        assert "B" not in {str(id_)[0] for id_ in table.get_column("person_id", default=[])}


def test_without_an_agreement_a_delivered_bridge_links_nobody(tmp_path) -> None:
    before = refresh_crosswalk(home(tmp_path / "never", FIRST, agreement=""))
    after = refresh_crosswalk(home(tmp_path / "landed", [*FIRST, OF_ANA], agreement=""))
    assert after.equals(before)


CHANGED = person(BRIDGE, "d", ssn=SSN, gender_code="F", last_name="Smith")


@pytest.mark.parametrize(
    ("why", "rows", "expected"),
    [
        (
            "she works under the name of her marriage, and the agency has both",
            [
                person(K12, "k", state_id="S1", gender_code="F"),
                OF_ANA,
                CHANGED,
                person(WAGE, "w", ssn=SSN, first_name="ANA", last_name="SMITH"),
            ],
            {"kw"},
        ),
        (
            "two students share name and birth date: nothing says whose number it is",
            [*FIRST[:2], person(K12, "n", state_id="S3", gender_code="F"), OF_ANA],
            {"k", "n", "w"},
        ),
        (
            "somebody else is paid under her number",
            [FIRST[0], OF_ANA, person(WAGE, "x", ssn=SSN, first_name="BORIS", last_name="KRAL")],
            {"k", "x"},
        ),
        (
            "the agency has one number for two holders",
            [
                *FIRST[:2],
                person(K12, "o", state_id="S4", **BORIS),
                OF_ANA,
                person(BRIDGE, "e", ssn=SSN, **BORIS),
            ],
            {"kw", "o"},
        ),
        (
            "a student with another state id gave her number at college",
            [*FIRST[:2], OF_ANA, person(COLLEGE, "c", state_id="S2", ssn=SSN, **BORIS)],
            {"kw", "c"},
        ),
    ],
)
def test_who_is_told_apart_or_left_apart(tmp_path, why: str, rows: list, expected: set) -> None:
    assert linked(tmp_path, *rows) == expected, why


def test_a_placeholder_of_the_agency_joins_nobody(tmp_path) -> None:
    unknown = {"first_name": "Unknown", "last_name": "Unknown", "gender_code": "F"}
    rows = [person(BRIDGE, f"p{n}", ssn=f"91{n:07d}", **unknown) for n in range(1000, 1060)] + [
        person(WAGE, f"w{n}", ssn=f"91{n:07d}", last_name=f"Nguyen{n}") for n in range(1000, 1060)
    ]
    student = person(K12, "k", state_id="S1", **unknown)
    crosswalk = refresh_crosswalk(home(tmp_path, [*rows, student]))
    assert crosswalk["person_id"].n_unique() == 61


def test_a_late_or_corrected_file_touches_its_persons_alone(tmp_path) -> None:
    settings = home(tmp_path / "late", FIRST)
    before = by_key(refresh_crosswalk(settings), FIRST)
    deliver(settings, [OF_ANA], submitter="late")
    late = by_key(refresh_crosswalk(settings), FIRST)
    assert late["k"] == late["w"]
    assert {key: late[key] for key in "tu"} == {key: before[key] for key in "tu"}
    deliver(settings, [OF_TWIN], submitter="late")
    corrected = refresh_crosswalk(settings)
    assert people(corrected, FIRST) == {"k", "w", "tu"}
    whole = refresh_crosswalk(home(tmp_path / "whole", [*FIRST, OF_TWIN]))
    assert corrected.drop("person_id").equals(whole.drop("person_id"))
    assert refresh_crosswalk(settings, full=True).equals(corrected)


@pytest.mark.parametrize("came_later", [False, True])
def test_a_forgotten_bridge_leaves_a_home_that_never_had_one(tmp_path, came_later: bool) -> None:
    never = refresh_crosswalk(home(tmp_path / "never", FIRST))
    settings = home(tmp_path / "had", FIRST if came_later else [*FIRST, OF_ANA, OF_TWIN])
    refresh_crosswalk(settings)
    deliver(settings, [OF_ANA, OF_TWIN], submitter="two")
    assert people(refresh_crosswalk(settings), FIRST) == {"kw", "tu"}
    settings.agreement.write_text("DMV 2026-114")
    assert forget_bridge(settings) == 4
    assert not settings.agreement.exists()
    assert not [*settings.root.rglob(f"*{BRIDGE}*")]
    assert_frame_equal(pl.read_parquet(settings.crosswalk), never)
    with pytest.raises(UserError, match="No identity bridge"):
        forget_bridge(settings)


def test_a_withdrawn_agreement_unlinks_at_the_next_refresh(tmp_path) -> None:
    rows = [*FIRST, OF_ANA, OF_TWIN]
    refresh_crosswalk(home(tmp_path, rows))
    shutil.copytree(tmp_path, tmp_path / "again")
    after = refresh_crosswalk(Settings(home=tmp_path / "again", bridge_agreement=""))
    assert people(after, FIRST) == {"k", "w", "t", "u"}
    assert not after["is_bridged"].any()


def test_an_explanation_names_record_agency_and_evidence(tmp_path) -> None:
    settings = home(tmp_path, FIRST)
    deliver(settings, [OF_ANA], submitter="licence_agency")
    id_ = by_key(refresh_crosswalk(settings), FIRST)["k"]
    console = Console(record=True, width=200)
    explain.explain(Store(settings.identity), id_, console)
    text = " ".join(console.export_text().split())
    assert "identity_bridge of licence_agency" in text
    assert "Birth date" in text
    assert "joined by equal numbers" in text


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a state whose rows have been through the gate, but for its bridge: that lies aside."""
    folder = tmp_path_factory.mktemp("state")
    small_state(folder)
    (folder / "landing" / BRIDGE).rename(folder / "bridge")
    (folder / "token_key").write_text("k" * 64)
    through_gate(Settings(home=folder, settle_seconds=0))
    return folder


@pytest.fixture(scope="module")
def with_bridge(state: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Return a home with a bridge that linkage read. Read it; do not change it."""
    return linked_state(state, tmp_path_factory.mktemp("with_bridge"), "DMV 2026-114")


def linked_state(state: Path, path: Path, agreement: str, *without: str) -> Settings:
    """Take a state and its bridge, but for some periods of that, through gate and linkage."""
    shutil.copytree(state, path, dirs_exist_ok=True)
    shutil.copytree(path / "bridge", path / "landing" / BRIDGE, ignore=lambda *_: without)
    settings = Settings(home=path, bridge_agreement=agreement, settle_seconds=0)
    take(settings)
    return settings


def through_gate(settings: Settings) -> None:
    for feed in FEEDS.values():
        accept(settings, feed, landed_periods(settings.landing, feed))


def take(settings: Settings) -> pl.DataFrame:
    through_gate(settings)
    return refresh_crosswalk(settings)


def read_by_the_warehouse(settings: Settings) -> dict[str, pl.DataFrame]:
    """Return what dbt reads of a home, but for times and for what it leaves out of the ledger."""
    files = [*settings.accepted.rglob("period=*.parquet"), *settings.ledger.rglob("*.parquet")]
    files += [settings.crosswalk, settings.identity / "link_quality.parquet"]
    return {
        str(path.relative_to(settings.root)): pl.read_parquet(path, hive_partitioning=False).drop(
            "recorded_at", "superseded_at", "outputs", "received_at", strict=False
        )
        for path in files
        if path.parent.name != BRIDGE and path != settings.landed
    }


def test_without_an_agreement_and_once_forgotten_a_home_has_the_tables_of_one_without_a_bridge(
    state: Path, with_bridge: Settings, tmp_path: Path
) -> None:
    periods = [path.name for path in (state / "bridge").iterdir()]
    never = read_by_the_warehouse(linked_state(state, tmp_path / "never", "", *periods))
    landed = linked_state(state, tmp_path / "landed", "")
    shutil.copytree(with_bridge.root, tmp_path / "had")
    had = Settings(home=tmp_path / "had", bridge_agreement="DMV 2026-114", settle_seconds=0)
    assert pl.read_parquet(had.crosswalk)["is_bridged"].any()
    forget_bridge(had)
    assert len(never) > 100
    for settings in (landed, had):
        tables = read_by_the_warehouse(settings)
        assert tables.keys() == never.keys()
        for name, table in tables.items():
            assert_frame_equal(table, never[name])


def test_a_night_with_a_late_bridge_file_touches_its_holders_alone(
    state: Path, tmp_path: Path
) -> None:
    last = max(path.name for path in (state / "bridge").iterdir())
    settings = linked_state(state, tmp_path, "DMV 2026-114", last)
    before = pl.read_parquet(settings.crosswalk)
    shutil.copytree(state / "bridge" / last, settings.landing / BRIDGE / last)
    after = take(settings)
    changed = after.join(before, on=after.columns, how="anti", nulls_equal=True)
    assert changed["is_bridged"].any()
    late = pl.read_parquet(settings.identity / BRIDGE / f"period={last}.parquet")
    holders = Store(settings.identity).persons().join(late, on="source_person_key", how="semi")
    assert set(changed["person_id"]) <= set(holders["person_id"])


def test_what_the_bridge_alone_knows_is_in_landing_and_identity_alone(
    with_bridge: Settings,
) -> None:
    """All that the warehouse reads of a home: accepted rows, the ledger, crosswalk and counts."""
    settings = with_bridge
    assert pl.read_parquet(settings.crosswalk)["is_bridged"].any()

    def delivered(*feeds: str) -> pl.DataFrame:
        paths = [path for name in feeds for path in (settings.landing / name).glob("*/*.csv")]
        names = {"ssn", "first_name", "last_name", "birth_date"}
        frames = [pl.read_csv(path, infer_schema=False) for path in paths]
        columns = [frame[n].alias("v") for frame in frames for n in names & set(frame.columns)]
        return pl.concat(columns).drop_nulls().unique().to_frame()

    known = delivered(*(name for name in ACCEPTED_FEEDS if FEEDS[name].person_key))
    planted = set(delivered(BRIDGE).join(known, on="v", how="anti")["v"])
    for path in (settings.identity / BRIDGE).rglob("*.parquet"):
        planted |= set(pl.read_parquet(path)["source_person_key"])
    assert len(planted) > 150
    read = [
        *(settings.identity / f"{name}.parquet" for name in ("person_change", "link_quality")),
        settings.crosswalk,
        *(p for root in (settings.accepted, settings.ledger) for p in root.rglob("*.parquet")),
    ]
    texts = [pl.read_parquet(path).select(pl.col(pl.String)) for path in read]
    held = {v for t in texts for column in t.iter_columns() for v in column.drop_nulls()}
    assert len(held) > 1_000
    assert not planted & held
    assert not (settings.accepted / BRIDGE).exists()
