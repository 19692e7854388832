"""Command line of the generator."""

import argparse
from pathlib import Path

from sample_data import Control, generate


def main() -> None:
    """Write a synthetic state and print the rows of each feed."""
    defaults = Control()
    parser = argparse.ArgumentParser(prog="python -m sample_data", description=__doc__)
    parser.add_argument("--students", type=int, default=defaults.students)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--dirt", choices=("default", "none"), default=defaults.dirt)
    given = parser.parse_args()
    control = Control(students=given.students, seed=given.seed, dirt=given.dirt)
    for feed, rows in generate(control, given.out).items():
        print(f"{feed:<20} {rows:>10,}")


if __name__ == "__main__":
    main()
