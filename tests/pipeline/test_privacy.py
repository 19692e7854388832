"""What an analyst may not find in a release: the way back to a delivered file, and a person's text.

Lives here: released columns, the order rows are stored in, and the coarser release. Does not:
events and logs (`test_silence`), what is published.
"""

import re
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.release.build_files.rewrite import copy_coarser
from pipelines.release.coarse import Coarser
from pipelines.release.provenance import origins
from pipelines.settings import PROJECT
from schemas import ACCEPTED_FEEDS
from tests.leaks import texts
from tests.pipeline.conftest import Home

# What a delivered file and its row are known by, and what submitters write freely.
LEADS_BACK = {
    "submitter", "row_number", "delivery_sha256", "file_name", "source_person_key", "award_id",
    "opportunity_id", "credential_title", "industry_certification_name",
}  # fmt: skip
ALONE = """
    with known as (
        select {attributes} as attributes, person_id
        from marts.fct_k12_enrollment
    ),
    alone as (
        select any_value(person_id) as person_id
        from known group by attributes having count(distinct person_id) = 1
    )
    select (select count(distinct person_id) from alone) / count(distinct person_id) from known
"""
# Words and numbers; folders that may hold a bridge's values, and those of the generator.
WORD = re.compile(r"\w{6,}")
GENERATED_OR_LINKAGE = {"landing", "identity", "truth", "late"}
FLAGS = "is_economically_disadvantaged, is_english_learner, has_disability, is_foster, is_homeless"


def asked(warehouse: Path, query: str) -> pl.DataFrame:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.sql(query).pl()


@pytest.fixture(scope="module")
def warehouse(refreshed_home: Path) -> Path:
    return refreshed_home / "releases/current/warehouse.duckdb"


@pytest.fixture(scope="module")
def coarse(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copied = tmp_path_factory.mktemp("coarse") / "analysts.duckdb"
    copy_coarser(warehouse, copied, Coarser())
    return copied


def words(*paths: Path) -> set[str]:
    """Return the words and numbers in files; of a table or database, in its columns of texts."""
    in_files: set[str] = set()
    for path in paths:
        whole, *of_columns = texts(path)
        in_files.update(WORD.findall(b"\n".join(of_columns or [whole]).decode(errors="replace")))
    return in_files


def test_what_a_bridge_alone_knows_is_in_no_other_file_of_a_home(refreshed: Home) -> None:
    """Build, release, site, reports, provenance, ledger, logs and Dagster's storage included.

    Rows of it that break a rule are where all such rows are: in quarantine and their report.
    """
    root, bridge = refreshed.path, "identity_bridge"
    landed = [path for path in (root / "landing").glob("*/*/*") if path.is_file()]
    of_bridge = {path for path in landed if path.parts[-3] == bridge}
    planted = words(*of_bridge) - words(*(path for path in landed if path not in of_bridge))
    planted -= words(*PROJECT.glob("schemas/**/*.py"))
    assert len(planted) > 250
    for path in (root / "identity" / bridge).glob("*.parquet"):
        planted.update(pl.read_parquet(path, columns=["source_person_key"])["source_person_key"])
    own = tuple(f"{folder}/{bridge}/" for folder in ("quarantine", "reports"))
    searched = 0
    for path in (path for path in root.rglob("*") if path.is_file()):
        name = path.relative_to(root).as_posix()
        if name.split("/")[0] not in GENERATED_OR_LINKAGE and not name.startswith(own):
            searched += 1
            assert planted.isdisjoint(words(path)), name
    assert searched > 1_000


PERSON_LEVEL = """
    select schema_name || '.' || table_name as name, list(column_name) as columns
    from duckdb_columns() inner join duckdb_tables() using (schema_name, table_name)
    group by all having bool_or(column_name in ('record_id', 'person_id')) order by name
"""


def test_no_row_of_people_or_records_names_its_delivery(warehouse: Path) -> None:
    tables = asked(warehouse, PERSON_LEVEL)
    with_records = tables.filter(pl.col("columns").list.contains("record_id"))
    facts = {f"marts.fct_{name}" for name in ACCEPTED_FEEDS} - {
        "marts.fct_institution", "marts.fct_consortium_member"
    }  # fmt: skip
    assert set(with_records["name"]) == facts
    for name, columns in tables.iter_rows():
        assert not LEADS_BACK & set(columns), name


def test_rows_are_stored_in_an_order_that_no_delivery_had(
    warehouse: Path, refreshed_home: Path
) -> None:
    """Spearman's correlation of stored and delivered order, at five standard errors of chance."""
    for name, columns in asked(warehouse, PERSON_LEVEL).iter_rows():
        key = "record_id" if "record_id" in columns else "person_id"
        stored = asked(warehouse, f"select {key} from {name}")[key]
        assert stored.is_sorted(), name
    [release] = (refreshed_home / "provenance").glob("*.duckdb")
    delivered = asked(release, "from record")
    for (feed,), rows in delivered.partition_by("feed", as_dict=True).items():
        stored = rows.sort("record_id").with_row_index("stored")
        order = ["period", "submitter", "row_number"]
        as_delivered = stored.sort(order).with_row_index("delivered")
        correlation = as_delivered.select(pl.corr("stored", "delivered", method="spearman")).item()
        assert abs(correlation) < 5 / as_delivered.height**0.5, feed
        of_file = as_delivered.group_by("period", "submitter").agg(
            pl.corr("stored", "row_number", method="spearman").alias("r"), pl.len()
        )
        large = of_file.filter(pl.col("len") >= 30)
        assert large.filter(pl.col("r").abs() > 5 / pl.col("len").sqrt()).is_empty(), feed


def test_an_engineer_finds_the_delivered_row_and_its_values(
    warehouse: Path, refreshed: Home
) -> None:
    fact = asked(warehouse, "select * from marts.fct_k12_pathway order by record_id limit 20")
    found = origins(refreshed.settings, fact["record_id"].to_list())
    assert [one.record_id for one in found] == fact["record_id"].to_list()
    for one, row in zip(found, fact.to_dicts(), strict=True):
        [path] = (refreshed.path / "landing/k12_pathway" / one.period).glob(f"{one.submitter}.*")
        assert path.name == one.file_name
        if path.suffix == ".csv":
            lines = path.read_bytes().decode("utf-8-sig", errors="replace").splitlines()
            assert row["school_id"] in lines[one.row_number - 1]
            assert row["pathway_code"] in lines[one.row_number - 1]


def test_views_of_version_0_1_answer_and_have_null_for_what_went(warehouse: Path) -> None:
    wages = asked(
        warehouse,
        "select count(*), count(submitter), count(row_number), sum(quarterly_wages_usd) > 0 "
        "from marts_v1.fct_quarterly_wage",
    )
    assert wages.row(0)[1:] == (0, 0, True) and wages.row(0)[0] > 0
    went = "count(award_id), count(credential_title), count(submitter)"
    assert asked(warehouse, f"select {went} from marts_v1.fct_credential").row(0) == (0, 0, 0)


def test_coarser_attributes_leave_fewer_people_alone(warehouse: Path, coarse: Path) -> None:
    by_school = "(school_id, academic_year, grade_level, gender_code, race_ethnicity_code)"
    flagged = by_school.replace(")", f", {FLAGS})")
    shares = {
        (name, attributes): asked(path, ALONE.format(attributes=attributes)).item()
        for name, path in (("full", warehouse), ("coarse", coarse))
        for attributes in (by_school, flagged)
    }
    assert 0.1 < shares["full", by_school] < shares["full", flagged]
    assert shares["coarse", by_school] == shares["coarse", flagged]
    assert shares["coarse", by_school] < shares["full", by_school] / 2


def test_a_coarser_release_has_all_rows_and_no_fine_value(warehouse: Path, coarse: Path) -> None:
    def counted(path: Path, query: str) -> tuple:
        return asked(path, query).row(0)

    for name, _ in asked(warehouse, PERSON_LEVEL).iter_rows():
        count = f"select count(*) from {name}"
        assert counted(coarse, count) == counted(warehouse, count), name
    fine = """
        select
            count(*) filter (day(enrollment_entry_date) > 1),
            count(*) filter (length(school_id) > 7),
            count(is_foster),
            count(*) filter (race_ethnicity_code not in ('RH', 'RW', 'RA', 'RB'))
        from marts.fct_k12_enrollment
    """
    assert counted(coarse, fine) == (0, 0, 0, 0)
    cents = "select count(*) filter (quarterly_wages_usd % 100 <> 0) from marts.fct_wage"
    assert counted(coarse, cents) == (0,)
    accounts = "select distinct employer_account as account from marts.fct_wage"
    shared = set(asked(coarse, accounts)["account"]) & set(asked(warehouse, accounts)["account"])
    assert not shared
    groups = "select count(student_group_value) from marts.brg_person_group where student_group = "
    assert counted(coarse, f"{groups} 'foster'") == (0,)
    # Values are views of what is counted.
    counts = "select table_name from duckdb_tables() where schema_name = 'aggregates'"
    for name in asked(warehouse, counts)["table_name"]:
        same = f"select count(*), sum(hash(t)::hugeint)::varchar from aggregates.{name} as t"
        assert counted(coarse, same) == counted(warehouse, same), name
    of_one = "select sum(value) from metrics.metric_value where metric_id = 'college_going_rate'"
    assert counted(coarse, of_one) == pytest.approx(counted(warehouse, of_one))
