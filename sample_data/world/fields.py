"""What people study and where they work: sectors, programs, industries, occupations.

Lives here: the code tables that lives draw from. Does not: places, people.
TOP codes are of the 6th edition, CIP of 2020, NAICS of 2022, SOC of 2018; which of them belongs to
which sector follows the sector tables of the reference seeds. Weights and pay are by design.
"""

from dataclasses import dataclass

import numpy as np


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


SECTORS = (
    Sector("01", "10", ("010300", "010100"), "01.1101", ("111219", "115112"), 0.8, 0.1,
           ("Plant Science", "Agriculture Technology"),
           (("45-2092", "Farmworkers and Laborers, Crop", "NONE", 16.5),
            ("19-4012", "Agricultural Technicians", "ASSOCIATE", 21.5))),
    Sector("02", "11", ("061400", "103000"), "50.0409", ("512110", "541430"), 1.8, 0.3,
           ("Digital Media", "Graphic Art and Design"),
           (("27-1024", "Graphic Designers", "BACHELOR", 30.5),
            ("27-4011", "Audio and Video Technicians", "POSTSECONDARY_NONDEGREE", 28.0))),
    Sector("03", "12", ("095200", "095210"), "46.0201", ("236115", "238210"), 0.7, -1.8,
           ("Construction Crafts", "Carpentry"),
           (("47-2031", "Carpenters", "HIGH_SCHOOL", 31.0),
            ("47-2111", "Electricians", "HIGH_SCHOOL", 36.0))),
    Sector("04", "18", ("050200", "050500"), "52.0201", ("522110", "541211"), 1.1, 0.0,
           ("Accounting", "Business Administration"),
           (("43-3031", "Bookkeeping and Accounting Clerks", "SOME_COLLEGE", 25.0),
            ("13-2011", "Accountants and Auditors", "BACHELOR", 42.0))),
    Sector("05", "13", ("130500", "080200"), "13.1210", ("624410", "611110"), 0.8, 1.5,
           ("Child Development", "Educational Aide"),
           (("25-2011", "Preschool Teachers", "ASSOCIATE", 20.5),
            ("25-9045", "Teaching Assistants", "SOME_COLLEGE", 19.5))),
    Sector("06", "14", ("094610", "030300"), "15.0503", ("221122", "562111"), 0.3, -1.0,
           ("Energy Systems Technology", "Environmental Technology"),
           (("47-2231", "Solar Photovoltaic Installers", "HIGH_SCHOOL", 26.5),
            ("49-9051", "Electrical Power-Line Installers", "HIGH_SCHOOL", 52.0))),
    Sector("07", "15", ("092400", "095300"), "14.0101", ("541330", "541310"), 1.0, -1.2,
           ("Engineering Technology", "Drafting Technology"),
           (("17-3011", "Architectural and Civil Drafters", "ASSOCIATE", 33.0),
            ("17-3022", "Civil Engineering Technologists", "ASSOCIATE", 36.5))),
    Sector("08", "16", ("130300", "130200"), "50.0407", ("315250", "541410"), 0.3, 1.8,
           ("Fashion", "Interior Design"),
           (("51-6031", "Sewing Machine Operators", "NONE", 16.5),
            ("27-1025", "Interior Designers", "BACHELOR", 33.0))),
    Sector("09", "19", ("123010", "120800"), "51.3801", ("622110", "621111"), 1.5, 0.9,
           ("Registered Nursing", "Medical Assisting"),
           (("29-1141", "Registered Nurses", "ASSOCIATE", 62.0),
            ("31-9092", "Medical Assistants", "POSTSECONDARY_NONDEGREE", 22.0))),
    Sector("10", "20", ("130630", "130700"), "12.0503", ("722511", "721110"), 0.9, 0.3,
           ("Culinary Arts", "Hospitality"),
           (("35-1011", "Chefs and Head Cooks", "HIGH_SCHOOL", 30.0),
            ("35-2014", "Cooks, Restaurant", "NONE", 19.0))),
    Sector("11", "17", ("070600", "070810"), "11.0701", ("541511", "518210"), 1.2, -0.9,
           ("Computer Science", "Computer Networking"),
           (("15-1252", "Software Developers", "BACHELOR", 79.0),
            ("15-1232", "Computer User Support Specialists", "SOME_COLLEGE", 34.0))),
    Sector("12", "21", ("095600", "095650"), "48.0508", ("332710", "336413"), 0.5, -1.5,
           ("Manufacturing Technology", "Welding Technology"),
           (("51-4041", "Machinists", "HIGH_SCHOOL", 25.5),
            ("51-4121", "Welders and Cutters", "HIGH_SCHOOL", 25.0))),
    Sector("13", "24", ("050900", "050970"), "52.1401", ("455110", "541810"), 0.5, 0.2,
           ("Marketing", "E-Commerce"),
           (("41-2031", "Retail Salespersons", "NONE", 17.5),
            ("13-1161", "Market Research Analysts", "BACHELOR", 40.0))),
    Sector("14", "23", ("210500", "213300"), "43.0104", ("922120", "922160"), 0.8, -0.2,
           ("Administration of Justice", "Fire Technology"),
           (("33-3051", "Police and Sheriff's Patrol Officers", "HIGH_SCHOOL", 51.0),
            ("33-2011", "Firefighters", "POSTSECONDARY_NONDEGREE", 39.0))),
    Sector("15", "22", ("094800", "095000"), "47.0604", ("811111", "488190"), 0.7, -1.8,
           ("Automotive Technology", "Aviation Maintenance"),
           (("49-3023", "Automotive Service Technicians", "POSTSECONDARY_NONDEGREE", 26.0),
            ("49-3011", "Aircraft Mechanics", "POSTSECONDARY_NONDEGREE", 37.0))),
)  # fmt: skip

POPULARITY = tuple(s.popularity for s in SECTORS)

HEALTH = 8

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
