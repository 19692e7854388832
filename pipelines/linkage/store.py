"""Where linkage stores what the next run needs; all of it in `identity/`.

Lives here: paths, tables written whole or added to, which identity files there are and were read.
Does not: what the tables mean (`identities`, `model`, `resolve`).
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from pipelines.home import code_version
from pipelines.home.files import Fingerprint, remove, sha256, write_parquet, write_parquet_if_new
from pipelines.home.snapshot import Snapshot
from pipelines.linkage.identities import BY_FREQUENCY, READ_ONCE, identity_files, read_rows
from pipelines.linkage.person_ids import CROSSWALK, IS_BRIDGE

NEXT = "next"
# Keys of identity bridges and whom they tie together.
BRIDGE = "bridge"
# The first part of the names of files in `identity/linkage/`.
TABLES = {
    "identity",
    "identity_key",
    BRIDGE,
    *(f"seen_{feed}" for feed in READ_ONCE),
    *(f"frequency_{name}" for name in BY_FREQUENCY),
}


@dataclass(frozen=True)
class Store:
    """The files of linkage under `identity/`."""

    identity: Path

    @property
    def crosswalk(self) -> Path:
        """The person crosswalk."""
        return self.identity / "person_crosswalk.parquet"

    @property
    def model(self) -> Path:
        """The trained model: weights, no values of anybody."""
        return self.identity / "linkage_model.json"

    @property
    def pair(self) -> Path:
        """Scored pairs with the weight of each comparison and the decision."""
        return self.identity / "match_pair.parquet"

    @property
    def change(self) -> Path:
        """Everything that ever happened to person ids."""
        return self.identity / "person_change.parquet"

    @property
    def quality(self) -> Path:
        """Linked and expected true pairs of each two feeds: counts alone."""
        return self.identity / "link_quality.parquet"

    def path(self, name: str) -> Path:
        """Return the file of a table: identities, their keys, row hashes, or value frequencies."""
        return self.identity / "linkage" / f"{name}.parquet"

    def paths(self, name: str) -> list[Path]:
        """Return the files of a table: as last written whole, then additions, the oldest first."""
        return [self.path(name), *self.additions(name)]

    def additions(self, name: str) -> list[Path]:
        """Return the files added to a table since it was last written whole, the oldest first."""
        return sorted(self.path(name).parent.glob(f"{name}.*.parquet"))

    def scan(self, name: str) -> pl.LazyFrame:
        """Return a table with its additions, not read yet."""
        return pl.scan_parquet(self.paths(name))

    def write(self, name: str, table: pl.DataFrame) -> None:
        """Write a table whole."""
        write_parquet(table, self.path(name))
        for path in self.additions(name):
            remove(path)

    def add(self, name: str, rows: pl.DataFrame) -> None:
        """Add rows to a table, in a file of their own."""
        if not rows.is_empty():
            write_parquet(rows, self.path(f"{name}.{len(self.additions(name)):05d}"))

    def read(self, path: Path, schema: pl.Schema) -> pl.DataFrame:
        """Return a table, or an empty one of `schema` where there is none yet.

        Columns that an earlier version of the software did not write are null.
        """
        if not path.exists():
            return schema.to_frame()
        there = [name for name in schema.names() if name in pl.read_parquet_schema(path)]
        table = pl.read_parquet(path, columns=there)
        absent = [pl.lit(None, kind).alias(name) for name, kind in schema.items()]
        return table.with_columns(e for e in absent if e.meta.output_name() not in there).select(
            schema.names()
        )

    def persons(self) -> pl.DataFrame:
        """Return the crosswalk with the keys of identity bridges behind it."""
        return pl.concat(self.read(path, CROSSWALK) for path in (self.crosswalk, self.path(BRIDGE)))

    def write_persons(self, persons: pl.DataFrame) -> None:
        """Write what `persons` returns: keys of bridges apart, where linkage alone reads them."""
        write_parquet_if_new(persons.filter(~IS_BRIDGE), self.crosswalk, is_small=False)
        write_parquet_if_new(persons.filter(IS_BRIDGE), self.path(BRIDGE), is_small=False)

    def remove_unknown(self) -> None:
        """Remove tables of other names, which earlier versions of the software wrote."""
        for path in self.path(NEXT).parent.glob("*.parquet"):
            if path.name.split(".")[0] not in TABLES:
                remove(path)

    def used_ids(self) -> pl.Series:
        """Return every person id there ever was."""
        return self.read(self.change, pl.Schema({"person_id": pl.String}))["person_id"].unique()

    def frequencies(self) -> dict[str, pl.DataFrame]:
        """Return the shares of values when the model was trained."""
        return {name: pl.read_parquet(self.path(f"frequency_{name}")) for name in BY_FREQUENCY}

    @property
    def snapshot(self) -> Snapshot:
        """Copies of all of it, by which a run that died is undone; its note is of the last run."""
        singles = (self.crosswalk, self.model, self.pair, self.change, self.quality)
        return Snapshot(self.identity, [*(path.name for path in singles), "linkage/*.parquet"])

    @property
    def is_whole(self) -> bool:
        """Whether all files are as a run of this code left them, so that the next can go on."""
        note, files = self.snapshot.note, self.snapshot.files
        is_of_this_code = note.get("version") == code_version.linkage() and "read" in note
        return is_of_this_code and all(
            fingerprint.matches(self.identity / name) for name, fingerprint in files.items()
        )

    def files_read(self) -> dict[str, Fingerprint]:
        """Return the identity files that the last run read."""
        return {path: Fingerprint(*one) for path, one in self.snapshot.note.get("read", {}).items()}

    def commit(self, files: dict[str, Fingerprint]) -> None:
        """Note that a run ended, with which code, and the identity files it read."""
        read = {path: one.as_list() for path, one in files.items()}
        self.snapshot.commit(version=code_version.linkage(), read=read)

    def files(self, feeds: Iterable[str]) -> dict[str, Fingerprint]:
        """Return the identity files of feeds, ``<feed>/…``; only changed ones are hashed again."""
        known = self.files_read()

        def fingerprint(file: tuple[str, int, int]) -> Fingerprint:
            path, size, changed_ns = file
            one = known.get(path)
            if one and (one.bytes, one.changed_ns) == (size, changed_ns):
                return one
            return Fingerprint(size, changed_ns, sha256(self.identity / path))

        here = [file for feed in feeds for file in identity_files(self.identity, feed)]
        with ThreadPoolExecutor() as pool:
            fingerprints = pool.map(fingerprint, here)
            return dict(zip((path for path, *_ in here), fingerprints, strict=True))

    def read_rows(
        self, paths: Iterable[str], added_to: frozenset[str] = frozenset()
    ) -> Iterator[pl.DataFrame]:
        """Yield the identity rows of files by feed, and store the hashes of those to read once.

        Args:
            paths: The files to read.
            added_to: Feeds whose other files were read before and have not changed: rows of
                `READ_ONCE` that those held are left out.
        """
        seen = {
            feed: self.scan(f"seen_{feed}").collect()["row_hash"]
            for feed in READ_ONCE
            if feed in added_to
        }
        files = [(feed_of(path), self.identity / path) for path in paths]
        for feed_rows in read_rows(files, seen):
            if feed_rows.feed in READ_ONCE:
                store = self.add if feed_rows.feed in seen else self.write
                store(f"seen_{feed_rows.feed}", feed_rows.hashes.to_frame("row_hash"))
            yield feed_rows.rows


def feed_of(path: str) -> str:
    """Return the feed of an identity file."""
    return path.partition("/")[0]
