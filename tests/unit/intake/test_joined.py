"""Files read in one parse have the rows they have alone, and what is not plain is left alone."""

from pathlib import Path

import polars as pl
import pytest

from benchmarks.fuzz import HARMLESS_CSV, good
from pipelines.intake.deliveries import Delivery, received
from pipelines.intake.readers.delivery import read_text
from pipelines.intake.readers.joined import MOST_BYTES, by_file, read_joined
from schemas import FEEDS

FEED = FEEDS["k12_enrollment"]
PERIOD = str(FEED.example["academic_year"])
# Ways to write a file that keep a line a row; all others of `HARMLESS_CSV` are read alone.
PLAIN = {
    "as asked for", "byte order mark", "line ends of Windows", "no last line end", "semicolons",
    "tabs", "vertical bars", "all quoted", "header in capitals", "header with blanks",
    "columns in another order", "blanks around values",
}  # fmt: skip


def row(at: int, **change: str) -> str:
    values = good(FEED, at).row(0, named=True) | {"last_name": "Li"} | change
    return ",".join(str(value or "") for value in values.values())


HEADER = ",".join(FEED.dtypes)


def csv(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows, ""])


ODD = {
    # A field too few and one too many: the bytes have as many delimiters as they should.
    "uneven": csv(row(1).rpartition(",")[0], f"{row(2)},", row(3)).encode(),
    "a value over two lines": csv(row(1, first_name='"A'), '"B').encode(),
    "cp1252": csv(row(1, first_name="Muñoz")).encode("cp1252"),
    "a control character": csv(row(1, first_name="A\x00")).encode(),
    "an invisible blank": csv(row(1, first_name="A\u200b")).encode(),
    "another period": csv(row(1), row(2, academic_year="1999-00")).encode(),
    "no rows": csv().encode(),
    "a column less": csv(row(1).rpartition(",")[0], header=HEADER.rpartition(",")[0]).encode(),
    "large": csv(*[row(1)] * (MOST_BYTES // 60)).encode(),
}


@pytest.fixture
def deliveries(tmp_path: Path) -> list[Delivery]:
    """Return plain and odd files in turn."""
    contents = {
        name: write(good(FEED, at)) for at, (name, write) in enumerate(HARMLESS_CSV.items())
    }
    names = [name for pair in zip(contents, [*ODD] * 9, strict=False) for name in pair]
    paths = []
    for name in dict.fromkeys(names):
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_bytes((contents | ODD)[name])
    return [received(path, FEED.name, PERIOD) for path in paths]


def texts(deliveries: list[Delivery]) -> dict[str, tuple[pl.DataFrame, tuple[str, ...]]]:
    """Return rows and notes of the files that are joined, by their names."""
    return {
        deliveries[at].path.stem: (text.rows, text.notes)
        for joined in read_joined(deliveries, FEED)
        for at, text in by_file(joined, deliveries).items()
    }


def test_plain_files_are_joined_and_have_the_rows_and_notes_that_they_have_alone(
    deliveries,
) -> None:
    joined = texts(deliveries)
    assert set(joined) == PLAIN
    for delivery in deliveries:
        if delivery.path.stem in joined:
            rows, notes = joined[delivery.path.stem]
            alone = read_text(delivery, FEED)
            assert rows.drop("submitter", "period", "delivery_sha256").equals(alone.rows)
            assert set(rows["delivery_sha256"]) == {delivery.sha256}
            assert set(rows["submitter"]) == {delivery.submitter}
            assert notes == alone.notes


def test_each_file_joins_whatever_it_stands_beside(deliveries) -> None:
    together = texts(deliveries)
    for delivery in deliveries:
        alone = texts([delivery])
        assert set(alone) == {delivery.path.stem} & set(together)
        for name, (rows, _) in alone.items():
            assert rows.equals(together[name][0])


def test_what_is_no_csv_of_a_period_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADER}\n{row(1)}\n".encode())
    link, packed = tmp_path / "link.csv", tmp_path / "a.csv.gz"
    link.symlink_to(path)
    packed.write_bytes(path.read_bytes())
    some = [received(one, FEED.name, PERIOD) for one in (path, packed)]
    some += [received(path, FEED.name, "")]
    some += [Delivery(FEED.name, PERIOD, "link", link, "0", some[0].received_at)]
    assert [joined.files for joined in read_joined(some, FEED)] == [[0]]
