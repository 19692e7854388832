"""What people study and where they work: sectors, programs, industries, occupations.

Lives here: the code tables that lives draw from. Does not: places, people.
TOP codes are of the 6th edition, CIP of 2020, NAICS of 2022, SOC of 2018; which of them belongs to
which sector follows the sector tables of the reference seeds. Weights and pay are by design.
"""

from dataclasses import dataclass

import numpy as np

from sample_data.control import rows_of


@dataclass(frozen=True)
class Sector:
    """A CTE industry sector and the codes its courses, programs and jobs carry.

    `popularity` is a weight, `women` the log-odds of women choosing it. A program is a position in
    `top` and `titles`, an occupation is its SOC code, title, usual education at entry and median
    hourly wage in 2023 US dollars.
    """

    code: str
    prefix: str
    top: tuple[str, str]
    cip: str
    naics: tuple[str, str]
    popularity: float
    women: float
    titles: tuple[str, str]
    occupations: tuple[tuple[str, str, str, float], ...]


def _sectors() -> tuple[Sector, ...]:
    occupations = rows_of("occupations.csv")
    return tuple(
        Sector(
            code=row["code"],
            prefix=row["prefix"],
            top=(row["top"], row["other_top"]),
            cip=row["cip"],
            naics=(row["naics"], row["other_naics"]),
            popularity=float(row["popularity"]),
            women=float(row["women"]),
            titles=(row["title"], row["other_title"]),
            occupations=tuple(
                (
                    o["soc_code"],
                    o["title"],
                    o["entry_education"],
                    float(o["median_hourly_wage_usd"]),
                )
                for o in occupations
                if o["sector_code"] == row["code"]
            ),
        )
        for row in rows_of("sectors.csv")
    )


SECTORS = _sectors()
POPULARITY = tuple(s.popularity for s in SECTORS)
NURSING_TOP = "123010"
# Sectors whose trades are learnt in apprenticeships: construction, manufacturing, transportation.
TRADES = (2, 11, 14)
# CALPADS pathway codes: two a sector, in the order of its titles.
PATHWAY_CODES = tuple(f"{s.prefix}{variant}" for s in SECTORS for variant in (0, 1))
PATHWAY_SECTOR = np.repeat(np.arange(len(SECTORS)), 2)
PATHWAY_TITLES = tuple(title for s in SECTORS for title in s.titles)
# Programs outside CTE, under sector -1.
GENERAL_TOP = ("490100", "170100", "200100", "220800")
GENERAL_CIP = ("24.0101", "27.0101", "42.0101", "45.1101")
GENERAL_TITLES = ("Liberal Arts", "Mathematics", "Psychology", "Sociology")
# Where young people work whatever they studied, with weights.
GENERAL_NAICS = (
    "722511", "722513", "445110", "455211", "458110", "561320", "493110", "624120", "713940",
    "812112", "611110", "424480",
)  # fmt: skip
GENERAL_NAICS_WEIGHTS = np.array((16, 18, 14, 9, 7, 9, 9, 6, 4, 3, 3, 2), dtype=float)
# Every six-digit NAICS code of an employer; row numbers are what `work` draws.
NAICS = tuple(dict.fromkeys([*GENERAL_NAICS, *(n for s in SECTORS for n in s.naics)]))
SECTOR_NAICS = np.array([[NAICS.index(code) for code in s.naics] for s in SECTORS])
# Annual pay by two-digit sector in thousand US dollars: QCEW 2023 [recall], damped in `work`.
_NAICS_PAY = {
    "11": 47, "22": 150, "23": 86, "31": 70, "33": 118, "42": 96, "44": 46, "45": 46, "48": 67,
    "49": 55, "51": 200, "52": 150, "54": 150, "56": 62, "61": 70, "62": 63, "71": 60, "72": 34,
    "81": 55, "92": 95,
}  # fmt: skip
NAICS_PAY = np.array([_NAICS_PAY[code[:2]] for code in NAICS], dtype=float)
_TOPS = np.array([*(s.top * 2 for s in SECTORS), GENERAL_TOP])
_TITLES = np.array([*(s.titles * 2 for s in SECTORS), GENERAL_TITLES])
_CIPS = np.array([*((s.cip,) * 4 for s in SECTORS), GENERAL_CIP])


def program(sector: np.ndarray, variant: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return TOP code, CIP code and title of programs; sector -1 is outside CTE."""
    return _TOPS[sector, variant % 4], _CIPS[sector, variant % 4], _TITLES[sector, variant % 4]


def naics_sector(naics: str) -> str:
    """Return the NAICS sector of a six-digit code: 332710 gives 31-33."""
    ranges = {"31": "31-33", "32": "31-33", "33": "31-33", "44": "44-45", "45": "44-45",
              "48": "48-49", "49": "48-49"}  # fmt: skip
    return ranges.get(naics[:2], naics[:2])
