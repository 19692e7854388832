"""The manifest of the public release: tables, metrics, cuts, and how metrics relate.

Lives here: reading `dbt_project/public_manifest.yml` and refusing one that says nothing sensible.
Does not: rules of size (`policy`), definitions of metrics (dbt).
"""

import hashlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from pipelines.errors import UserError
from pipelines.settings import DBT_PROJECT

MANIFEST = DBT_PROJECT / "public_manifest.yml"
# Groups of two attributes, with the groups whose totals they add up to.
CROSSED = {"race_gender": ("race_ethnicity", "gender")}
STATEWIDE, ALL = "statewide", "all"
STATE = "statewide:California"
UNKNOWN = ""  # Code of who has none of a group.


class ManifestError(UserError):
    """The manifest cannot be used."""


class Cut(BaseModel):
    """Student groups that are public for the regions of some schemes.

    Attributes:
        metrics: Ids of metrics; by default all that no other cut names.
        least_per_cell: People with an outcome, and without it, per cell on average: a metric that
            has fewer is not published of it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metrics: tuple[str, ...] = ()
    schemes: tuple[str, ...]
    attributions: tuple[str, ...]
    groups: tuple[str, ...]
    least_per_cell: int = 0


class PublicMetric(BaseModel):
    """A version of a metric that is public."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric_id: str
    version: str

    @property
    def key(self) -> str:
        """Its id and version in one word."""
        return f"{self.metric_id}@{self.version}"


class Earnings(BaseModel):
    """Amounts of a cohort that are public.

    Attributes:
        metric_id: Of the median that they stand for.
        version: Of its definition.
        cohort: Whose amounts.
        amount: Column with dollars.
        at: A date in its quarter, in SQL.
        count: Metric as id@version whose numerator counts the people with an amount.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric_id: str
    version: str
    cohort: str
    amount: str
    at: str
    count: str


class Column(BaseModel):
    """A column of a public table: what it counts, its type in a data package, its meaning."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Literal["id", "people", "organizations", "jobs", "money", "rate", "text"]
    type: Literal["string", "integer", "number", "boolean"] = "string"
    description: str


class Table(BaseModel):
    """A public table, whose rows are in the order of its key.

    Attributes:
        source: Table of the warehouse that it has columns of, as they are; None where it is
            made of cells that are hidden or shown.
        where: Condition of its rows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str
    source: str | None = None
    where: str = "true"
    key: tuple[str, ...]
    columns: dict[str, Column]

    @model_validator(mode="after")
    def _has_its_key(self) -> "Table":
        if missing := set(self.key) - set(self.columns):
            raise ValueError(f"a key of columns that are not there: {sorted(missing)}")
        if self.source and any(column.role == "people" for column in self.columns.values()):
            raise ValueError(f"people of {self.source} would be published as they are")
        return self


class PublicManifest(BaseModel):
    """What may leave.

    Attributes:
        tables: Tables with their columns.
        cuts: Groups by region scheme.
        protected: Region schemes that are not public, and are attacked all the same.
        metrics: Metrics of each cohort, with those of cohorts of the same people.
        earnings: Amounts that are public.
        earnings_cuts: Student groups of amounts by region scheme.
        implies: By cohort, pairs of conditions: who meets the first meets the second.
        sha256: Of the file's text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tables: dict[str, Table]
    cuts: tuple[Cut, ...]
    protected: tuple[str, ...] = ()
    metrics: dict[str, tuple[PublicMetric, ...]]
    earnings: tuple[Earnings, ...] = ()
    earnings_cuts: dict[str, tuple[str, ...]] = {}
    implies: dict[str, tuple[tuple[str, str], ...]] = {}
    sha256: str = ""

    @model_validator(mode="after")
    def _names_what_it_has(self) -> "PublicManifest":
        for cohort, metrics in self.metrics.items():
            seen = set[str]()
            for metric in metrics:
                if metric.key in seen:
                    raise ValueError(f"{cohort}: {metric.key} is listed twice")
                seen.add(metric.key)
        for cut in self.cuts:
            for group in cut.groups:
                if not {ALL, *CROSSED.get(group, ())} <= {ALL, *cut.groups}:
                    raise ValueError(f"{group} is public without {CROSSED[group]}")
                if ALL not in cut.groups:
                    raise ValueError(f"{cut.schemes}: groups are public without their total")
        return self

    @property
    def metric_keys(self) -> set[str]:
        """Every public metric as id@version."""
        rates = {metric.key for listed in self.metrics.values() for metric in listed}
        return rates | {f"{amount.metric_id}@{amount.version}" for amount in self.earnings}

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Student groups that are public anywhere, totals first and crossed groups last."""
        listed = dict.fromkeys(group for cut in self.cuts for group in cut.groups)
        return tuple(sorted(listed, key=lambda group: (group != ALL, group in CROSSED)))

    @cached_property
    def cohorts(self) -> dict[str, str]:
        """The cohort with whose counts each metric and amount is decided, by id@version."""
        of = {metric.key: cohort for cohort, listed in self.metrics.items() for metric in listed}
        return of | {f"{a.metric_id}@{a.version}": of[a.count] for a in self.earnings}

    def cuts_of(self, metric: str) -> list[Cut]:
        """Return the cuts of a metric, id@version."""
        metric_id = metric.split("@")[0]
        own = [cut for cut in self.cuts if metric_id in cut.metrics]
        return own or [cut for cut in self.cuts if not cut.metrics]

    def schemes(
        self, metric: str, attribution: str, group: str, cells: Mapping[str, int], people: int
    ) -> tuple[str, ...]:
        """Return the region schemes for which a group is public of a metric.

        Args:
            metric: As id@version.
            attribution: Of the people to places.
            group: A kind of student groups.
            cells: Of each scheme, regions by groups.
            people: How many have the outcome, or do not have it: the smaller number.
        """
        of = self.cuts_of(metric)
        cuts = [c for c in of if attribution in c.attributions and group in c.groups]
        schemes = [(scheme, cut.least_per_cell) for cut in cuts for scheme in cut.schemes]
        return tuple(
            dict.fromkeys(of for of, least in schemes if least * cells.get(of, 0) <= people)
        )


def read_manifest(path: Path = MANIFEST) -> PublicManifest:
    """Return the manifest.

    Raises:
        ManifestError: It is not there, or says something that cannot be.
    """
    try:
        text = path.read_text()
        read = yaml.safe_load(text)
        return PublicManifest(**read, sha256=hashlib.sha256(text.encode()).hexdigest())
    except FileNotFoundError as error:
        raise ManifestError(f"There is no manifest of the public release: {path}") from error
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        raise ManifestError(f"{path.name}: {error}") from error
