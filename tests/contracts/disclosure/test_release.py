"""A public release end to end on small states: what is promised, and what the audit catches."""

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import duckdb
import frictionless
import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.disclosure import build
from pipelines.disclosure.audit.derived import underived
from pipelines.disclosure.audit.findings import audit
from pipelines.disclosure.audit.report import Finding, Report
from pipelines.disclosure.blocks import Block, Count, Pattern, shown_cells
from pipelines.disclosure.choice.bands import bands
from pipelines.disclosure.choice.lumps import lumped
from pipelines.disclosure.choice.selection import choose
from pipelines.disclosure.counts import read_blocks
from pipelines.disclosure.manifest import UNKNOWN
from pipelines.disclosure.policy import DisclosurePolicy
from pipelines.disclosure.tables.contents import contents_findings
from pipelines.disclosure.vintages import NOTHING, read_published
from tests.contracts.disclosure.attacker import Attacker, exact
from tests.contracts.disclosure.cases import (
    PLACES,
    POLICY,
    PROTECTED,
    SCHEMES,
    Person,
    manifest,
    publish,
    regions,
    values,
    write_warehouse,
)


def state(seed: int, size: int, unknown: float = 0.0) -> list[Person]:
    """Return people at random, few at some places and of some groups."""
    of = random.Random(seed)
    chances = [of.random() ** 2 + 0.02 for _ in PLACES]
    return [
        Person(
            of.choices(list(PLACES), chances)[0],
            of.choices(["RA", "RH", "RW"], [1, 6, 4])[0],
            of.choices(["F", "M", UNKNOWN], [10, 10, 20 * unknown])[0],
            of.random() < 0.7,
            of.random() < 0.5,
            of.random() < 0.4,
        )
        for _ in range(size)
    ]


def block_of(folder: Path, people: list[Person]) -> Block:
    """Return the counts of a warehouse of some people."""
    warehouse = write_warehouse(folder / "warehouse.duckdb", people)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        [block] = read_blocks(connection, manifest(), 0)
    return block


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the public folder of a small state."""
    folder = tmp_path_factory.mktemp("published") / "public"
    assert publish(folder, state(1, 400, 0.03)).passed
    return folder


def test_what_is_published_is_true_and_adds_up(tmp_path: Path) -> None:
    people = state(2, 300)
    assert publish(tmp_path / "public", people).passed
    attacker = Attacker(tmp_path / "public", people)
    true = exact(people, attacker.kinds)
    assert any(parts[0] is not None for parts in attacker.published.values())
    listed = [cell for cell in attacker.cells() if not cell[1].startswith("zone:")]
    assert not any(cell[1].startswith("zone:") for cell in attacker.published)
    for cell in listed:
        for part, shown in enumerate(attacker.published.get(cell, (0, 0))):
            assert shown in (None, true(attacker.row(cell, part)))
    assert attacker.bounds_of
    for cell, (least, most) in attacker.bounds_of.items():
        assert attacker.published[cell][0] is None
        assert least - 1e-6 <= true(attacker.row(cell, 0)) <= most + 1e-6
        assert most - least >= POLICY.least_people - 1 - 1e-6


def nobody_works_out_a_small_number(folder: Path, seed: int, size: int, unknown: float) -> None:
    """Publish a state at random and attack twelve of its secrets."""
    people = state(seed, size, unknown)
    assert publish(folder, people).passed
    attacker = Attacker(folder, people)
    secrets = list(_secrets(attacker, people))
    assert secrets
    for row in random.Random(seed).sample(secrets, min(12, len(secrets))):
        low, high = attacker.bounds(row)
        assert high - low >= POLICY.width - 1e-5


def test_nobody_works_out_a_small_number(tmp_path: Path) -> None:
    nobody_works_out_a_small_number(tmp_path / "public", seed=11, size=320, unknown=0.05)


def _secrets(attacker: Attacker, people: list[Person]) -> Iterator[np.ndarray]:
    """Yield what must not be known: few people, few with the outcome, few without."""
    true = exact(people, attacker.kinds)
    for cell in attacker.cells():
        part, whole = attacker.row(cell, 0), attacker.row(cell, 1)
        of = true(whole)
        if cell[0] == "trained@1":
            left = attacker.row(("finished@1", *cell[1:]), 1) - whole
            if 0 < true(left) < POLICY.least_people:
                yield left
        if 0 < of < POLICY.least_people:
            yield whole
        for row in (part, whole - part):
            n = true(row)
            if n < POLICY.least_people and (n > 0 or of >= POLICY.least_people):
                yield row


def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    """Whatever the order of people, and the number of processes."""
    people = state(3, 200)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        folder = tmp_path / name / "public"
        if name == "one":
            publish(folder, people)
        else:
            publish(folder, people[::-1], processes=2)
    files = [p.relative_to(tmp_path / "one") for p in (tmp_path / "one/public").rglob("*.*")]
    assert len(files) > 10
    for name in files:
        if name.suffix != ".duckdb":
            both = [(tmp_path / run / name).read_bytes() for run in ("one", "two")]
            assert both[0] == both[1], name


def test_the_folder_holds_what_the_manifest_lists(published: Path) -> None:
    assert contents_findings(published, manifest()) == []


def attack(folder: Path) -> set[str]:
    """Return the kinds of what the audit finds in a folder."""
    report = audit(folder, POLICY.least_people, POLICY.width, also=PROTECTED)
    return {finding.kind for finding in report.findings}


def change(published: Path, folder: Path, change: pl.Expr, column: str) -> Path:
    """Copy the tables of a public folder with a changed column of `metric_value`."""
    (folder / "parquet").mkdir(parents=True)
    for path in (published / "parquet").iterdir():
        rows = pl.read_parquet(path)
        if path.stem == "metric_value":
            rows = rows.with_columns(change.alias(column))
        rows.write_parquet(folder / "parquet" / path.name)
    return folder


def test_the_audit_passes_what_is_published(published: Path) -> None:
    assert attack(published) == set()


@given(of=st.integers(0, 3000), share=st.floats(0, 1))
def test_a_ladder_deals_out_all_numbers_in_steps_of_eleven_or_more(of: int, share: float) -> None:
    people = np.array([round(share * of)])
    low, high = bands(np.array([of]), people, POLICY)
    assert 0 <= low[0] <= people[0] <= high[0] <= of
    assert high[0] - low[0] + 1 >= min(POLICY.least_people, of + 1)
    for other in (low, high):
        assert bands(np.array([of]), other, POLICY) == (low, high)
    assert bands(np.array([of]), np.maximum(low - 1, 0), POLICY)[1] in (low - 1, high)


def test_a_decision_is_kept_until_a_number_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided = list[str]()
    monkeypatch.setattr(
        build, "choose", lambda block, policy: decided.append(block.cohort) or choose(block, policy)
    )
    people = state(4, 200)
    warehouse = write_warehouse(tmp_path / "warehouse.duckdb", people)
    what = build.Publication(warehouse, tmp_path / "public", "v1", NOTHING, tmp_path / "chosen")
    for _ in range(2):
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            build.decide(connection, what, manifest(), POLICY, 1)
    assert decided == ["graduate"]
    write_warehouse(warehouse, people[1:])
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        build.decide(connection, what, manifest(), POLICY, 1)
    assert decided == ["graduate"] * 2


@pytest.mark.parametrize(
    "cell",
    [
        ("gender", "county:C1", "F"),
        ("gender", "work:W1", "F"),
        ("age", "county:C1", "x"),
        ("",) * 3,
    ],
)
def test_what_the_audit_objects_to_again_and_again_ends_with_all_withheld(
    tmp_path: Path, cell: tuple[str, str, str]
) -> None:
    block = block_of(tmp_path, state(2, 300))
    decided = [build.Decided(block, choose(block, POLICY))]
    withheld = decided[0].pattern.withheld
    count = next(iter(block.counts))
    finding = Finding(block.name, count, cell, "cell", 3, 4, "narrowed")
    sizes = [len(withheld)]
    for turn in range(build.REPAIRS):
        build._repair(decided, Report(findings=[finding]), turn)
        sizes.append(len(withheld))
        if turn == 0 and cell[1] == "county:C1" and cell[0] == "gender":
            assert (count, "gender", "county") in withheld
            assert (count, "gender", "statewide") not in withheld
    assert sizes == sorted(sizes) and sizes[1] > sizes[0]
    assert withheld == {
        (each, group, scheme)
        for each, (group, cut) in product(block.counts, block.cuts.items())
        for scheme in cut.schemes
    }


def test_what_the_audit_objects_to_first_is_hidden_in_its_region_alone(tmp_path: Path) -> None:
    block = block_of(tmp_path, state(2, 3000))
    pattern = choose(block, POLICY)
    count = next(iter(block.counts))
    cut, hidden = block.cuts["gender"], pattern.hidden[count]["gender"]
    shown = np.flatnonzero((~hidden).any(axis=1) & (np.array(cut.schemes) == "county"))[0]
    before, withheld = hidden.copy(), set(pattern.withheld)
    finding = Finding(
        block.name, count, ("gender", cut.regions[shown], cut.codes[0]), "cell", 3, 4, "narrowed"
    )
    changed = build._repair([build.Decided(block, pattern)], Report(findings=[finding]), 0)
    assert changed == {block.name} and pattern.withheld == withheld
    assert hidden[shown].all()
    others = np.arange(len(hidden)) != shown
    assert (hidden[others] == before[others]).all()


def test_of_a_hidden_number_the_bounds_of_its_region_go_before_its_kind_of_regions(
    tmp_path: Path,
) -> None:
    block = block_of(tmp_path, state(2, 3000))
    pattern = choose(block, POLICY)
    (count, group), unbounded = next(
        (at, of) for at, of in pattern.unbounded.items() if at[1] == "gender" and not of.all()
    )
    hidden, cut = pattern.hidden[count][group], block.cuts[group]
    row = np.flatnonzero(~unbounded.all(axis=1))[0]
    for name in ("all", group):
        of = block.cuts[name]
        for each in block.numerators(count):
            pattern.hidden[each][name][of.regions.index(cut.regions[row])] = True
    withheld, before = set(pattern.withheld), hidden.copy()
    finding = Finding(
        block.name, count, (group, cut.regions[row], cut.codes[0]), "cell", 3, 4, "narrowed"
    )
    assert build._repair([build.Decided(block, pattern)], Report(findings=[finding]), 1)
    assert pattern.withheld == withheld and (hidden == before).all()
    assert unbounded[row].all()


def test_a_metric_has_no_page_whose_cells_would_hold_few_people_on_average(tmp_path: Path) -> None:
    warehouse = write_warehouse(tmp_path / "warehouse.duckdb", state(1, 400))
    [every] = manifest().cuts
    cuts = [every.model_copy(update={"least_per_cell": of}) for of in (0, 11)]
    blocks = list[Block]()
    for cut in cuts:
        of = manifest().model_copy(update={"cuts": (cut,)})
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            blocks += read_blocks(connection, of, 0)
    all_listed, listed = (block.listed["finished@1"] for block in blocks)
    # About 120 did not finish: enough for four counties, and not for three groups in each.
    assert all_listed == {group: {"statewide", *SCHEMES} for group in every.groups}
    assert listed["all"] == {"statewide", *SCHEMES}
    assert listed["race_ethnicity"] == {"statewide", *SCHEMES} - {"county"}


def test_areas_that_no_asked_or_telling_region_parts_are_one(tmp_path: Path) -> None:
    """Programs of a count keep each number of the asked regions, and what others tell apart."""
    block = block_of(tmp_path, state(2, 300))
    first, *_ = block.counts.values()
    cut = block.cuts["gender"]
    asked = np.array(cut.schemes) == "statewide"
    pattern = Pattern({
        name: {group: np.ones((len(of.regions), len(of.codes)), dtype=bool)
               for group, of in block.cuts.items()}
        for name in block.counts
    })  # fmt: skip

    def areas(count: Count) -> int:
        lumps = lumped(block, count, "gender", POLICY, pattern, asked)
        less = lumps.block.cuts["gender"]
        numbers = less.cells(lumps.block.counts[count.count_id].by_area["gender"])
        assert (numbers == cut.cells(count.by_area["gender"])[asked]).all()
        return less.member.shape[1]

    within = next(count for count in block.counts.values() if block.ancestors[count.count_id])
    assert areas(first) == areas(within) == 1
    county = block.cuts["all"].regions.index("county:C1")
    pattern.hidden[block.ancestors[within.count_id][0]]["all"][county] = False
    assert areas(within) == 2


def test_a_cell_that_was_shown_last_year_is_hidden_last(tmp_path: Path) -> None:
    """To hide three people of one race, another race is hidden: the one nobody saw before."""
    people = crowd({place: {"RA": 40, "RH": 50, "RW": 51} for place in PLACES})
    few = [*people, *crowd({"p5": {"RA": 3}})]
    for person in people:
        if (person.place, person.race) == ("p5", "RA"):
            few.remove(person)
    block = block_of(tmp_path, few)
    count = next(iter(block.counts))
    seen = {(count, "race_ethnicity", f"county:{c}", "RH") for c in ("C3", "C4")}
    for last, hidden in ((set(), "RH"), (seen, "RW")):
        pattern = choose(replace(block, shown_last=frozenset(last)), POLICY)
        shown = shown_cells(block, pattern)
        at_c4 = {
            code for code in ("RH", "RW")
            if (count, "race_ethnicity", "county:C4", code) not in shown
        }  # fmt: skip
        assert at_c4 == {hidden}


def planted(people: list[Person], tmp_path: Path, hidden: pl.Expr) -> set[str]:
    """Publish the exact numbers of people with some denominators and all numerators hidden."""
    folder = tmp_path / "public"
    assert publish(folder, people).passed
    rows = pl.read_parquet(folder / "parquet" / "metric_value.parquet")
    key = ["metric_id", "region_id", "student_group", "student_group_value"]
    true = values(people).select(*key, true=pl.col("denominator").cast(pl.Int64))
    exposed = rows.join(true, key, how="left").with_columns(
        denominator=pl.when(hidden).then(None).otherwise(pl.col("true").fill_null(0)),
        numerator=pl.lit(None, pl.Int64),
    )
    exposed.select(rows.columns).write_parquet(folder / "parquet" / "metric_value.parquet")
    return attack(folder)


def crowd(numbers: dict[str, dict[str, int]]) -> list[Person]:
    """Return people by place and race."""
    return [
        Person(place, race, "F", True, True, True)
        for place, races in numbers.items()
        for race, number in races.items()
        for _ in range(number)
    ]


TWO_RACES = {place: {"RH": 40, "RW": 40} for place in PLACES}


def test_one_hole_in_a_row_is_recovered(tmp_path: Path) -> None:
    people = crowd(TWO_RACES | {"p5": {"RH": 40, "RW": 3}})
    at_p5 = pl.col("region_id") == "county:C4"
    hole = at_p5 & (pl.col("student_group_value") == "RW")
    assert "recovered" in planted(people, tmp_path, hole)


def test_the_rest_of_a_region_is_worked_out(tmp_path: Path) -> None:
    """Consortium O2 is macroregion M2 but for a few people at p5."""
    people = crowd(TWO_RACES | {"p5": {"RH": 4, "RW": 4}})
    hole = pl.col("region_id") == "county:C4"
    assert "rest" in planted(people, tmp_path, hole)


def test_who_has_no_group_is_worked_out(tmp_path: Path) -> None:
    people = [*crowd(TWO_RACES), *[Person("p1", "RH", UNKNOWN, True, True, True)] * 4]
    assert "recovered" in planted(people, tmp_path, pl.lit(value=False))


def test_a_denominator_shown_by_another_metric_is_found(published: Path, tmp_path: Path) -> None:
    """Employed and finished have one denominator: what one of them shows, both show."""
    rows = pl.read_parquet(published / "parquet" / "metric_value.parquet")
    small = rows.filter(
        pl.col("denominator").is_null(), metric_id="finished", student_group="race_ethnicity"
    ).row(0, named=True)
    shown = (
        pl.when(
            pl.col("metric_id") == "employed",
            pl.col("region_id") == small["region_id"],
            pl.col("student_group_value") == small["student_group_value"],
        )
        .then(pl.lit(7, pl.Int64))
        .otherwise(pl.col("denominator"))
    )
    assert attack(change(published, tmp_path / "other", shown, "denominator"))


@pytest.fixture(scope="module")
def with_leaders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the public folder of a state that is large enough for gaps and leaders."""
    folder = tmp_path_factory.mktemp("leaders") / "public"
    assert publish(folder, state(6, 900)).passed
    return folder


@pytest.mark.parametrize(
    ("table", "column", "at"),
    [
        ("metric_value", "value", pl.col("numerator").is_null()),
        ("metric_equity", "gap", pl.lit(value=True)),
        ("leadership_region", "value", pl.col("value").is_null()),
        ("leadership_region", "value_before", pl.lit(value=True)),
        ("leadership_state", "value", pl.lit(value=True)),
    ],
)
def test_a_number_of_another_table_that_nothing_shown_has_is_found(
    with_leaders: Path, tmp_path: Path, table: str, column: str, at: pl.Expr
) -> None:
    public = tmp_path / "public"
    shutil.copytree(with_leaders, public)
    path = public / "parquet" / f"{table}.parquet"
    rows = pl.read_parquet(path).with_row_index()
    first = rows.filter(at)["index"][0]
    changed = pl.when(pl.col("index") == first).then(0.123).otherwise(pl.col(column))
    rows.with_columns(changed.alias(column)).drop("index").write_parquet(path)
    [found] = underived(public)
    assert found[0] == table
    report = audit(public, POLICY.least_people, POLICY.width, only=[])
    assert {finding.kind for finding in report.findings} == {"derived"}


def test_nothing_is_at_row_level(published: Path) -> None:
    """No column of any public table, or of the database, names a person."""
    for path in (published / "parquet").iterdir():
        assert not {"person_id", "n_matchable", "n_matched"} & set(pl.read_parquet(path).columns)
    with duckdb.connect(str(published / "public.duckdb"), read_only=True) as connection:
        texts = connection.execute(
            "select table_name, column_name from duckdb_columns()"
        ).fetchall()
        assert len(texts) > 50
        assert not [name for _, name in texts if "person" in name or "exact_match" in name]


def test_a_file_a_column_and_a_cut_that_no_manifest_lists_are_findings(
    published: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "public"
    shutil.copytree(published, folder)
    (folder / "people.csv").write_text("person_id")
    assert contents_findings(folder, manifest()) == ["people.csv is not in the manifest"]
    (folder / "people.csv").unlink()
    path = folder / "parquet" / "metric_value.parquet"
    pl.read_parquet(path).with_columns(person_id=pl.lit("x")).write_parquet(path)
    assert any("person_id" in finding for finding in contents_findings(folder, manifest()))
    cut = manifest().cuts[0].model_copy(update={"groups": ("all", "gender")})
    less = manifest().model_copy(update={"cuts": (cut,)})
    found = contents_findings(published, less)
    assert found and all("race_ethnicity is not a public cut" in finding for finding in found)


def test_the_data_package_is_valid(published: Path) -> None:
    report = frictionless.validate(str(published / "datapackage.json"))
    assert report.valid, report.flatten(["message"])


def test_what_was_published_stays_when_a_student_comes(tmp_path: Path) -> None:
    people = state(4, 200)
    assert publish(tmp_path / "public", people).passed
    more = [*people, Person("p1", "RA", "F", True, True, True)]
    before = read_published(tmp_path / "public")
    assert publish(tmp_path / "next", more, before=before, vintage="v2").passed
    for name in ("metric_value", "cut", "public_vintage"):
        both = [
            pl.read_parquet(tmp_path / run / f"parquet/{name}.parquet")
            for run in ("public", "next")
        ]
        assert both[0].equals(both[1]), name
    both_read = audit(
        tmp_path / "next", POLICY.least_people, POLICY.width, before=tmp_path / "public"
    )
    assert both_read.passed and both_read.cells > 0
    assert publish(tmp_path / "anew", more, vintage="v2").passed
    anew = pl.read_parquet(tmp_path / "anew" / "parquet/metric_value.parquet")
    assert not anew.drop("vintage").equals(both[0])


def test_gaps_and_leadership_are_made_of_shown_cells_alone(with_leaders: Path) -> None:
    tables = {name: pl.read_parquet(with_leaders / f"parquet/{name}.parquet") for name in
              ("metric_value", "metric_equity", "leadership_region")}  # fmt: skip
    key = ["metric_id", "region_id", "student_group", "student_group_value"]
    shown = tables["metric_value"].filter(pl.col("value").is_not_null()).select(*key, "value")
    gaps = tables["metric_equity"]
    assert gaps.height > 0
    assert gaps.join(shown, key, how="anti").height == 0
    reference = [*key[:3], "reference_value"]
    both = gaps.join(shown, left_on=reference, right_on=key, suffix="_best")
    assert both.height == gaps.height
    assert (
        both.select((pl.col("value") - pl.col("value_best") - pl.col("gap")).abs().max()).item()
        == 0
    )
    leaders = tables["leadership_region"].filter(pl.col("value").is_not_null())
    assert leaders.join(shown, ["metric_id", "region_id"], how="anti").height == 0
    assert set(leaders.filter(region_scheme="macroregion")["rank"]) <= {1, 2}


def test_a_correction_hides_where_few_people_came(tmp_path: Path) -> None:
    people = crowd({place: {"RH": 60, "RW": 60} for place in PLACES})
    assert publish(tmp_path / "public", people).passed
    late = crowd({"p1": {"RH": 3}, "p4": {"RW": 30}})
    name = ("graduate", "2020-21", "high_school")
    before = read_published(tmp_path / "public", frozenset([name]))
    folder = tmp_path / "next"
    assert publish(folder, [*people, *late], before=before, vintage="v2").passed
    rows = pl.read_parquet(folder / "parquet" / "metric_value.parquet").filter(
        metric_id="finished", student_group="all"
    )
    shown = dict(rows.select("region_id", "denominator").iter_rows())
    assert shown["county:C1"] is None
    assert shown["county:C3"] == 150
    assert set(rows["vintage"]) == {"v2"}
    # The same numbers without regard to what was published give the three away.
    assert publish(tmp_path / "anew", [*people, *late], vintage="v2").passed
    least, width = POLICY.least_people, POLICY.width
    report = audit(tmp_path / "anew", least, width, before=tmp_path / "public")
    assert "change" in {finding.kind for finding in report.findings}


def test_a_correction_hides_where_as_few_people_came_as_went(tmp_path: Path) -> None:
    """No number changes when four people come and four go, and eight people are known to move."""
    people = crowd({place: {"RH": 60, "RW": 60} for place in PLACES})
    assert publish(tmp_path / "public", people).passed
    name = ("graduate", "2020-21", "high_school")
    before = read_published(tmp_path / "public", frozenset([name]))
    ids = [n + 1000 if n < 4 else n for n in range(len(people))]
    for earlier, hidden in ((None, set()), (tmp_path / "public.duckdb", {"county:C1"})):
        folder = tmp_path / f"next{len(hidden)}"
        assert publish(folder, people, before=before, vintage="v2", ids=ids, earlier=earlier).passed
        rows = pl.read_parquet(folder / "parquet/metric_value.parquet").filter(
            pl.col("denominator").is_null(), metric_id="finished", student_group="all"
        )
        assert hidden <= set(rows["region_id"]), earlier
        assert bool(hidden) == bool(rows.height)


def integer_leaks(people: list[Person], folder: Path, policy: DisclosurePolicy) -> tuple[int, int]:
    """Return how many small cells there are, and how many whole people pin down more closely.

    Every table of whole people at three places and of two races is tried.
    """
    assert publish(folder, people, policy).passed
    rows = pl.read_parquet(folder / "parquet" / "metric_value.parquet").filter(
        pl.col("student_group").is_in(["all", "race_ethnicity"]), metric_id="finished"
    )
    cells = [(place, race) for place in ("p1", "p2", "p3") for race in ("RH", "RW")]
    tables = np.indices((9,) * len(cells), dtype=np.int8).reshape(len(cells), -1)
    numbers = rows.select("region_id", "student_group_value", "denominator")
    shown = {(region, code): n for region, code, n in numbers.iter_rows()}
    everywhere = {
        r for p in ("p1", "p2", "p3") for s, r in regions(p).items() if s != "institution"
    }
    asked = {
        (region, code): [region in regions(p).values() and code in ("all", r) for p, r in cells]
        for region, code in product(everywhere, ("all", "RH", "RW"))
    }
    fits = np.ones(tables.shape[1], dtype=bool)
    for cell, parts in asked.items():
        n = shown.get(cell, 0)
        if n is not None and not cell[0].startswith("zone:"):
            fits &= tables[parts].sum(axis=0) == n
    small = leaks = 0
    for cell, parts in asked.items():
        of_cell = tables[parts][:, fits].sum(axis=0)
        true = sum(p.race in (cell[1], {"all": p.race}.get(cell[1]))
                   and cell[0] in regions(p.place).values() for p in people)  # fmt: skip
        if 0 < true < policy.least_people:
            small += 1
            leaks += of_cell.max() - of_cell.min() < policy.width
    return small, leaks


def test_whole_people_pin_nothing_down_in_tiny_tables(tmp_path: Path) -> None:
    policy = DisclosurePolicy(regional_least=0, least_people=5, width=2)
    small = leaks = 0
    for seed in range(6):
        of = random.Random(seed)
        people = [
            Person(place, race, "F", True, True, True)
            for place, race in product(("p1", "p2", "p3"), ("RH", "RW"))
            for _ in range(of.choice([0, 2, 4, 6, 8]))
        ]
        found = integer_leaks(people, tmp_path / str(seed), policy)
        small, leaks = small + found[0], leaks + found[1]
    assert small > 10
    assert leaks == 0
