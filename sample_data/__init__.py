"""A synthetic state to develop, test and demonstrate with: seeded, labelled, invented.

Lives here: the generator of landing files and the truth behind them. Does not: anything the
pipeline imports outside demo and tests.

    python -m sample_data --students 4000 --seed 20240701 --out data [--dirt default|none]

writes ``landing/<feed>/<period>/<submitter>.csv`` (wage as ``.parquet``, all columns text) and
``truth/``: ``person`` (who exists and what happened to them), ``record`` (whose each delivered row
is) and ``corruptions`` (which rule each bad row or file breaks). The same control object gives the
same bytes.

Counties, regions, code sets and programs are real. Every institution is invented, and every SSN
has an area from 900 to 999, which the Social Security Administration never issues: no outcome here
can attach to a real college, and no number to a real person. Calibration figures stand with their
sources in `Control`.
"""

from sample_data.control import Control
from sample_data.generate import generate

__all__ = ["Control", "generate"]
