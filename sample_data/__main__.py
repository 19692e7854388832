"""Command line of the generator."""

import argparse
import json
import os
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from sample_data.agencies.write import LAYOUTS, rewrite
from sample_data.control import Control
from sample_data.generate import CHUNK, generate


def main() -> None:
    """Write a synthetic state and print the rows of each feed."""
    parser = _parser()
    given = parser.parse_args()
    if given.describe:
        describe()
        return
    if given.out is None:
        parser.error("--out says where to write to")
    if given.layouts and (given.layout != "csv" or given.dirt == "default"):
        parser.error("--as writes a state without dirt, from csv")
    given.dirt = "none" if given.layouts else given.dirt
    options = {
        name: value
        for name in ("students", "seed", "dirt")
        if (value := getattr(given, name)) is not None
    }
    try:
        control = Control.load(given.control, **options) if given.control else Control(**options)
    except (OSError, ValidationError) as error:
        parser.error(error_text(error))
    columns = ("[progress.description]{task.description}", BarColumn(), MofNCompleteColumn(),
               TimeRemainingColumn())  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=given.quiet) as bar:
        task = bar.add_task("students", total=control.students)
        rows = generate(
            control,
            given.out,
            layout=given.layout,
            chunk=given.chunk,
            workers=given.workers,
            progress=lambda done, _: bar.update(task, completed=done),
        )
    if control.identity_bridge:
        # The state's licence agency has agreed: a refresh of this home reads its bridge.
        (given.out / "bridge_agreement").write_text("synthetic state\n")
    files = {layout: rewrite(given.out, layout) for layout in given.layouts}
    if given.quiet:
        print(f"  Sample     {control.students:,} invented students: {sum(rows.values()):,} rows")
        return
    for layout, count in files.items():
        print(f"{layout:<24} {count:>12,} files")
    for feed, count in rows.items():
        print(f"{feed:<24} {count:>12,}")
    # Some layouts are drafts: a refresh refuses them unless it is told otherwise.
    allowed = "PATHWAYS_ALLOW_DRAFT_LAYOUTS=1 " if given.layouts else ""
    print(f"\nNext: {allowed}PATHWAYS_HOME={given.out} pathways refresh")


def _parser() -> argparse.ArgumentParser:
    defaults = Control()
    parser = argparse.ArgumentParser(
        prog="python -m sample_data",
        description="Write a synthetic state: landing files, late arrivals, and the truth.",
    )
    parser.add_argument("--out", type=Path, help="folder to write to")
    parser.add_argument("--describe", action="store_true", help="print all parameters as YAML")
    parser.add_argument("--students", type=int, help=f"ninth-graders; {defaults.students}")
    parser.add_argument("--seed", type=int, help=f"of every random number; {defaults.seed}")
    parser.add_argument("--dirt", choices=("default", "none"), help="none for a clean state")
    parser.add_argument("--control", type=Path, help="YAML file of parameters; options go first")
    parser.add_argument("--layout", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--as", choices=LAYOUTS, action="append", default=[], dest="layouts",
                        help="write a clean state's files in an agency's layout")  # fmt: skip
    parser.add_argument("--chunk", type=int, default=CHUNK, help=f"persons at a time; {CHUNK:,}")
    parser.add_argument("--quiet", action="store_true", help="print one line")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes")
    return parser


def describe() -> None:
    """Print every parameter as YAML: meaning, unit, range and source above its default."""
    defaults = Control().model_dump(mode="json")
    for name, info in Control.model_fields.items():
        print(f"# {info.description}\n{name}: {json.dumps(defaults[name])}")


def error_text(error: OSError | ValidationError) -> str:
    """Return what is wrong with a control, a line for each parameter."""
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}"
    return "\n".join(
        f"{'.'.join(map(str, one['loc'])) or 'control'}: {one['msg']}" for one in error.errors()
    )


if __name__ == "__main__":
    main()
