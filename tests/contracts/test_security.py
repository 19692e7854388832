"""SECURITY.md cites tests and packages that are there."""

import re
import tomllib
from itertools import chain

from pipelines.settings import PROJECT

PAGE = (PROJECT / "SECURITY.md").read_text()
LOCK = (PROJECT / "requirements.lock").read_text()


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table whose first column is named so."""
    table = PAGE.split(f"| {heading} |")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()[2:]]


def test_every_row_of_the_threat_table_cites_tests_that_are_there() -> None:
    threats = rows("who")
    assert len(threats) == 10
    for who, *_, shown in threats:
        cited = re.findall(r"`(tests/\S+\.py)`", shown)
        assert cited or shown.startswith("none here"), who
        assert all((PROJECT / path).is_file() for path in cited), who
    named = {who.split(":")[0] for who, *_ in threats}
    assert {"operator", "engineer", "analyst", "submitter", "reader"} <= named


def test_dormant_packages_are_locked_and_nobodys_choice() -> None:
    dormant = {name for names, *_ in rows("package") for name in re.findall(r"`([^`]+)`", names)}
    assert len(dormant) == 16
    assert all(f"\n{name}==" in f"\n{LOCK}" for name in dormant)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    direct = [*project["project"]["dependencies"], *chain(*project["dependency-groups"].values())]
    assert not {re.split(r"[\[<>=]", str(one))[0] for one in direct} & dormant
