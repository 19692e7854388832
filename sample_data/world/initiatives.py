"""The initiatives that pay for pathways, colleges and training, and when.

Lives here: facts on real initiatives and the windows of the invented grants. Does not: who gets one
(`places`, `collaboration`).
Years are calendar years in which an academic year starts. First days and purposes: the budget and
education acts named; amounts of the Career Pathways Trust: SCCRC and JFF (39 grants of 282 million
US dollars in round one, 40 of 297.6 million in round two). Other amounts and weights by design.
"""

from dataclasses import dataclass

from sample_data.control import rows_of

# Who pays for each initiative.
FUNDERS = {row["code"]: row["funder"] for row in rows_of("initiatives.csv")}


@dataclass(frozen=True)
class Funding:
    """A round in which an initiative pays for single pathways at schools.

    Attributes:
        initiative: Its code.
        round: Number of the round.
        first_year: Academic year the grants begin in.
        last_year: Last academic year they run in.
        weight: Share of funded pathways it pays for, against the others.
        dollars: Least and most for one pathway, US dollars.
    """

    initiative: str
    round: int
    first_year: int
    last_year: int
    weight: float
    dollars: tuple[int, int]


FUNDING = (
    Funding("CCPT", 1, 2014, 2017, 0.30, (150_000, 1_200_000)),
    Funding("CCPT", 2, 2015, 2018, 0.30, (150_000, 1_200_000)),
    Funding("K12SWP", 1, 2019, 2021, 0.20, (60_000, 400_000)),
    Funding("GSP", 1, 2023, 2025, 0.20, (80_000, 500_000)),
)
