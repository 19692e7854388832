"""`python -m pipelines` is the command `pathways`.

Lives here: its start, where libraries may not find memory to load. Does not: any command.
"""

import resource
import sys

# A refresh of a small state takes 1,700 MB of addresses; below 1,300 not all libraries load.
NEEDED_MB = 2048


def main() -> None:
    """Run the command line; where memory is short, say so before a library ends the process."""
    most = resource.getrlimit(resource.RLIMIT_AS)[0] >> 20
    is_short = 0 <= most < NEEDED_MB
    if is_short:
        sys.stderr.write(f"Memory is limited to {most} MB (ulimit -v): allow {NEEDED_MB} MB.\n")
    try:
        from pipelines.cli import main as run

        run()
    except Exception:
        if not is_short:
            raise
        sys.exit("It needs more memory than there is. Nothing was changed that is not whole.")


if __name__ == "__main__":
    main()
