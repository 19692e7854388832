"""A feed is at most seven files: a copy of the project gets one by the recipe and is refreshed.

`apprenticeship_program` is a register of programs that colleges run with employers.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from pipelines.settings import PROJECT

COPIED = ("dbt_project", "deploy", "docs", "pipelines", "sample_data", "schemas", "tests")
NAME = "apprenticeship_program"

# The seventh file is a line of the sources.
SOURCES = "dbt_project/models/staging/_sources.yml"
SOURCE = f"      - {{name: {NAME}, description: One apprenticeship program in an academic year.}}\n"
FILES = {
    f"schemas/feeds/{NAME}.py": '''\
"""Contract of `apprenticeship_program`: programs that colleges run with employers."""

import polars as pl

from schemas.contract import Feed, steps_of
from schemas.data_impact import DataImpact, lost
from schemas.people import AcademicYearRow, registered
from schemas.periods import PeriodKind
from schemas.rules import number, row_rule, text, unique_key


class ApprenticeshipProgram(AcademicYearRow):
    """One apprenticeship program in an academic year."""

    program_id: pl.String = text("The register's number of the program.")
    institution_id: pl.String = text("College that gives the instruction.")
    apprentice_count: pl.Int64 = number(0, 10_000, "Apprentices in the year.")
    completer_count: pl.Int64 = number(0, 10_000, "Apprentices who completed in the year.")

    key_unique = unique_key("program_id")
    completers_are_apprentices = row_rule(
        "completers_are_apprentices",
        "completer_count must not be above apprentice_count.",
        pl.col("completer_count") <= pl.col("apprentice_count"),
    )


FEED = Feed(
    name="apprenticeship_program",
    order=130,
    model=ApprenticeshipProgram,
    grain="one apprenticeship program in an academic year",
    submitted_by="state registry",
    period_kind=PeriodKind.ACADEMIC_YEAR,
    key=("program_id",),
    profile=steps_of("apprentice_count", 10),
    references=(registered("institution_id"),),
    impacts=(
        DataImpact(
            "programs_lost",
            "programs in rejected rows",
            lost(("program_id",)),
            "{n} of {of} programs {are} in rejected rows and in no table.",
        ),
    ),
    example={
        "academic_year": "2018-19",
        "program_id": "AP-1",
        "institution_id": "900001",
        "apprentice_count": "24",
        "completer_count": "7",
    },
)
''',
    f"sample_data/feeds/{NAME}.py": '''\
"""`apprenticeship_program`: two programs at every college, from the state registry."""

import polars as pl

from sample_data.delivery.feed import REGISTRY_SUBMITTER, Corruption, SampleFeed, number
from sample_data.delivery.rows import reported_years
from sample_data.world.collaboration import Collaboration


def _rows(joint: Collaboration) -> pl.DataFrame:
    colleges = joint.world.institutions.filter(
        pl.col("institution_type_code") == "COMMUNITY_COLLEGE"
    ).select("institution_id")
    programs = colleges.join(pl.DataFrame({"number": [1, 2]}), how="cross")
    return reported_years(joint).join(programs, how="cross").with_columns(
        program_id=pl.format("{}-{}", "institution_id", "number"),
        apprentice_count=20 * pl.col("number"),
        completer_count=5 * pl.col("number"),
        _submitter=pl.lit(REGISTRY_SUBMITTER),
    )


FEED = SampleFeed(
    columns=(
        "academic_year", "program_id", "institution_id", "apprentice_count", "completer_count",
    ),
    reference=_rows,
    corruptions=(
        Corruption(
            "completers_are_apprentices",
            {"completer_count": (number("apprentice_count") + 1).cast(pl.Int64).cast(pl.String)},
        ),
    ),
)  # fmt: skip
''',
    f"dbt_project/models/staging/stg_{NAME}.sql": """select
    academic_year,
    program_id,
    institution_id,
    cast(apprentice_count as integer) as apprentice_count,
    cast(completer_count as integer) as completer_count,
    record_id,
    submitter,
    delivery_sha256,
    cast(row_number as bigint) as row_number
from {{ source('accepted', 'apprenticeship_program') }}
""",
    f"dbt_project/models/staging/stg_{NAME}.yml": """models:
  - name: stg_apprenticeship_program
    description: One row per accepted apprenticeship program and academic year.
""",
    f"dbt_project/models/marts/facts/fct_{NAME}.sql": """select
    record_id,
    academic_year,
    program_id,
    institution_id,
    apprentice_count,
    completer_count
from {{ ref('stg_apprenticeship_program') }}
""",
    f"dbt_project/models/marts/facts/fct_{NAME}.yml": """models:
  - name: fct_apprenticeship_program
    description: One row per accepted apprenticeship program in an academic year.
    data_tests:
      - every_accepted_row_reaches_its_fact:
          arguments: {staged: ref('stg_apprenticeship_program')}
    constraints: [{type: primary_key, columns: [record_id]}]
    columns:
      - {name: record_id, data_type: varchar, description: "{{ doc('record_id') }}"}
      - {name: academic_year, data_type: varchar, description: "{{ doc('academic_year') }}"}
      - {name: program_id, data_type: varchar, description: The register's number of the program.}
      - {name: institution_id, data_type: varchar, description: College that gives the instruction.}
      - {name: apprentice_count, data_type: integer, description: Apprentices in the year.}
      - {name: completer_count, data_type: integer, description: Apprentices who completed.}
""",
}


class Copy:
    """A copy of the project with the new feed, and a data home of its own."""

    def __init__(self, root: Path) -> None:
        """Copy what a refresh needs and add the feed."""
        self.project, self.home = root / "project", root / "home"
        leave = shutil.ignore_patterns("target", "logs", "__pycache__", ".*")
        for folder in COPIED:
            shutil.copytree(PROJECT / folder, self.project / folder, ignore=leave)
        for path in (*PROJECT.glob("*.md"), *PROJECT.glob("*.toml"), *PROJECT.glob("*.yaml")):
            shutil.copy(path, self.project)
        for name, content in FILES.items():
            (self.project / name).write_text(content)
        sources = self.project / SOURCES
        first, rest = sources.read_text().split("    tables:\n", 1)
        sources.write_text(f"{first}    tables:\n{SOURCE}{rest}")
        (self.home / "dagster").mkdir(parents=True)
        shutil.copy(PROJECT / "pipelines" / "dagster.yaml", self.home / "dagster")

    def run(self, *command: str) -> None:
        """Run a module of the copy, with its home."""
        environment = os.environ | {
            "PATHWAYS_HOME": str(self.home),
            "DAGSTER_HOME": str(self.home / "dagster"),
            "PYTHONPATH": str(self.project),
        }
        done = subprocess.run(
            [sys.executable, "-m", *command],
            cwd=self.project,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """Return a copy whose small state was refreshed."""
    copy = Copy(tmp_path_factory.mktemp("copy"))
    # Where a project was parsed is where its seeds are read from.
    dbt = str(copy.project / "dbt_project")
    copy.run("dbt.cli.main", "--quiet", "parse", "--project-dir", dbt, "--profiles-dir", dbt)
    copy.run("sample_data", "--students", "300", "--out", str(copy.home))
    copy.run("pipelines", "refresh")
    return copy


def test_the_feed_is_seven_files() -> None:
    assert len({*FILES, SOURCES}) == 7
    assert not any(name.startswith("pipelines") for name in FILES)


def test_its_rows_are_accepted_quarantined_and_released(copy: Copy) -> None:
    landed = list((copy.home / "landing" / NAME).glob("*/*.csv"))
    assert landed
    delivered = sum(pl.read_csv(path, infer_schema=False).height for path in landed)
    release = copy.home / "releases" / "current"
    manifest = json.loads((release / "manifest.json").read_text())
    files = [one for one in manifest["deliveries"] if one["feed"] == NAME]
    rejected = sum(one["quarantined_rows"] for one in files)
    assert sum(one["delivered_rows"] for one in files) <= delivered
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as connection:
        [(rows,)] = connection.execute(f"select count(*) from marts.fct_{NAME}").fetchall()
    assert rows == manifest["accepted_rows"][NAME] > 0
    assert rows + rejected == sum(one["delivered_rows"] for one in files)


def test_its_submitter_has_a_report_and_it_is_checked(copy: Copy) -> None:
    reports = list((copy.home / "reports" / NAME).glob("*/*/report.txt"))
    assert reports
    assert all("Apprenticeship program" in path.read_text() for path in reports)
    asked = (
        "from pipelines.defs.checks import check_inputs\n"
        "from pipelines.checks.base import checks_of_feed\n"
        "from pipelines.settings import Settings\n"
        "from schemas import FEEDS\n"
        f"feed, inputs = FEEDS['{NAME}'], check_inputs(Settings())\n"
        "results = {check.name: check.run(feed, inputs) for check in checks_of_feed(feed)}\n"
        "assert {'row_floor', 'column_drift', 'references_found'} <= set(results), results\n"
        "assert not any(result.stops for result in results.values()), results\n"
    )
    (copy.project / "asked.py").write_text(asked)
    copy.run("asked")


def test_contracts_of_the_project_hold_with_it(copy: Copy) -> None:
    copy.run("pipelines.docs")
    names = ("definitions", "checks_docs", "one_name", "house")
    files = [f"tests/contracts/test_{name}.py" for name in names]
    copy.run("pytest", "-n0", "-q", "-p", "no:cacheprovider", *files)
