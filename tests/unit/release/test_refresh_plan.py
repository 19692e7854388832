"""A refresh names what lies in landing and is not taken, and makes no release of nobody."""

from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.release.refresh_plan import plan
from pipelines.settings import Settings


@pytest.mark.parametrize("folder", [None, "landing", "landing/wage", "landing/Wage/2019Q4"])
def test_a_home_without_deliveries_is_a_mistyped_one(tmp_path: Path, folder: str | None) -> None:
    if folder:
        (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(UserError, match="PATHWAYS_HOME"):
        plan(Settings(home=tmp_path, settle_seconds=0))


def test_the_summary_names_what_is_misplaced(tmp_path: Path) -> None:
    for place in ("wage/2019Q4", "wage/2019-Q3"):
        (tmp_path / "landing" / place).mkdir(parents=True)
        (tmp_path / "landing" / place / "agency.csv").write_text("x")
    planned = plan(Settings(home=tmp_path, settle_seconds=0))
    assert planned.steps
    assert "landing/wage/2019-Q3. The folder is no period" in planned.summary
    assert "2019Q4." not in planned.summary
