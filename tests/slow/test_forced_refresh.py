"""A forced refresh builds everything anew, and its tables are those of the refreshes before it."""

from collections.abc import Callable

import duckdb

from pipelines.release import publish
from sample_data.control import Control
from sample_data.generate import generate
from schemas import FEEDS
from tests.conftest import Fill
from tests.pipeline.conftest import Home
from tests.pipeline.conftest import homes as homes
from tests.pipeline.conftest import made_once as made_once
from tests.pipeline.conftest import opened as opened
from tests.pipeline.test_changes import PERIOD, drop_last_row

CONTROL = Control(students=300, seed=7)


def release_tables(home: Home) -> dict[str, int]:
    """Return a hash of each released table's rows, but of the changes since the last release."""
    current = publish.current(home.settings)
    assert current
    with duckdb.connect(str(current.folder / publish.WAREHOUSE), read_only=True) as reader:
        return {
            f"{schema}.{table}": reader.execute(
                f"select sum(hash(t)::hugeint) from {schema}.{table} as t"
            ).fetchall()[0][0]
            for schema, table in reader.execute(
                "select schema_name, table_name from duckdb_tables() "
                "where table_name <> 'release_change'"
            ).fetchall()
        }


def test_a_forced_refresh_gives_the_tables_of_a_changed_file(
    made_once: Callable[[str, Fill], Home],
) -> None:
    home = made_once("forced", lambda path: generate(CONTROL, path))
    drop_last_row(home, PERIOD)
    assert home.refresh().success
    before = publish.current(home.settings)
    tables = release_tables(home)
    assert len(tables) > 20
    why = {"ops": {"refresh_everything": {"config": {"force": True, "reason": "a test"}}}}
    assert home.run("force_refresh", why).success
    assert "force refresh" in home.settings.reasons.read_text()
    assert {f"accepted__{name}" for name in FEEDS} <= home.steps()
    forced = publish.current(home.settings)
    assert forced
    assert before
    assert forced.release_id != before.release_id
    assert release_tables(home) == tables
    counts = [release.manifest["tables"] for release in (forced, before)]
    assert [table for table in counts[0] if counts[0][table] != counts[1].get(table)] == [
        "quality.release_change"
    ]
