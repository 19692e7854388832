"""Statements that were received and what the state decided on each: nothing is ever removed.

Lives here: the two tables that the warehouse reads, and decisions. Does not: files
(`pipelines.site.voice.files`), what a page shows (`dbt_project`: `regional_statement`).
"""

import getpass
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import polars as pl

from pipelines.errors import UserError
from pipelines.home.files import write_parquet
from pipelines.home.log import now as now_as_text
from pipelines.settings import Settings
from pipelines.site.voice.files import Judged, judged, landed, write_report
from schemas.voice import free_text

ACCEPTED, DECLINED, ANSWERED = "accepted", "declined", "answered"
STATEMENTS = pl.Schema(
    dict.fromkeys(
        ("statement_id", "sender", "page", "measure", "kind", "office", "text", "file_name",
         "file_sha256"), pl.String,
    )
    | {"written_on": pl.Date, "received_at": pl.Datetime("us", "UTC")}
)  # fmt: skip
DECISIONS = pl.Schema(
    {"decision_number": pl.Int64}
    | dict.fromkeys(
        ("decided_at", "statement_id", "decision", "person", "account", "reason", "answer"),
        pl.String,
    )
)
_ID = 10


def statements(settings: Settings) -> pl.DataFrame:
    """Return every statement that was ever received, the oldest first."""
    return _read(settings.statements, STATEMENTS)


def decisions(settings: Settings) -> pl.DataFrame:
    """Return every decision, the oldest first."""
    return _read(settings.statement_decisions, DECISIONS)


def _read(path: Path, schema: pl.Schema) -> pl.DataFrame:
    return pl.read_parquet(path) if path.exists() else schema.to_frame()


def receive(settings: Settings) -> tuple[int, list[Judged]]:
    """Take in what is new in landing, and report to every sender.

    Returns:
        How many statements are new, and the files that are none.
    """
    known = statements(settings)
    seen, new, rejected = set(known["statement_id"]), [], []
    for file in landed(settings, datetime.now(UTC)):
        one = judged(file)
        write_report(settings, one)
        if one.row is None:
            rejected.append(one)
        elif (row := _row(one, one.row))["statement_id"] not in seen:
            seen.add(str(row["statement_id"]))
            new.append(row)
    if new or not settings.statements.exists():
        added = pl.DataFrame(new, STATEMENTS, orient="row")
        write_parquet(pl.concat([known, added]), settings.statements)
    if not settings.statement_decisions.exists():
        write_parquet(DECISIONS.to_frame(), settings.statement_decisions)
    return len(new), rejected


def _row(one: Judged, fields: dict[str, object]) -> dict[str, object]:
    content = f"{one.file.sender}\x1f{one.file.name}\x1f{one.sha256}"
    values = {
        "statement_id": sha256(content.encode()).hexdigest()[:_ID],
        "sender": one.file.sender,
        "file_name": one.file.name,
        "file_sha256": one.sha256,
        "received_at": one.file.received_at,
    }
    return {name: values.get(name, fields.get(name)) for name in STATEMENTS}


def waiting(settings: Settings) -> pl.DataFrame:
    """Return the statements on which nobody has decided yet, the oldest first."""
    decided = decisions(settings).filter(pl.col("decision") != ANSWERED)
    return statements(settings).join(decided, on="statement_id", how="anti")


def decide(
    settings: Settings, statement_id: str, decision: str, person: str, reason: str, answer: str = ""
) -> None:
    """Write down what somebody at the state decided on a statement.

    Args:
        settings: The installation.
        statement_id: As `waiting` lists it.
        decision: `ACCEPTED`: the next release shows it. `DECLINED`: it shows it no more.
            `ANSWERED`: it shows the answer beside it.
        person: Who decided.
        reason: Why.
        answer: What the state says beside it.

    Raises:
        UserError: There is no such statement, nobody or no reason is named, or the answer breaks
            the rules of free text.
    """
    if statement_id not in set(statements(settings)["statement_id"]):
        raise UserError(f"There is no statement {statement_id}. See: pathways site statements")
    if not person.strip() or not reason.strip():
        raise UserError("Say who decided, and why: --by and --reason.")
    if decision == ANSWERED and not answer:
        raise UserError("An answer has a text.")
    if broken := _broken(answer) if answer else []:
        raise UserError(" ".join(broken))
    before = decisions(settings)
    row = {
        "decision_number": before.height + 1,
        "decided_at": now_as_text(),
        "statement_id": statement_id,
        "decision": decision,
        "person": person.strip(),
        "account": getpass.getuser(),
        "reason": reason.strip(),
        "answer": answer.strip() or None,
    }
    added = pl.DataFrame([row], DECISIONS, orient="row")
    write_parquet(pl.concat([before, added]), settings.statement_decisions)


def _broken(answer: str) -> Sequence[str]:
    rows = pl.DataFrame({"answer": [answer.strip()]})
    return [message for _, message, holds in free_text("answer") if not rows.select(holds).item()]
