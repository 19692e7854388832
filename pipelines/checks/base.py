"""What a check is, what it reads and returns, and the register of checks, which is what runs.

Lives here: `@check`, `CheckInputs`, `CheckResult`, reading of warehouses. Does not: any judgement
(the modules beside), any Dagster.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, TypeVar

import duckdb
import polars as pl

from pipelines import checks
from pipelines.settings import Settings
from schemas import Feed

# Findings that a result lists; the count is of all.
LISTED = 40

Value = str | int | float | bool | None
Function = TypeVar("Function", bound=Callable[..., "CheckResult"])


@dataclass(frozen=True, eq=False)
class CheckInputs:
    """What checks read.

    Attributes:
        settings: Names the data home, and what is allowed for this refresh.
        records: The ledger, as `pipelines.intake.ledger.deliveries` gives it.
        manifest: Manifest of the current release; empty before the first, and for a damaged one.
        warehouse: The released warehouse; None before the first release, and for a damaged one.
        today: The day on which deliveries are due or not.
    """

    settings: Settings
    records: pl.DataFrame
    manifest: Mapping[str, Any] = field(default_factory=dict)
    warehouse: Path | None = None
    today: date = field(default_factory=date.today)

    def current_deliveries(self, feed: Feed) -> pl.DataFrame:
        """Return the records of a feed's deliveries that are current."""
        return self.records.filter((pl.col("feed") == feed.name) & pl.col("is_current"))

    def released_deliveries(self, feed: Feed) -> set[tuple[str, str]]:
        """Return ``period, delivery_sha256`` of a feed's deliveries in the current release."""
        listed = self.manifest.get("deliveries", [])
        return {(d["period"], d["delivery_sha256"]) for d in listed if d["feed"] == feed.name}

    def may_lose(self, feed: Feed) -> bool:
        """Return whether a feed may lose rows in this refresh: then nothing of it stops one."""
        return feed.name in self.settings.accept_loss_of


@dataclass(frozen=True)
class CheckResult:
    """Counts, rates, rule names and names of files, and never a value of a row.

    Attributes:
        summary: The result in one sentence.
        findings: What is wrong, one record each, the worst first; none when the check passed.
        stops: Whether a release must wait.
        metrics: Numbers of interest, whether or not it passed.
    """

    summary: str
    findings: Sequence[dict[str, Value]] = ()
    stops: bool = False
    metrics: dict[str, Value] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


@dataclass(frozen=True)
class Check:
    """A check as its reader meets it; `docs/checks.md` has a heading of its name.

    Attributes:
        name: Name of the check, and of its heading.
        description: What it checks, in one sentence.
        to_do: What to do when it fails, in one sentence.
        may_stop: Whether it can stop a release; otherwise it only warns.
        run: Returns its result: of a feed and inputs, or of inputs alone.
        asset: Asset of the build that it is on; None for a check of each feed's accepted rows.
        applies_to: Whether a feed has it.
        reads: Other feeds whose accepted rows it reads.
    """

    name: str
    description: str
    to_do: str
    may_stop: bool
    run: Callable[..., CheckResult]
    asset: tuple[str, ...] | None
    applies_to: Callable[[Feed], bool]
    reads: Callable[[Feed], Sequence[str]]

    @property
    def docs(self) -> str:
        """Where its heading is, from the project's folder."""
        return f"docs/checks.md#{self.name}"


_REGISTER: dict[str, Check] = {}


def check(
    *,
    may_stop: bool,
    to_do: str,
    asset: tuple[str, ...] | None = None,
    applies_to: Callable[[Feed], bool] = lambda _: True,
    reads: Callable[[Feed], Sequence[str]] = lambda _: (),
) -> Callable[[Function], Function]:
    """Return a decorator that registers a function as the check of its name; see `Check`.

    The first line of its docstring is the check's description; all of it is its section in
    `docs/checks.md`.
    """

    def register(function: Function) -> Function:
        name, description = function.__name__, (function.__doc__ or "").splitlines()[0]
        _REGISTER[name] = Check(
            name, description, to_do, may_stop, function, asset, applies_to, reads
        )
        return function

    return register


def registered() -> list[Check]:
    """Return every check of this package: whoever runs checks iterates these."""
    for module in iter_modules(checks.__path__):
        import_module(f"{checks.__name__}.{module.name}")
    return list(_REGISTER.values())


def checks_of_feed(feed: Feed) -> list[Check]:
    """Return the checks of a feed's accepted rows."""
    return [one for one in registered() if one.asset is None and one.applies_to(feed)]


def checks_of_build() -> list[Check]:
    """Return the checks of the build, which is compared with the current release."""
    return [one for one in registered() if one.asset]


def read(database: Path, query: str, schema: pl.Schema) -> pl.DataFrame:
    """Return the rows of a query on a DuckDB file, which a refresh asks more than once.

    Before publishing all checks are asked again, of files that are the same: a second of a
    processor for each of two files of 4 million values.
    """
    stat = database.stat()
    return _read(database.resolve(), (stat.st_mtime_ns, stat.st_size), query, tuple(schema.items()))


@lru_cache(maxsize=8)
def _read(
    database: Path, _changed: tuple[int, int], query: str, columns: tuple[tuple[str, Any], ...]
) -> pl.DataFrame:
    """Return the rows, not streamed: duckdb#22215."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.sql(query).fetchall()
    return pl.DataFrame(rows, schema=dict(columns), orient="row")
