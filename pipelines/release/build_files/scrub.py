"""Taking what was deleted out of a build's file, without writing all of it anew.

Lives here: zeros where nothing is any more. Does not: writing changed tables anew, or the whole
file (`pipelines.release.build_files.rewrite`).

A DuckDB file holds what was deleted until something else takes its place: rows in their table's
blocks, blocks of a table that was replaced, and parts of the blocks of its catalog, where the least
and greatest value of each column are.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from pipelines.home.files import literal
from pipelines.release.build_files.rewrite import compact

# Three headers of 4 kB come before the blocks; each block opens with 8 bytes of checksum.
_START, _SUM = 3 * 4096, 8
# Blocks of the catalog consist of so many parts.
_PARTS = 64
# More of a file is not left as holes; fewer the next update fills. One changed file of 200,000
# students leaves a third: writing the file anew was 80 of 316 CPU s.
_MOST_FREE = 0.5


def scrub(build: Path) -> None:
    """Leave nothing in a file that is not in a table any more.

    Tables of which rows were deleted have been written anew since it was whole or scrubbed.
    """
    layout = _layout(build)
    if layout is None or len(layout.free) > _MOST_FREE * layout.blocks or not _zero(build, layout):
        compact(build)


@dataclass(frozen=True)
class _Layout:
    """How many blocks of which size a file has, which are free, and free parts of the catalog's."""

    blocks: int
    size: int
    free: set[int]
    parts: dict[int, list[int]]


def _layout(build: Path) -> _Layout | None:
    """Return what is where; None where a block is of two tables or is not accounted for."""
    with duckdb.connect(str(build), read_only=True) as connection:
        [(blocks, size, n_used, n_free)] = connection.execute(
            "select total_blocks, block_size, used_blocks, free_blocks from pragma_database_size()"
        ).fetchall()
        catalog = connection.execute(
            "select block_id, total_blocks, free_list from pragma_metadata_info()"
        ).fetchall()
        names = connection.execute(
            "select schema_name || '.\"' || table_name || '\"' from duckdb_tables()"
        ).fetchall()
        rows = connection.execute(
            " union all ".join(
                f"""
                select distinct {number}, block
                from (
                    select unnest(list_append(additional_block_ids, block_id)) as block
                    from pragma_storage_info({literal(name)})
                )
                where block >= 0
                """
                for number, (name,) in enumerate(names)
            )
        ).fetchall()
    used = [one for one, _, _ in catalog] + [block for _, block in rows]
    free = set(range(blocks)) - set(used)
    is_known = len(used) == len(set(used)) == n_used and len(free) == n_free
    if not is_known or any(parts != _PARTS for _, parts, _ in catalog):
        return None
    return _Layout(blocks, size, free, {one: list(parts) for one, _, parts in catalog})


def _zero(build: Path, layout: _Layout) -> bool:
    """Write zeros where nothing is; return whether every block of the catalog is as expected."""
    part = (layout.size - _SUM) // _PARTS // _SUM * _SUM
    with build.open("r+b") as file:
        for block in layout.free:
            file.seek(_START + block * layout.size)
            file.write(bytes(layout.size))
        for block, parts in layout.parts.items():
            file.seek(_START + block * layout.size)
            content = bytearray(file.read(layout.size))
            if bytes(content[:_SUM]) != _checksum(content):
                return False
            for one in parts:
                content[_SUM + one * part : _SUM + (one + 1) * part] = bytes(part)
            content[:_SUM] = _checksum(content)
            file.seek(_START + block * layout.size)
            file.write(content)
    return True


def _checksum(block: bytearray) -> bytes:
    """Return the checksum of a block: of its 64-bit words, each by a constant, the exclusive or."""
    words = np.frombuffer(block, "<u8", offset=_SUM) * np.uint64(0xBF58476D1CE4E5B9)
    return int(np.bitwise_xor.reduce(words) ^ np.uint64(5381)).to_bytes(_SUM, "little")
