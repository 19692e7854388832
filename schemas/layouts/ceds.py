"""Names of CEDS elements as an alternative header of every feed.

Lives here: which element a column of a contract is. Does not: matching a header
(`pipelines.intake.readers.base`).
"""

from pathlib import Path

import yaml

NAMES: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "ceds.yaml").read_text())
