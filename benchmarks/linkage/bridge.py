"""What an identity bridge does for linkage and wages: `python -m benchmarks.linkage.bridge`.

Lives here: a synthetic state linked without its bridge and with it, held against its truth, and
a night in which the bridge's last period comes late. Does not: the gate, metrics, any assertion.

Wages are those of the eighth academic year, that of entering ninth grade being the first: medians
of who earned anything, over all cohorts. Whom the product finds is a school record's person that
has a number; their wages are those of its wage records.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from rich.console import Console
from rich.table import Table

from benchmarks.base import Usage, state_of
from benchmarks.linkage import __main__ as linkage
from benchmarks.linkage import identities
from benchmarks.linkage.__main__ import ALL, KEY, PAIRS, Quality
from pipelines.intake.deidentify import with_tokens
from pipelines.intake.deliveries import landed_periods
from pipelines.linkage.identities import BRIDGES
from pipelines.settings import Settings
from sample_data.control import Control
from schemas import FEEDS

AGREEMENT = "synthetic state"
# Academic years from entering ninth grade to the year of wages.
YEARS_ON = 7
WAGE, SCHOOL = FEEDS["wage"], "k12_enrollment"
AMOUNT = "quarterly_wages_usd"


@dataclass(frozen=True)
class Earnings:
    """Median annual wages of completers, and how much more concentrators among them earn."""

    people: int
    median: float
    concentrators_more: float

    @classmethod
    def of(cls, people: pl.DataFrame) -> "Earnings":
        """Return them of rows with ``annual_usd`` and ``is_cte_concentrator``."""
        earned = people.filter(pl.col("annual_usd") > 0)
        is_one = pl.col("is_cte_concentrator")
        median = pl.col("annual_usd").median().cast(pl.Float64)
        parts = (earned, earned.filter(is_one), earned.filter(~is_one))
        everybody, one, other = (part.select(median).item() for part in parts)
        return cls(earned.height, everybody, 100 * (one / other - 1))


@dataclass(frozen=True)
class Linked:
    """A state linked without or with its bridge."""

    usage: Usage
    pairs: dict[str, Quality]
    by_group: dict[str, dict[str, Quality]]
    earnings: Earnings


def settings_of(home: Path, agreement: str) -> Settings:
    """Return the settings of a home with one key, whatever the environment says."""
    return Settings(home=home, bridge_agreement=agreement)


def linked(state: Path, home: Path, agreement: str, wages: pl.DataFrame) -> Linked:
    """Link a state in a home of its own and hold it against the truth."""
    settings = settings_of(home, agreement)
    identities.write(state, home, settings=settings)
    usage = relink(home, agreement, full=True)
    person = pl.read_parquet(state / "truth" / "person.parquet")
    truth = linkage.with_parts(linkage.key_truth(home), linkage.identities_of(settings))
    keys = truth.join(pl.read_parquet(settings.crosswalk), on=KEY)
    return Linked(
        usage,
        {name: linkage.quality(keys, *feeds) for name, feeds in {**PAIRS, "all": ALL}.items()},
        linkage.by_group(keys, person, "K-12 to wage"),
        Earnings.of(completers(person, reachable_wages(keys, settings, wages))),
    )


def relink(home: Path, agreement: str, *, full: bool) -> Usage:
    """Link a home in a process of its own."""
    return linkage.relink(home, full, {"PATHWAYS_BRIDGE_AGREEMENT": agreement})


def annual_wages(state: Path, settings: Settings) -> pl.DataFrame:
    """Return wages: ``source_person_key, person_truth_id, year, annual_usd`` of academic years."""
    broken = identities.broken_rows(state)
    truth = pl.scan_parquet(state / "truth" / "record" / "wage.parquet")
    who, parts = [*identities.columns(WAGE), "person_truth_id"], []
    for period in landed_periods(state / "landing", WAGE):
        rows = identities.delivered(state, WAGE, period, broken, (AMOUNT,))
        of_period = truth.filter(pl.col("period") == period).collect()
        rows = rows.join(of_period.select(*identities.ROW, "person_truth_id"), on=identities.ROW)
        year = int(period[:4]) - (int(period[-1]) < 3)
        counted = rows.group_by(who).agg(pl.col(AMOUNT).sum())
        parts.append(counted.with_columns(pl.lit(year).alias("year")))
    whole = pl.concat(parts).group_by(*who, "year").agg(pl.col(AMOUNT).sum().alias("annual_usd"))
    keyed = with_tokens(whole, WAGE, settings.key(), settings.shared_key())
    return keyed.select("source_person_key", "person_truth_id", "year", "annual_usd")


def reachable_wages(keys: pl.DataFrame, settings: Settings, wages: pl.DataFrame) -> pl.DataFrame:
    """Return what the product knows: ``person_truth_id, year, annual_usd`` of school records.

    A person whom no number is known of, and whom no bridge holds, is not among them.

    Args:
        keys: Keys with ``person_truth_id``, ``person_id`` and ``is_bridged``.
        settings: Names the home.
        wages: As `annual_wages`.
    """
    stored = linkage.identities_of(settings)
    numbered = stored.identity.filter(pl.col("ssn").is_not_null()).select("identity")
    has_number = stored.identity_key.join(numbered, on="identity").filter(
        ~pl.col("source").is_in([WAGE.name, *BRIDGES])
    )
    known = keys.join(has_number.select(KEY).unique(), on=KEY, how="semi")["person_id"]
    reachable = pl.col("is_bridged") | pl.col("person_id").is_in(known.unique().implode())
    student = keys.filter((pl.col("source") == SCHOOL) & reachable)
    at_work = (
        keys.filter(pl.col("source") == WAGE.name)
        .select("source_person_key", "person_id")
        .join(wages.drop("person_truth_id"), on="source_person_key")
        .group_by("person_id", "year")
        .agg(pl.col("annual_usd").sum())
    )
    return student.select("person_id", "person_truth_id").unique().join(at_work, on="person_id")


def completers(person: pl.DataFrame, wages: pl.DataFrame) -> pl.DataFrame:
    """Return the wages of completers of high school in the year that is compared."""
    year = pl.col("cohort").str.head(4).cast(pl.Int32) + YEARS_ON
    return (
        person.filter("is_completer")
        .select("person_truth_id", "is_cte_concentrator", year.alias("year"))
        .join(wages, on=["person_truth_id", "year"])
        .group_by("person_truth_id", "is_cte_concentrator")
        .agg(pl.col("annual_usd").sum())
    )


def race_gap(of: Linked) -> tuple[float, float]:
    """Return points of recall between the best and the worst race, and what coverage explains.

    Coverage explains as much as the shares differ that any method could link (`with_parts`).
    """
    races = of.by_group["race or ethnicity"]
    some = [one for name, one in races.items() if name != "RD" and one.true >= 100]
    best, worst = max(some, key=lambda q: q.recall), min(some, key=lambda q: q.recall)
    explained = best.linkable / best.true - worst.linkable / worst.true
    return 100 * (best.recall - worst.recall), 100 * explained


def table(title: str, without: Linked, with_: Linked, true: Earnings) -> Table:
    """Return what the bridge changes, beside its goals."""
    shown = Table("what", "without", "with", "goal", title=title)

    def add(what: str, goal: str, text: Callable[[Linked], str]) -> None:
        shown.add_row(what, text(without), text(with_), goal)

    for name in without.pairs:
        add(
            f"{name}: recall of all true pairs",
            ">= .90" if name == "K-12 to wage" else "",
            lambda of, n=name: f"{of.pairs[n].recall:.4f} of {of.pairs[n].true:,}",
        )
        add(
            f"{name}: recall of pairs that share enough",
            ">= .97" if name == "K-12 to wage" else "",
            lambda of, n=name: f"{of.pairs[n].linkable_recall:.4f}",
        )
        add(
            f"{name}: precision",
            {"K-12 to wage": ">= .999", "all": ">= .9995"}.get(name, ""),
            lambda of, n=name: f"{of.pairs[n].precision:.4f}",
        )
    add(
        f"median annual wage of completers; {true.median:,.0f} in truth",
        "within 2 %",
        lambda of: (
            f"{of.earnings.median:,.0f} ({100 * (of.earnings.median / true.median - 1):+.1f} %)"
        ),
    )
    add(
        f"concentrators earn more than others; {true.concentrators_more:+.1f} % in truth",
        "within 2 points",
        lambda of: f"{of.earnings.concentrators_more:+.1f} %",
    )
    add(
        f"completers with wages; {true.people:,} in truth", "", lambda of: f"{of.earnings.people:,}"
    )
    add(
        "K-12 to wage, recall: widest gap of race groups, points",
        "coverage + 2",
        lambda of: "{:.1f}, of which coverage {:.1f}".format(*race_gap(of)),
    )
    add("full relink, s of processors", "", lambda of: f"{of.usage.cpu_seconds:.1f}")
    return shown


def groups(title: str, without: Linked, with_: Linked) -> Table:
    """Return K-12 to wage by student group: of all true pairs, and of those that share enough."""
    shown = Table("K-12 to wage", "true", "without", "of linkable", "with", "of linkable",
                  title=title)  # fmt: skip
    for by, values in without.by_group.items():
        for value, one in values.items():
            both = (one, with_.by_group[by][value])
            cells = [f"{share:.3f}" for q in both for share in (q.recall, q.linkable_recall)]
            shown.add_row(f"{by} {value}", f"{one.true:,}", *cells)
    return shown


def night(home: Path) -> str:
    """Hold the bridge's last period back, link, let it come, and say what that took and touched."""
    folder = home / "identity" / BRIDGES[0]
    last = max(folder.glob("period=*.parquet"))
    rows = last.read_bytes()
    last.unlink()
    full = relink(home, AGREEMENT, full=True)
    before = pl.read_parquet(home / "identity" / "person_crosswalk.parquet")
    last.write_bytes(rows)
    usage = relink(home, AGREEMENT, full=False)
    after = pl.read_parquet(home / "identity" / "person_crosswalk.parquet")
    same = ["source", "source_person_key", "person_id", "is_bridged"]
    # A person whom the late records part from a holder is touched by them, too.
    was = before.select(*KEY, pl.col("person_id").alias("was"))
    changed = after.join(before, on=same, how="anti").join(was, on=KEY, how="left")
    bridge = pl.read_parquet(home / "identity" / "linkage" / "bridge.parquet")
    late = pl.read_parquet(last, columns=["source_person_key"])["source_person_key"]
    holders = bridge.filter(pl.col("source_person_key").is_in(late.implode()))["person_id"]
    is_holder = pl.any_horizontal(pl.col("person_id", "was").is_in(holders.implode()))
    others = changed.filter(~is_holder)["person_id"].n_unique()
    share, people = usage.cpu_seconds / full.cpu_seconds, changed["person_id"].n_unique()
    return (
        f"late file of {late.n_unique():,} holders: {usage.cpu_seconds:.1f} s of processors, "
        f"{share:.0%} of a full relink; {people:,} persons have other records than before, "
        f"{others:,} of them neither holders nor parted from one"
    )


def main() -> None:
    """Generate, link twice, and print the tables."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.linkage.bridge", description=__doc__
    )
    parser.add_argument("--students", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7119)
    parser.add_argument("--state", type=Path, help="where sample_data wrote one")
    given = parser.parse_args()
    console = Console(width=130)
    control = Control(students=given.students, seed=given.seed)
    with state_of(given.state, control) as state, state_of(None) as work:
        homes = {"without": work / "without", "with": work / "with"}
        wages = annual_wages(state, settings_of(homes["with"], ""))
        (homes["without"]).mkdir()
        (homes["without"] / "token_key").write_bytes((homes["with"] / "token_key").read_bytes())
        without = linked(state, homes["without"], "", wages)
        with_ = linked(state, homes["with"], AGREEMENT, wages)
        person = pl.read_parquet(state / "truth" / "person.parquet")
        covered = person["identity_record_at_age"].is_not_null().mean()
        title = f"{person.height:,} students, {covered:.1%} hold a record at some age"
        true = Earnings.of(completers(person, wages))
        console.print(table(title, without, with_, true), groups(title, without, with_))
        console.print(night(homes["with"]))


if __name__ == "__main__":
    main()
