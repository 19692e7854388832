"""A clean state's collaboration tables against what its generator knows to be true.

Exact where records say it all: grants, members, dissolutions. Within an interval where the measure
is an estimate, and never above the truth where it hangs on linkage.
"""

from collections import defaultdict
from collections.abc import Callable
from itertools import product
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pytest
from scipy import stats

from sample_data import truth
from sample_data.control import Control
from sample_data.delivery.reporting import report
from sample_data.generate import prepare
from sample_data.lives.lives import live
from sample_data.world.initiatives import FUNDING
from tests.pipeline.conftest import CLEAN
from tests.reference.collaboration.continuity import fate, pathway_activity, years_per_person
from tests.reference.collaboration.survival import kaplan_meier

STATE = "region_id = 'statewide:California'"


@pytest.fixture(scope="module")
def released(clean: Path) -> Callable[[str], pl.DataFrame]:
    """Return a function that runs a query on the clean state's build."""
    path = str(clean / "build.duckdb")

    def query(sql: str) -> pl.DataFrame:
        with duckdb.connect(path, read_only=True) as warehouse:
            return warehouse.sql(sql).pl()

    return query


@pytest.fixture(scope="module")
def joint(clean: Path):
    """Return the agreements that the clean state was made from.

    They hang on no chance that a pilot solves; the state itself, which is made before, does.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sample_data.generate.PILOT", 3_000)
        written = (clean / "truth/control.json").read_text()
        return prepare(Control.model_validate_json(written))


def matrix(sets: dict[str, set]) -> dict[tuple[str, str], int]:
    """Return the sizes of the intersections of every two sets."""
    return {(one, other): len(sets[one] & sets[other]) for one, other in product(sets, sets)}


def test_which_partners_overlap_is_exactly_true(joint, released) -> None:
    actual = released(f"""
        select academic_year, initiative_code, other_initiative_code, in_both
        from collaboration.initiative_overlap
        where entity_type = 'partner' and {STATE} and academic_year <> 'all'
    """)
    inside: dict[str, dict[str, set]] = defaultdict(lambda: defaultdict(set))
    for line in joint.grant_lines.iter_rows(named=True):
        last = min(line["last_year"], CLEAN.last_academic_year)
        for year in range(max(line["first_year"], CLEAN.first_ninth_grade_year), last + 1):
            label = f"{year}-{(year + 1) % 100:02d}"
            inside[label][line["initiative_code"]].add(line["institution_id"])
    true = {(y, *pair): n for y, sets in inside.items() for pair, n in matrix(sets).items()}
    assert {row[:3]: row[3] for row in actual.iter_rows()} == true


def test_dollars_of_grants_are_exactly_true(joint, released) -> None:
    actual = released("""
        select initiative_code, award_amount_usd from marts.dim_initiative where grant_count > 0
    """)
    true = joint.grant_lines.group_by("initiative_code").agg(pl.col("dollars").sum())
    assert {i: float(n) for i, n in actual.iter_rows()} == {
        initiative: float(dollars) for initiative, dollars in true.iter_rows()
    }


def test_which_consortia_dissolved_when_is_exactly_true(clean: Path, released) -> None:
    actual = released("select consortium_id, microregion, dissolved_date from marts.dim_consortium")
    true = pl.read_parquet(clean / "truth/consortium.parquet")
    assert sorted(actual.rows()) == sorted(
        true.select("consortium_id", "microregion", pl.col("dissolved_on").cast(pl.Date)).rows()
    )


def test_members_join_and_leave_when_they_did(joint, released) -> None:
    actual = released("""
        select effective_from, effective_to, partner_type_code from marts.brg_partner_consortium
    """)
    end = pl.date(CLEAN.last_academic_year + 1, 6, 30)
    true = joint.members.select(
        pl.col("joined_date").cast(pl.Date),
        pl.when(pl.col("left_date").cast(pl.Date) <= end).then(pl.col("left_date").cast(pl.Date)),
        "member_type_code",
    )
    assert sorted(map(str, actual.rows())) == sorted(map(str, true.rows()))


def pathways(clean: Path, released) -> pl.DataFrame:
    """Return what became of each funded pathway, as measured and as true."""
    measured = released("""
        select school_id, pathway_code, initiative_code, status, is_observable, years_after
        from collaboration.continuity
        where unit_type = 'pathway' and initiative_code not in ('none', 'all')
    """)
    true = pl.read_parquet(clean / "truth/pathway.parquet")
    return measured.join(true, on=["school_id", "pathway_code"], how="left", suffix="_true")


def test_every_pathway_has_the_grant_it_had(clean: Path, released) -> None:
    rows = pathways(clean, released)
    assert rows.height > 0
    assert rows["initiative_code"].to_list() == rows["initiative_code_true"].to_list()


def test_no_pathway_is_seen_after_its_end(clean: Path, released) -> None:
    rows = pathways(clean, released).filter("ended_with_grant")
    assert rows.height > 0
    assert rows["years_after"].sum() == 0
    assert "active_after_end" not in rows["status"].to_list()


DENSE = Control(
    students=16_000, cohorts=8, districts=12, students_per_school=400, seed=11, dirt="none"
)


@pytest.fixture(scope="module")
def judged() -> pl.DataFrame:
    """Return what became of funded pathways in schools large enough to tell, measured and true.

    The clean state's schools are too small to judge any. So the rule is tried by the reference,
    which has the warehouse's results on the same data, on pathway records as they are lived.
    """
    with pytest.MonkeyPatch.context() as patch:
        # Whether a pathway closes hangs on no chance that the pilot solves.
        patch.setattr("sample_data.generate.PILOT", 3_000)
        joint = prepare(DENSE)
    lives = live(joint, np.arange(DENSE.students), DENSE.seed)
    ((_, delivered),) = report(lives, ["k12_pathway"])
    rows = delivered.with_columns(
        person_id="_person", year=pl.col("academic_year").str.head(4).cast(pl.Int32)
    )
    activity = pathway_activity(rows, {})
    stay = years_per_person(activity)["pathway"]
    last = max(max(unit.seen) for unit in activity.values())
    true = truth.pathway(joint.world)
    years = {f"{f.initiative}-{f.round}": (f.first_year, f.last_year) for f in FUNDING}
    actual = []
    for row in true.iter_rows(named=True):
        own = activity.get(("pathway", f"{row['school_id']}-{row['pathway_code']}"))
        funded = row["grant_id"] is not None
        # A placebo: never-funded pathways by the dates of the first round.
        source = row["grant_id"].rsplit("-", 1)[0] if funded else next(iter(years))
        if own:
            became = fate(own, stay, last, years[source][1])
            ended = {"truly_ended": row["ended_with_grant"], "is_funded": funded}
            actual.append(row | became | ended)
    return pl.DataFrame(actual, infer_schema_length=None).filter("is_observable")


def test_every_pathway_that_closed_is_called_closed(judged: pl.DataFrame) -> None:
    ended = judged.filter("is_funded", "truly_ended")
    assert ended.height >= 10
    assert set(ended["status"]) == {"closed_after_end"}


@pytest.mark.parametrize("funded", [True, False])
def test_no_more_pathways_are_called_closed_than_chance_allows(judged, funded: bool) -> None:
    """An open pathway goes unseen with a chance of 5 %, by the way it is judged."""
    still_open = judged.filter(pl.col("is_funded") == funded, ~pl.col("truly_ended"))
    wrong = still_open.filter(pl.col("status") == "closed_after_end").height
    assert still_open.height >= 20
    assert stats.binomtest(wrong, still_open.height, 0.05, "greater").pvalue > 0.01


def test_the_survival_of_pathways_covers_the_truth(judged: pl.DataFrame) -> None:
    funded = judged.filter("is_funded")
    closed = (funded["status"] == "closed_after_end").to_numpy()
    years = ((funded["last"] - funded["end"]).clip(0) + 1).to_numpy() * closed
    years = np.where(closed, years, funded["years_observable"].to_numpy()).astype(float)
    district = funded["school_id"].str.head(7).to_numpy()
    survival, low, high, _ = kaplan_meier(years, closed, np.array([years.max()]), district)[0]
    assert low <= 1 - funded["truly_ended"].mean() <= high
    assert 0 < low <= survival <= high < 1


def test_who_is_in_two_initiatives_is_never_above_the_truth_and_little_below(
    clean: Path, released
) -> None:
    """Linkage misses a few whose names and numbers disagree too much; it must not find others."""
    measured = released(f"""
        select initiative_code, other_initiative_code, in_both from collaboration.initiative_overlap
        where entity_type = 'person' and academic_year = 'all' and {STATE}
    """)
    served = released("select record_id, initiative_code from marts.fct_initiative_participation")
    with duckdb.connect(str(clean / "records.duckdb"), read_only=True) as connection:
        served = served.join(connection.sql("from provenance.record").pl(), on="record_id")
    records = pl.read_parquet(clean / "truth/record/*.parquet").filter(
        pl.col("feed") == "initiative_participation"
    )
    whose = served.join(records, on=["period", "submitter", "row_number"], how="left")
    assert whose["person_truth_id"].null_count() == 0
    true = matrix(
        {i: set(p) for i, p in whose.group_by("initiative_code").agg("person_truth_id").iter_rows()}
    )
    actual = {row[:2]: row[2] for row in measured.iter_rows()}
    assert set(actual) == set(true)
    for (one, other), n in actual.items():
        if one == other:
            assert true[one, one] <= n <= 1.03 * true[one, one]
        else:
            assert 0.9 * true[one, other] - 1 <= n <= true[one, other]


def test_links_to_the_nearest_college_are_as_strong_as_they_are(clean: Path, released) -> None:
    links = pl.read_parquet(clean / "truth/link.parquet")
    near = links.filter(pl.col("expected_share") == pl.col("expected_share").max())
    took = released("""
        with one_district as (
            select person_id, any_value(district_id) as district_id
            from marts.fct_k12_enrollment group by person_id having count(distinct district_id) = 1
        )
        select district_id, institution_id as college_id, count(distinct person_id) as people
        from marts.fct_dual_enrollment join one_district using (person_id) group by all
    """)
    went = took.join(near, on=["district_id", "college_id"])["people"].sum()
    interval = stats.binomtest(went, took["people"].sum()).proportion_ci(0.99, "wilson")
    assert interval.low <= near["expected_share"][0] <= interval.high


def test_the_strongest_link_of_a_district_is_to_its_nearest_college(clean: Path, released) -> None:
    links = pl.read_parquet(clean / "truth/link.parquet")
    near = links.filter(pl.col("expected_share") == pl.col("expected_share").max())
    strongest = released("""
        select link.district_id, arg_max(link.counterpart_id, link.people) as college_id
        from (
            select district_id, counterpart_id, sum(people) as people
            from collaboration.link_year where link_type = 'any_college' group by all
        ) as link
        join marts.dim_institution as college on link.counterpart_id = college.institution_id
        where college.institution_type_code = 'COMMUNITY_COLLEGE'
        group by link.district_id
    """)
    assert sorted(strongest.rows()) == sorted(near.select("district_id", "college_id").rows())


def test_openings_are_exactly_those_reported(clean: Path, released) -> None:
    actual = released(f"""
        select academic_year, cast(sum(openings) as bigint) from collaboration.regional_alignment
        where {STATE} and credential_level = 'all' group by academic_year
    """)
    files = clean.glob("landing/labor_demand/*/*.csv")
    landed = pl.concat(pl.read_csv(path, infer_schema=False) for path in files)
    true = landed.group_by("academic_year").agg(pl.col("annual_openings").cast(pl.Int64).sum())
    assert sorted(actual.rows()) == sorted(true.rows())
