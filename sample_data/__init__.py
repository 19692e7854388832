"""A synthetic state to develop, test and demonstrate with: seeded, biased, dirty, its truth known.

Lives here: the generator of landing files and the truth behind them. Does not: anything the
pipeline imports outside demo and tests.

    python -m sample_data --students 4000 --seed 20240701 --out data [--dirt none] [--control FILE]

writes ``landing/<feed>/<period>/<submitter>.csv``, files that arrive later under ``late/``, and
``truth/``: who exists and what happened to them, whose each delivered row is, what each bad row or
file breaks, and what pathways and credentials cause. The same control gives the same bytes,
whatever the chunk size or the number of processes.

Counties, regions, initiatives, code sets and programs are real. Every institution and person is
invented, and every SSN is a number that was never issued, neither as an SSN nor as a taxpayer
number: no outcome here can attach to a real college, and no number to a real person. Parameters
stand with their sources in `control`; docs/synthetic_state.md describes how it works.
"""
