"""The gate: what of a delivery is trusted, and what is kept aside with its reasons.

Lives here: casting, applying a contract to rows, splitting, accounting, writing what came of it.
Does not: the rules themselves (`schemas`), whether a release may go on (`pipelines.intake.ledger`).

Set-aside values never appear in a message, a log or metadata: those hold rule names and counts.
"""

import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandera.polars as pa
import polars as pl

from pipelines.feedback import store
from pipelines.home import code_version
from pipelines.home.files import remove, replacing, write_parquet_if_new
from pipelines.intake import closures, encode, ledger, pending
from pipelines.intake.deliveries import Delivery, FileRefused, delivered_files, read_delivery
from pipelines.intake.pending import Forced, Made, Work
from pipelines.intake.tokens import token
from pipelines.settings import Settings
from schemas import Feed
from schemas.contract import PROVENANCE
from schemas.encoded import EncodedFeed, encoded
from schemas.rules import rule_name

REASONS, MESSAGES = "_reasons", "_messages"

# Tokens that linkage compares, and the encoded number each is of. A token of the whole SSN says
# nothing of a number with one wrong digit; one of its halves still agrees.
TOKENS = {
    "ssn_token": "ssn",
    "ssn_first5_token": "ssn_first5",
    "ssn_last4_token": "ssn_last4",
    "state_student_id_token": "state_student_id",
}
# What linkage reads as it is, where the feed has it.
PLAIN = ("first_name", "last_name", "birth_date", "gender_code")
# The encodings of an encoded delivery's person, in the order they are written in.
ENCODED_PARTS = (
    "first_name", "last_name", "second_last_name", "birth_date", "birth_month", "birth_day",
    "birth_exchanged", "name_group", "name_block",
)  # fmt: skip

_DELIVERY = ["period", "submitter"]

# A contract costs some 40 ms a call, for one row as for ten thousand, so periods are judged
# together. This many rows of k12_enrollment, the widest feed, took 4 s and 0.65 GB in all.
ROWS_AT_ONCE = 500_000


@dataclass(frozen=True)
class Verdict:
    """Rows of one or more deliveries after the gate.

    Attributes:
        accepted: Typed rows that keep every rule, provenance included.
        quarantined: Delivered text of all other rows, with ``_reasons`` (rule names) and
            ``_messages`` (the same, in words).
    """

    accepted: pl.DataFrame
    quarantined: pl.DataFrame


def cast(text: pl.DataFrame, feed: Feed) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """Return the rows in the contract's types, and for each rule a mask of unreadable values.

    An unreadable value becomes null; its mask is true.
    """
    typed = text.with_columns(parse(name, dtype) for name, dtype in feed.dtypes.items())
    return typed, {
        f"{name}:type": text[name].is_not_null() & typed[name].is_null()
        for name, dtype in feed.dtypes.items()
        if dtype != pl.String
    }


def parse(name: str, dtype: pl.DataType) -> pl.Expr:
    """Return a column of text in a contract's type; an unreadable value is null."""
    value = pl.col(name)
    if dtype == pl.Boolean:
        return value.replace_strict({"Y": True, "N": False}, default=None)
    if dtype == pl.Date:
        return value.str.to_date("%Y-%m-%d", strict=False)
    parsed = value.cast(dtype, strict=False)
    return parsed.fill_nan(None) if dtype == pl.Float64 else parsed


def broken_rules(typed: pl.DataFrame, feed: Feed) -> dict[str, pl.Series]:
    """Return for each rule that some row breaks a mask of those rows.

    Raises:
        TypeError: The frame does not have the contract's columns and types, which is a defect of
            the caller and never of a delivery. pandera's own error would show values.
    """
    try:
        feed.schema.validate(typed, lazy=True)
    except pa.errors.SchemaErrors as errors:
        broken: dict[str, pl.Series] = {}
        for error in errors.schema_errors:
            if not isinstance(error.check_output, pl.DataFrame) or error.check is None:
                raise TypeError(f"{feed.name}: {error.reason_code} {error.schema.name}") from None
            column = None if error.schema.name not in typed.columns else error.schema.name
            holds = error.check_output.to_series().fill_null(True)
            broken[rule_name(column, error.check)] = ~holds
        return broken
    return {}


def judge(text: pl.DataFrame, feed: Feed) -> Verdict:
    """Return which rows of `text` keep the contract and which do not, with every reason."""
    typed, unreadable = cast(text, feed)
    broken = unreadable | broken_rules(typed, feed)
    for rule, mask in unreadable.items():
        # An unreadable value is not also a missing one.
        required = rule.replace(":type", ":required")
        if required in broken:
            broken[required] = broken[required] & ~mask
    found = {rule: mask for rule, mask in broken.items() if mask.any()}
    if not found:
        empty = text.clear().with_columns(
            pl.lit([], pl.List(pl.String)).alias(name) for name in (REASONS, MESSAGES)
        )
        return Verdict(typed, empty)
    reasons = _lists(found, {rule: rule for rule in found}, REASONS)
    messages = _lists(found, feed.rules, MESSAGES)
    good = reasons.list.len() == 0
    return Verdict(
        accepted=typed.filter(good),
        quarantined=text.with_columns(reasons, messages).filter(~good),
    )


def _lists(masks: dict[str, pl.Series], words: dict[str, str], name: str) -> pl.Series:
    frame = pl.DataFrame(masks)
    return frame.select(
        pl.concat_list(pl.when(pl.col(rule)).then(pl.lit(words[rule], pl.String)) for rule in masks)
        .list.drop_nulls()
        .alias(name)
    ).to_series()


def deidentify(
    accepted: pl.DataFrame, feed: Feed, key: bytes, encoding_key: bytes
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return accepted rows without identifying columns, and what linkage needs of them.

    The first frame has ``source_person_key`` and, where SSNs are optional, ``has_ssn``; the second
    has one row for each distinct identity of a delivery, with tokens in place of SSNs and state
    ids, and no rows for a feed that tells of no person. Both keep period and submitter.

    Numbers of open deliveries are encoded first, as submitters of encoded ones do, and tokens are
    made of that: both have the same tokens.
    """
    if not feed.person_key:
        return accepted.select(*feed.dtypes, *PROVENANCE), accepted.select(_DELIVERY).clear()
    rows = keyed(accepted, feed, key, encoding_key)
    kept = [name for name in feed.dtypes if name not in feed.identifying]
    added = ["source_person_key", "has_ssn"] if _ssn_is_optional(feed) else ["source_person_key"]
    return rows.select(*kept, *added, *PROVENANCE), identities(rows, feed)


def keyed(accepted: pl.DataFrame, feed: Feed, key: bytes, encoding_key: bytes) -> pl.DataFrame:
    """Return rows of a feed that tells of persons with their key, tokens and ``has_ssn``.

    Args:
        accepted: Rows with the columns that tell of a person, others or not.
        feed: Their feed.
        key: Token key.
        encoding_key: Encoding key.
    """
    is_encoded = isinstance(feed, EncodedFeed)
    rows = accepted if is_encoded else encode.numbers(accepted, encoding_key)
    return rows.with_columns(
        token(key, "person", *(pl.col(name).fill_null("") for name in feed.person_key)).alias(
            "source_person_key"
        ),
        *(
            token(key, name.removesuffix("_token"), column).alias(name)
            for name, column in TOKENS.items()
            if column in rows.columns
        ),
        *([pl.col("ssn").is_not_null().alias("has_ssn")] if "ssn" in feed.identifying else []),
    )


def identities(rows: pl.DataFrame, feed: Feed) -> pl.DataFrame:
    """Return what linkage needs of rows as `keyed` gives them: each delivery's identities once."""
    told = rows.select(
        *_DELIVERY,
        "source_person_key",
        *(name for name in TOKENS if name in rows.columns),
        *_told_of_person(feed, isinstance(feed, EncodedFeed)),
    )
    return told.unique().sort(told.columns, nulls_last=True)


def _told_of_person(feed: Feed, is_encoded: bool) -> list[pl.Expr]:
    """Return what linkage reads besides tokens: the same columns for open and encoded feeds."""
    plain = feed.model.to_schema().columns
    told = [
        pl.lit(None, plain[name].dtype.type).alias(name)
        if is_encoded and name in feed.identifying
        else pl.col(name)
        for name in PLAIN
        if name in plain
    ]
    if "last_name" not in plain:
        return told
    parts = [pl.col(n).fill_null("") if n in feed.dtypes else pl.lit("") for n in ENCODED_PARTS]
    whole = pl.concat_str(*parts, separator=".") if is_encoded else pl.lit(None, pl.String)
    return [*told, whole.alias("encoded")]


def _ssn_is_optional(feed: Feed) -> bool:
    return "ssn" in feed.identifying and "ssn" not in feed.person_key


def accepted_schema(feed: Feed) -> pl.DataFrame:
    """Return an accepted frame of this feed, as it is written, without rows."""
    empty = feed.model.empty()
    assert isinstance(empty, pl.DataFrame)
    return deidentify(empty, feed, b"", b"")[0].drop("period")


def accept(
    settings: Settings, feed: Feed, periods: Sequence[str], forced: Forced | None = None
) -> dict[str, list[ledger.Account]]:
    """Take what is new of a feed through the gate, and return its accounts by period.

    Each readable file replaces what is accepted of its submitter for the period; a refused file
    leaves that in force. Quarantine is written before accepted, and last of all that a delivery
    was taken: one that a dead run left half written is taken again.

    Args:
        settings: Names the data home.
        feed: The feed.
        periods: Its periods.
        forced: Takes again what did not change; nothing where not given.

    Raises:
        AssertionError: A row went missing: delivered is not accepted plus quarantined.
        Damaged: Accepted rows are gone or altered and their delivery is not landed any more.
    """
    works = pending.look(settings, feed, periods, forced or Forced())
    if lost := [f"{work.period}/{name}" for work in works for name in work.lost]:
        raise pending.Damaged(
            f"{feed.name}: accepted rows of {', '.join(lost[:5])} are damaged and their delivery "
            "is no longer in landing. Bring one or the other back from a backup."
        )
    accounts: dict[str, list[ledger.Account]] = {}
    for batch in _batches(settings, feed, [work for work in works if work.is_some]):
        taken = [delivered for read in batch for delivered in read.taken]
        settled = _settle(settings, feed, [one for one in taken if not one[0].is_encoded])
        settled += _settle(settings, encoded(feed), [one for one in taken if one[0].is_encoded])
        for read in batch:
            of_period = [a for a in settled if a.delivery.period == read.period] + read.refused
            of_period.sort(key=lambda account: account.delivery.submitter)
            if of_period:
                _write_down(settings, feed, read, of_period)
            accounts[read.period] = of_period
    return accounts


@dataclass(frozen=True)
class _Read:
    """What was delivered for a period: files that could be read, and accounts of the others."""

    period: str
    taken: list[tuple[Delivery, pl.DataFrame]]
    refused: list[ledger.Account]


def _batches(settings: Settings, feed: Feed, works: Sequence[Work]) -> Iterator[list[_Read]]:
    batch: list[_Read] = []
    for work in works:
        if work.forces:
            closures.write(settings, closures.FORCED, [(feed.name, work.period)], work.because)
        batch.append(_read_period(settings, feed, work))
        if sum(frame.height for read in batch for _, frame in read.taken) >= ROWS_AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def _read_period(settings: Settings, feed: Feed, work: Work) -> _Read:
    read = _Read(work.period, [], [])
    for delivery, refused in work.refuse:
        read.refused.append(_set_aside(settings, delivery, refused))
    for delivery in work.take:
        try:
            frame = _read(settings, delivery, feed)
        except FileRefused as error:
            if delivery.is_as_found:
                read.refused.append(_set_aside(settings, delivery, error))
        except FileNotFoundError:
            continue
        else:
            # Written to while it was read: the next look finds it again.
            if delivery.is_as_found:
                read.taken.append((delivery, frame))
    return read


def _write_down(
    settings: Settings, feed: Feed, read: _Read, accounts: Sequence[ledger.Account]
) -> None:
    """Record a period's accounts, and last of all that its deliveries were taken."""
    ledger.record(settings.ledger, feed.name, read.period, accounts)
    made, under = Made(settings, feed.name, read.period), code_version.gate(feed.name)
    for account in accounts:
        if account.refused:
            made.refuse(account.delivery, under, account.refused)
        else:
            made.took(account.delivery, under, _places(settings, feed, account.delivery))
    landed = delivered_files(settings.landing, feed.name, read.period)
    made.write([path.name for path in landed])


def _places(settings: Settings, feed: Feed, delivery: Delivery) -> dict[str, Path]:
    """Return where a delivery's files are, by room."""
    rooms = {"accepted": settings.accepted, "quarantine": settings.quarantine}
    if feed.person_key:
        rooms["identity"] = settings.identity
    return {name: _place(root, delivery) for name, root in rooms.items()}


def _read(settings: Settings, delivery: Delivery, feed: Feed) -> pl.DataFrame:
    if not delivery.is_encoded:
        return read_delivery(delivery, feed)
    encode.check_file(delivery, feed, settings.shared_key())
    return read_delivery(delivery, encoded(feed))


def write_schema(settings: Settings, feed: Feed) -> None:
    """Write this feed's empty accepted file, so that a feed nobody delivered can still be read."""
    write_parquet_if_new(accepted_schema(feed), settings.accepted / feed.name / "_schema.parquet")


def _place(root: Path, delivery: Delivery, ending: str = ".parquet") -> Path:
    return root / delivery.feed / f"period={delivery.period}" / f"{delivery.submitter}{ending}"


def _settle(
    settings: Settings, feed: Feed, delivered: list[tuple[Delivery, pl.DataFrame]]
) -> list[ledger.Account]:
    if not delivered:
        return []
    text = pl.concat([frame for _, frame in delivered])
    verdict = judge(text, feed)
    rows, told = deidentify(verdict.accepted, feed, settings.key(), settings.shared_key())
    accepted, known, quarantined = map(_by_delivery, (rows, told, verdict.quarantined))
    accounts = []
    for delivery, frame in delivered:
        here = (delivery.period, delivery.submitter)
        mine = accepted.get(here, rows.clear())
        aside = quarantined.get(here, verdict.quarantined.clear())
        account = ledger.Account(
            delivery=delivery,
            delivered_rows=frame.height,
            accepted_rows=mine.height,
            quarantined_rows=aside.height,
            reasons=ledger.count_reasons(aside[REASONS]),
        )
        account.check()
        if aside.is_empty():
            remove(_place(settings.quarantine, delivery))
        else:
            write_parquet_if_new(aside, _place(settings.quarantine, delivery))
        if feed.person_key:
            identity = known.get(here, told.clear()).drop(_DELIVERY)
            write_parquet_if_new(identity, _place(settings.identity, delivery))
        write_parquet_if_new(mine.drop("period"), _place(settings.accepted, delivery))
        accounts.append(account)
    store.write(settings.reports, feed, accounts, text, verdict.quarantined)
    return accounts


def _by_delivery(frame: pl.DataFrame) -> dict[tuple[str, str], pl.DataFrame]:
    parts = frame.partition_by(_DELIVERY, as_dict=True, maintain_order=True)
    return {(str(period), str(submitter)): part for (period, submitter), part in parts.items()}


def _set_aside(settings: Settings, delivery: Delivery, refused: FileRefused) -> ledger.Account:
    stem = f"{delivery.submitter}__{delivery.sha256[:12]}"
    folder = _place(settings.quarantine / "files", delivery).parent
    with replacing(folder / f"{stem}{delivery.path.suffix}") as partial:
        shutil.copyfile(delivery.path, partial)
    with replacing(folder / f"{stem}.json") as partial:
        note = {"file": delivery.path.name, "rules": refused.rules, "message": refused.message}
        partial.write_text(json.dumps(note, indent=2))
    account = ledger.Account(delivery=delivery, refused=refused.rules, message=refused.message)
    store.write_refused(settings.reports, account)
    return account
