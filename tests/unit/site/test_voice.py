"""What regions say: rules on files, who may say what where, and nothing shown unaccepted."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.cli import app
from pipelines.errors import UserError
from pipelines.settings import Settings
from pipelines.site.voice import store
from pipelines.site.voice.files import File, Judged, judged
from schemas.voice import STATEMENT

GOOD = {name: value or "" for name, value in STATEMENT.example.items()}
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def file(
    folder: Path, content: str | bytes, sender: str = "county-fresno", name: str = "a.yml"
) -> File:
    """Write a file of a sender."""
    path = folder / "landing" / "regional_voice" / sender / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    old = time.time() - 3600
    os.utime(path, (old, old))
    return File(sender, name, path, NOW)


def as_yaml(**changed: str | None) -> str:
    """Return the good statement with some fields changed, or left out where None."""
    fields = {name: of for name, of in (GOOD | changed).items() if of is not None}
    return "".join(f"{name}: {of!r}\n" for name, of in fields.items())


def reasons(one: Judged) -> str:
    """Return why a file is no statement, in one text."""
    return " ".join(one.reasons)


def test_a_good_statement_is_a_row_with_who_when_and_where(tmp_path: Path) -> None:
    row = judged(file(tmp_path, as_yaml())).row
    assert row is not None
    assert (row["page"], row["kind"], str(row["written_on"])) == (
        GOOD["page"],
        "plan",
        "2026-11-02",
    )
    assert row["office"] == GOOD["office"] and row["text"] == GOOD["text"]


def test_markdown_has_its_fields_between_lines_and_its_text_below(tmp_path: Path) -> None:
    head = as_yaml(text=None)
    one = judged(file(tmp_path, f"---\n{head}---\n{GOOD['text']}\n\nA second part.\n", name="a.md"))
    assert one.row is not None and one.row["text"] == f"{GOOD['text']}\n\nA second part."
    assert "opens with its fields" in reasons(judged(file(tmp_path, head, name="b.md")))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Look at <script>alert(1)</script> for all of it.", "no markup"),
        ("Read [our plan](x) for the year that comes, please.", "no markup"),
        ("Our office answers at office@example.org on weekdays.", "no @"),
        ("Our plan is on https://example.org/plan for all to read.", "address of a page"),
        ("Our plan is on www.example.org for all to read.", "address of a page"),
        ("The number 123-45-6789 was in our file by mistake.", "nine digits"),
        ("The number 123 45 6789 was in our file by mistake.", "nine digits"),
        ("The number 1.2.3.4.5.6.7.8.9 was in our file by mistake.", "nine digits"),
        ("The number １２３456789 was in our file by mistake.", "must begin with"),
        ("One born on 3/14/2007 was counted twice in our file.", "a day in digits"),
        ("One born on 2007-03-14 was counted twice in our file.", "a day in digits"),
        ("Call our office at 559 5550123 or 555-0123 on weekdays.", "telephone"),
        ("Only 7 students of the county left before the spring.", "10 or fewer"),
        ("Only seven of our students left before the spring came.", "10 or fewer"),
        ("Words with a hidden\u202emark that turns them around here.", "cannot be seen"),
        ("Words with a hidden\u200bmark that nobody can see here.", "cannot be seen"),
        ("Too short.", "20 to 1,200"),
        ("Words. " * 400, "20 to 1,200"),
    ],
)  # fmt: skip
def test_hostile_or_personal_text_is_rejected_and_not_repeated(
    tmp_path: Path, text: str, says: str
) -> None:
    one = judged(file(tmp_path, as_yaml(text=text).encode()))
    assert one.row is None and says in reasons(one), reasons(one)
    assert text not in reasons(one)
    with pytest.raises(UserError, match=says):
        home = Settings(home=tmp_path, settle_seconds=0)
        file(tmp_path, as_yaml())
        store.receive(home)
        [statement] = store.statements(home)["statement_id"]
        store.decide(home, statement, "answered", "A person", "a reason", answer=text)


def test_years_amounts_and_shares_are_no_personal_numbers(tmp_path: Path) -> None:
    text = (
        "From 2024-25 to 2025-26 we spent $1,250,000, and 38% of 1,204 graduates went on, "
        "where the U.S. has 41.5%."
    )
    assert judged(file(tmp_path, as_yaml(text=text))).row is not None


@pytest.mark.parametrize("page", ["region/county/kern.html", "index.html", "../../etc/passwd"])
def test_a_sender_speaks_on_its_own_page_alone(tmp_path: Path, page: str) -> None:
    one = judged(file(tmp_path, as_yaml(page=page)))
    assert one.row is None and "page must be" in reasons(one)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (as_yaml(office=None), "office must not be empty"),
        (as_yaml(written_on="2 November"), "date written YYYY-MM-DD"),
        (as_yaml(written_on="2026-11-21"), "to the one on which the file came"),
        (as_yaml(kind="praise"), "must be one of"),
        (as_yaml(measure="happiness.all"), "measure must be one"),
        (as_yaml(office="Office of evil.example"), "office must not hold"),
        (as_yaml() + "note: more\n", "There is no field note"),
        (as_yaml() + "kind: plan\n", "twice"),
        ("a: &x [1, 2]\nb: *x\n", "must be a list of fields"),
        ("- one\n- two\n", "must be a list of fields"),
        ("[" * 8000, "must be a list of fields"),
        ("kind: [plan\n", "must be a list of fields"),
        ("kind: plan\n---\nkind: plan\n", "must be a list of fields"),
        ("kind: 'plan\n", "no YAML in line"),
        ("!!python/object/apply:os.system ['ls']\n", "must be a list of fields"),
        ("", "must be a list of fields"),
        (b"\xff\xfe\x00", "not UTF-8"),
        ("x" * 20_000, "more than"),
    ],
)
def test_a_file_that_is_no_statement_says_why(
    tmp_path: Path, content: str | bytes, says: str
) -> None:
    one = judged(file(tmp_path, content))
    assert one.row is None and says in reasons(one), reasons(one)


def test_links_and_names_of_people_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.yml"
    secret.write_text(as_yaml())
    own = file(tmp_path, as_yaml())
    own.path.unlink()
    own.path.symlink_to(secret)
    assert "no regular file" in reasons(judged(own))
    own.path.unlink()
    os.link(secret, own.path)
    assert "no regular file" in reasons(judged(own))
    assert "nine digits" in reasons(judged(file(tmp_path, as_yaml(), name="123456789.yml")))
    assert ".yml or .md" in reasons(judged(file(tmp_path, as_yaml(), name="a.exe")))


def test_versions_and_decisions_stay_and_a_reason_and_a_person_are_asked_for(
    tmp_path: Path,
) -> None:
    home = Settings(home=tmp_path, settle_seconds=0)
    assert store.receive(home) == (0, []) and store.statements(home).is_empty()
    file(tmp_path, as_yaml())
    file(tmp_path, as_yaml(page="region/county/kern.html"), name="b.yml")
    new, [rejected] = store.receive(home)
    assert new == 1 and rejected.file.place == "regional_voice/county-fresno/b.yml"
    report = (home.reports / "regional_voice" / "county-fresno" / "b.yml.txt").read_text()
    assert "It is rejected" in report and "page must be the sender's own" in report
    assert store.receive(home)[0] == 0

    file(tmp_path, as_yaml(text="We changed our mind, and open in the fall instead."))
    assert store.receive(home)[0] == 1
    first, second = store.waiting(home)["statement_id"]
    for person, reason in (("", "read"), ("A person", " ")):
        with pytest.raises(UserError, match="Say who"):
            store.decide(home, first, "accepted", person, reason)
    with pytest.raises(UserError, match="There is no statement"):
        store.decide(home, "none", "accepted", "A person", "read")
    store.decide(home, first, "accepted", "A person", "read")
    store.decide(
        home, first, "answered", "A person", "asked", answer="We pay for the evening hours."
    )
    assert list(store.waiting(home)["statement_id"]) == [second]
    assert store.statements(home).height == 2
    assert list(store.decisions(home)["decision"]) == ["accepted", "answered"]


def test_a_file_that_is_still_written_waits(tmp_path: Path) -> None:
    one = file(tmp_path, as_yaml())
    os.utime(one.path)
    home = Settings(home=tmp_path, settle_seconds=60)
    assert store.receive(home)[0] == 0
    old = (datetime.now(UTC) - timedelta(minutes=5)).timestamp()
    os.utime(one.path, (old, old))
    assert store.receive(home)[0] == 1


def test_a_statement_about_no_page_of_the_site_says_so_to_sender_and_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Settings(home=tmp_path, settle_seconds=0)
    monkeypatch.setenv("PATHWAYS_HOME", str(tmp_path))
    file(tmp_path, as_yaml())
    site = home.releases / "current" / "site_internal"
    report = home.reports / "regional_voice" / "county-fresno" / "a.yml.txt"
    store.receive(home)
    assert "no page" not in report.read_text()
    (site / "region" / "county").mkdir(parents=True)
    store.receive(home)
    assert f"The site has no page {GOOD['page']}" in report.read_text()
    listed = CliRunner().invoke(app, ["site", "statements"])
    assert "The site has no page" in listed.output
    (site / GOOD["page"]).touch()
    store.receive(home)
    assert "no page" not in report.read_text()
