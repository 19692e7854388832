"""Where an installation keeps its data and how it runs, from the environment.

Lives here: every setting and every path of the data home.
Does not: anything a contract or a metric decides.
"""

import hmac
from collections.abc import Iterable
from datetime import date, time
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pipelines import token_key
from pipelines.errors import UserError
from pipelines.lake_settings import LakeSettings
from schemas import ACCEPTED_FEEDS, FEEDS, Feed
from schemas.periods import PeriodKind, periods_between

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT = PROJECT / "dbt_project"
# Files of a release: all of it, with coarser attributes of people, and by what it is compared.
WAREHOUSE, ANALYSTS, VALUES = "warehouse.duckdb", "analysts.duckdb", "values.parquet"
# Folders of a release: pages from its exact numbers; what may leave the agency.
SITE_INTERNAL = "site_internal"
PUBLIC = "public"


class HomePath:
    """A path of the data home, by its name there."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, settings: "Settings", _: object) -> Path:
        """Return the path in the data home of these settings."""
        return settings.root / self._name


class Settings(LakeSettings):
    """Settings of one installation; each is read from ``PATHWAYS_<NAME>``."""

    model_config = SettingsConfigDict(
        env_prefix="PATHWAYS_", frozen=True, ignored_types=(HomePath,)
    )
    home: Path = Field(
        default=PROJECT / "data", description="The data home: a folder that no other account reads."
    )
    token_key: SecretStr | None = Field(
        default=None,
        description="Key of the tokens that stand for SSNs and state ids, at least 32 characters; "
        "by default one that is generated once and stored as `token_key` in the data home.",
    )
    new_token_key: SecretStr | None = Field(
        default=None,
        description="Key that `pathways keys rotate` brings in; by default it makes one.",
    )
    encoding_key: SecretStr | None = Field(
        default=None,
        description="Key of the encodings that submitters send in place of names, at least 32 "
        "characters; by default derived from the token key. Another one changes all tokens.",
    )
    bridge_agreement: str | None = Field(
        default=None,
        description="Agreement under which `identity_bridge` may be linked, by its name or number, "
        "such as `DMV 2026-114`; by default what the file `bridge_agreement` of the data home says "
        "(the synthetic state's). Without one the feed is neither read nor linked.",
    )
    first_year: int = Field(
        default=2012,
        ge=1990,
        le=2100,
        description="Calendar year the first partition starts in: `2012-13` and `2012Q3`.",
    )
    keep_releases: int = Field(
        default=5, ge=2, description="Releases that stay, with the current one."
    )
    settle_seconds: float = Field(
        default=5.0,
        ge=0,
        description="Stability window: seconds for which a landed file must not have changed, "
        "unless a `.done` or `.sha256` beside it says that it is complete.",
    )
    reader_memory_mb: int = Field(
        default=4096,
        ge=64,
        le=1_048_576,
        description="Memory that reading one file may take, in MB: 2 million rows of wages take "
        "some 500. A file that needs more is refused; without a limit it would end the refresh.",
    )
    reader_seconds: float = Field(
        default=600.0,
        ge=1,
        le=86_400,
        description="Seconds that reading one file may take: 2 million rows take two. A file that "
        "takes longer is refused; without a limit a refresh would wait for it all night.",
    )
    allow_draft_layouts: bool = Field(
        default=False,
        description="Whether deliveries are read in layouts that are drafts: a position or code of "
        "theirs has no public source ([layouts.md](layouts.md)).",
    )
    lock_wait_seconds: float = Field(
        default=1800.0,
        ge=0,
        description="Seconds to wait while another process writes to the data home.",
    )
    max_refresh_hours: float = Field(
        default=8.0,
        gt=0,
        description="Hours after which a refresh counts as hanging and is ended.",
    )
    accept_loss_of: frozenset[str] = Field(
        default=frozenset(),
        description='Feeds that may lose most of their rows in this refresh: `["wage"]`.',
    )
    accept_movement_of: frozenset[str] = Field(
        default=frozenset(),
        description="Metrics, or `linkage`, that may move beyond their band in this refresh: "
        '`["college_going_rate"]`.',
    )
    docs_url: str | None = Field(
        default=None,
        description="Address at which the project's folder is served; checks link to it.",
    )
    keep_runs_days: int = Field(
        default=180, ge=1, description="Days for which runs, their events and alerts stay at least."
    )
    reader_group: str = Field(
        default="",
        description="Group of accounts that read releases (640, and 750 for folders); without one, "
        "only the account that refreshes does.",
    )
    coarse_release: bool = Field(
        default=False,
        description="Whether a release also has `analysts.duckdb`, with coarser attributes of "
        "people, which the reader group reads in place of `warehouse.duckdb` and `site_internal/`.",
    )
    ui_hosts: str = Field(
        default="",
        description="Names under which the UI answers besides localhost, with commas between.",
    )
    ui_operators: str = Field(
        default="",
        description="Users of the proxy who may launch runs in the UI, with commas between; "
        "everybody else looks on.",
    )
    ui_proxy_secret: SecretStr | None = Field(
        default=None,
        description="What the proxy before the UI proves itself with, at least 32 characters.",
    )

    @field_validator("accept_loss_of")
    @classmethod
    def _are_feeds(cls, names: frozenset[str]) -> frozenset[str]:
        return frozenset(_feeds(names))

    @cached_property
    def root(self) -> Path:
        """The data home as an absolute path."""
        return self.home.expanduser().resolve()

    # Deliveries as they came: <feed>/<period>/<submitter>.csv|.parquet.
    landing = HomePath("landing")
    # Rows that keep every rule: <feed>/period=<period>.parquet.
    accepted = HomePath("accepted")
    # Rows and files that do not, with every reason and their original values.
    quarantine = HomePath("quarantine")
    # Names, birth dates and tokens, for linkage alone, and the person crosswalk.
    identity = HomePath("identity")
    crosswalk = HomePath("identity/person_crosswalk.parquet")
    agreement = HomePath("bridge_agreement")
    # Records of deliveries; hashes of landed files; closed periods, released deliveries, and why.
    ledger = HomePath("ledger")
    landed = HomePath("ledger/landed.parquet")
    closed = HomePath("ledger/closed.csv")
    released = HomePath("ledger/released.csv")
    # Data-quality reports to submitters: <feed>/<period>/<submitter>/.
    reports = HomePath("reports")
    # What dbt builds: what a release copies, what it does not, whence records came; and its record.
    build = HomePath("build.duckdb")
    unreleased = HomePath("unreleased.duckdb")
    records = HomePath("records.duckdb")
    values = HomePath(VALUES)
    build_record = HomePath("build.json")
    dbt_target = HomePath("dbt")
    # The last result of each analysis, <name>.parquet.
    analyses = HomePath("analyses")
    # Released warehouses, one folder each, and the link `current`.
    releases = HomePath("releases")
    # Publications, one folder each, which are never removed: later ones repeat their numbers.
    public = HomePath("public")
    # Where each record of a release was delivered, <release_id>.duckdb: for engineers alone.
    provenance = HomePath("provenance")
    # What refreshes from the command line logged; alerts, and which channels took them.
    logs = HomePath("logs")
    alerts = HomePath("alerts")
    # What regions say and the state decided on it; pages of the last sites, to draw none twice.
    statements = HomePath("voice/statement.parquet")
    statement_decisions = HomePath("voice/decision.parquet")
    site_cache = HomePath("site_cache")
    # Who replaced keys, rolled back, restored, removed or made anew, and why.
    reasons = HomePath("reasons.csv")
    # The file whose lock the one writer of the data home holds.
    lock = HomePath("writing.lock")
    # Work space of a rotation of the token key, which must be finished once `ready` is there.
    rotation = HomePath("rotation")
    rotation_is_ready = HomePath("rotation/ready")

    @property
    def feeds(self) -> dict[str, Feed]:
        """Feeds that are read and linked: one for linkage alone needs an agreement."""
        agreement = self.bridge_agreement
        if agreement is None and self.agreement.exists():
            agreement = self.agreement.read_text()
        return FEEDS if (agreement or "").strip() else ACCEPTED_FEEDS

    @property
    def built(self) -> tuple[Path, Path, Path]:
        """The files of a build."""
        return self.build, self.unreleased, self.records

    def periods(self, kind: PeriodKind) -> list[str]:
        """Return the periods that have partitions, from `first_year` to the one today falls in."""
        return periods_between(date(self.first_year, 7, 1), date.today(), kind)

    def key(self) -> bytes:
        """Return the token key: the setting, or one generated once and stored in the data home.

        Raises:
            UserError: The key is short, damaged, gone, or another one than the data home was made
                with; or a rotation of the key is half done.
        """
        if self.rotation_is_ready.exists():
            raise UserError("A new token key is not fully in place yet. Run: pathways keys rotate")
        if self.token_key is None:
            key = token_key.read_or_generate(self.root, self._holds_tokens())
        else:
            key = _long_enough(self.token_key, "PATHWAYS_TOKEN_KEY")
        token_key.check(self.root, token=key)
        return key

    def shared_key(self) -> bytes:
        """Return the encoding key, which submitters of encoded deliveries share.

        Unless set, it is derived from the token key, which can't be derived from it.

        Raises:
            UserError: The key that was set is short, or another one than the data home was made
                with.
        """
        if self.encoding_key is None:
            return hmac.digest(self.key(), b"encoding key", "sha256").hex().encode()
        key = _long_enough(self.encoding_key, "PATHWAYS_ENCODING_KEY")
        token_key.check(self.root, encoding=key)
        return key

    def proxy_secret(self) -> str:
        """Return what the proxy before the UI proves itself with.

        Raises:
            UserError: It is not set, or too short.
        """
        secret = self.ui_proxy_secret or SecretStr("")
        return _long_enough(secret, "PATHWAYS_UI_PROXY_SECRET").decode()

    @staticmethod
    def names(text: str) -> frozenset[str]:
        """Return names that have commas between them."""
        return frozenset(name.strip() for name in text.split(",") if name.strip())

    def mark_keys(self) -> None:
        """Let the data home know its keys, so that it is never refreshed with others.

        Whoever calls it is the one writer of the data home. A home made by version 0.1 has no
        mark, and takes the keys it has.

        Raises:
            UserError: As `key` and `shared_key` do.
        """
        token, encoding = self.key(), self.shared_key()
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        token_key.write_marks(self.root, token=token, encoding=encoding)

    def _holds_tokens(self) -> bool:
        return self.crosswalk.exists() or any(self.accepted.glob("*/period=*.parquet"))


class AlertSettings(BaseSettings):
    """Channels of alerts and when they are due; each is read from ``PATHWAYS_ALERT_<NAME>``."""

    model_config = SettingsConfigDict(
        env_prefix="PATHWAYS_ALERT_", frozen=True, env_ignore_empty=True
    )

    email_to: str = Field(
        default="", description="Addresses, with commas between; needs a mail server."
    )
    email_from: str = Field(default="pathway-outcomes@localhost", description="Sender of mails.")
    smtp_host: str | None = Field(default=None, description="Mail server; without one, no mails.")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="`starttls`, `tls` or `none`; certificates are checked."
    )
    smtp_user: str = Field(default="", description="Account at the mail server, if it needs one.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Its password.")
    webhook_url: HttpUrl | None = Field(
        default=None, description="Where alerts are posted as JSON; `text` is the message."
    )
    webhook_token: SecretStr = Field(
        default=SecretStr(""), description="Sent as a bearer token with each post."
    )
    ui_url: str = Field(
        default="http://localhost:3000", description="Address of the UI in the links of alerts."
    )
    refresh_due: time = Field(
        default=time(6), description="Pacific time by which the nightly refresh should have ended."
    )
    stale_after_days: dict[str, int] = Field(
        default={},
        description="Days without a new accepted file after which a feed is stale: "
        '`{"wage": 150}`. By default 415, for feeds by quarter 127.',
    )

    @field_validator("stale_after_days")
    @classmethod
    def _are_of_feeds(cls, days: dict[str, int]) -> dict[str, int]:
        return {name: days[name] for name in _feeds(days)}

    @property
    def recipients(self) -> list[str]:
        """Addresses that mails go to."""
        return [address.strip() for address in self.email_to.split(",") if address.strip()]


def _feeds(names: Iterable[str]) -> list[str]:
    if unknown := set(names) - set(FEEDS):
        raise ValueError(f"no such feed: {', '.join(sorted(unknown))}")
    return list(names)


def _long_enough(secret: SecretStr, name: str) -> bytes:
    key = secret.get_secret_value()
    if len(key) < token_key.LENGTH:
        raise UserError(f"{name} needs at least {token_key.LENGTH} characters")
    return key.encode()
