"""What a refresh costs with an identity bridge, and which comparisons of wages are withheld.

Lives here: the default sample refreshed without the bridge's feed and with it, in homes of their
own. Does not: how good linkage is (`benchmarks.linkage.bridge`), any assertion.

`python -m benchmarks.selection FOLDER` leaves both homes in the folder.
"""

import argparse
import shutil
import sys
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.base import Usage, measure
from pipelines.settings import PROJECT, WAREHOUSE
from sample_data.control import Control
from sample_data.generate import generate

BRIDGE = "identity_bridge"
HOMES = {"without": "", "with": "synthetic state"}
# Comparisons of wages of high school cohorts: kind, metric, why withheld. Equity has four methods.
COMPARED = """
    with school as (
        select metric_id, definition_version from metrics.metric_definition
        where outcome_feed = 'wage'
        and cohort_basis in ('graduation_year', 'completion_year', 'expected_graduation_year')
    )
    select 'groups (metric_equity)' as kind, metric_id, withheld_because
    from metrics.metric_equity semi join school using (metric_id, definition_version)
    where equity_method = 'ppg1_2022'
    union all
    select 'medians of groups (metric_earnings_gap)', metric_id, withheld_because
    from metrics.metric_earnings_gap semi join school using (metric_id, definition_version)
    union all
    select 'last step (funnel)', metric_id, withheld_because
    from metrics.funnel semi join school using (metric_id, definition_version)
    union all
    select 'share in sector (regional_alignment)', credential_level, share_withheld_because
    from collaboration.regional_alignment
    where completers > 0 and credential_level in ('high_school', 'all')
"""
SHOWN = f"""
    select
        kind,
        case when metric_id like '%after_high_school%' then 'after high school' else metric_id end
            as metrics,
        count(*) as compared,
        count(withheld_because) as withheld,
        count(*) filter (where withheld_because like 'a share below%') as too_few,
        count(*) filter (where withheld_because like 'shares%') as unlike
    from ({COMPARED})
    group by all
    order by all
"""


def refresh(folder: Path, name: str, state: Path) -> Usage:
    """Refresh a state in a home of its own; without an agreement, the bridge is not there."""
    home = folder / name
    ignored = shutil.ignore_patterns() if HOMES[name] else shutil.ignore_patterns(BRIDGE)
    shutil.copytree(state / "landing", home / "landing", ignore=ignored)
    (home / "dagster").mkdir()
    shutil.copy(PROJECT / "pipelines" / "dagster.yaml", home / "dagster")
    (home / "token_key").write_text("k" * 64)
    environment = {"PATHWAYS_BRIDGE_AGREEMENT": HOMES[name]}
    return measure([sys.executable, "-m", "pipelines", "refresh"], home, environment=environment)


def withheld(home: Path) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """Return comparisons, those withheld, and why, by kind of comparison and metric."""
    warehouse = home / "releases" / "current" / WAREHOUSE
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        rows = connection.sql(SHOWN).fetchall()
    return {(kind, metrics): tuple(counts) for kind, metrics, *counts in rows}


def main() -> None:
    """Refresh twice and print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.selection", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--students", type=int, default=Control().students)
    given = parser.parse_args()
    state = given.folder / "state"
    generate(Control(students=given.students), state)
    usages = {name: refresh(given.folder, name, state) for name in HOMES}
    cost = Table("refresh", "s", "of without", "s of processors", "of without", "MB")
    for name, usage in usages.items():
        cost.add_row(name, *usage.of(usages["without"]), f"{usage.megabytes:,.0f}")
    shown = Table(
        "comparison", "metrics", *(f"{name}: withheld of" for name in HOMES),
        title="Withheld: of so many; (too few can be looked up; shares differ)",
    )  # fmt: skip
    tables = [withheld(given.folder / name) for name in HOMES]
    for key in sorted({*tables[0], *tables[1]}):
        cells = [table.get(key, (0, 0, 0, 0)) for table in tables]
        shown.add_row(*key, *(f"{w:,} of {n:,} ({few:,}; {far:,})" for n, w, few, far in cells))
    Console(width=160).print(cost, shown)


if __name__ == "__main__":
    main()
