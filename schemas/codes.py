"""Code sets of the field, as submitters write them.

Lives here: the codes a contract accepts. Does not: their names and groupings, which are the
reference seeds of the dbt project (`tests/contracts` holds the two to the same codes).
Sources: CALPADS file specifications and code sets, CCC MIS data element dictionary, NAICS 2022.
"""

from datetime import date

# CALPADS: X is non-binary.
GENDER = ("F", "M", "X")
# CCC MIS SB04 as reported since 2019: B is non-binary, X is unknown.
COLLEGE_GENDER = ("F", "M", "B", "X")

# CDE reporting categories: Hispanic of any race is one category, Filipino is apart from Asian.
RACE_ETHNICITY = ("RA", "RB", "RD", "RF", "RH", "RI", "RP", "RT", "RW")

ENROLLMENT_STATUS = ("10", "20", "30")

K12_EXIT = (
    "E125", "E130", "E140", "E150", "E155", "E156", "E170", "E230", "E300", "E400", "N470",
    "T160", "T165", "T167", "T180", "T200", "T240", "T260", "T270", "T280", "T370", "T380", "T460",
)  # fmt: skip
COMPLETER_EXIT = "E230"
# Registered and never came.
NO_SHOW_EXIT = "N470"
# Left for an unknown place: stays in the graduation cohort.
NO_KNOWN_ENROLLMENT = "E140"
COMPLETION_STATUS = ("100", "120", "250", "320", "330", "360")
# The one that makes a graduate.
REGULAR_DIPLOMA = "100"
# A diploma or its equivalent: these leave high school as completers.
DIPLOMA_OR_EQUIVALENT = ("100", "250", "320", "330")

LETTER_GRADES = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-", "F")
CAPSTONE_PASSING = ("A+", "A", "A-", "B+", "B", "B-", "C+", "C", "C-")
COLLEGE_GRADES = (*LETTER_GRADES, "P", "NP", "W", "EW", "MW", "IP", "RD")
# Grades under which MIS reports no units earned.
UNITLESS_GRADES = ("F", "NP", "W", "EW", "MW", "IP", "RD")
CREDIT_STATUS = ("C", "D", "N")

# The first two digits of a CALPADS pathway code name its industry sector.
PATHWAY_SECTOR_PREFIX = (
    "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24",
)  # fmt: skip
PATHWAY_CODE_PATTERN = rf"^(?:{'|'.join(PATHWAY_SECTOR_PREFIX)})\d$"
PATHWAY_CODE_MEANING = "3 digits that start with an industry sector's two, 10 to 24"

WORK_BASED_LEARNING_TYPE = ("10", "15", "20", "25", "30", "35", "40", "45", "50", "60", "65")
# CALPADS asks for hours for internships, student-led enterprises and simulations.
WORK_BASED_LEARNING_TYPES_WITH_HOURS = ("10", "15", "20")
INTERNSHIP = "10"

# CCC MIS SB14, all of its codes.
STUDENT_GOAL = (
    "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "X", "Y",
)  # fmt: skip
AID_STATUS = ("NONE", "PROMISE", "PELL")

AWARD_TYPE = ("A", "AJ", "B", "F", "G", "IC", "M", "N", "O", "S", "T", "Y", "Z")
# Semester units a certificate type spans: at least the first, below the second.
AWARD_UNIT_BOUNDS = {"N": (8, 16), "M": (16, 30), "T": (30, 60), "F": (60, 201)}

INSTITUTION_TYPE = (
    "CERTIFIER", "COMMUNITY_COLLEGE", "DISTRICT", "HIGH_SCHOOL", "INTERMEDIARY", "UNIVERSITY",
    "WORKFORCE_BOARD",
)  # fmt: skip

CONSORTIUM_MEMBER_TYPE = (
    "DISTRICT", "COMMUNITY_COLLEGE", "UNIVERSITY", "WORKFORCE_BOARD", "EMPLOYER", "INTERMEDIARY",
)  # fmt: skip
CONSORTIUM_ROLE = ("LEAD", "PARTNER")

# The day before which no grant of an initiative can begin: 1 July of its first year of money, by
# California's budget acts (AB 86 of 2013 for CCPT, whose grants began a year later; AB 1602 of 2016
# for SWP; the trailer bill of 2018 for K12SWP). WIOA was signed in 2014 and took effect a year on.
INITIATIVE_FIRST_DAY = {
    "CCPT": date(2014, 7, 1),
    "CTEIG": date(2015, 7, 1),
    "SWP": date(2016, 7, 1),
    "K12SWP": date(2018, 7, 1),
    "GP": date(2017, 7, 1),
    "WIOA": date(2015, 7, 1),
    "GSP": date(2022, 7, 1),
}
INITIATIVE = tuple(INITIATIVE_FIRST_DAY)
SERVICE_TYPE = ("PATHWAY", "COURSE", "ADVISING", "WORK_BASED_LEARNING", "TRAINING")

# Levels of typical entry education; a bachelor's degree stands for every higher one too.
ENTRY_EDUCATION = (
    "NONE", "HIGH_SCHOOL", "POSTSECONDARY_NONDEGREE", "SOME_COLLEGE", "ASSOCIATE", "BACHELOR",
)  # fmt: skip

NAICS_SECTOR = (
    "11", "21", "22", "23", "31-33", "42", "44-45", "48-49", "51", "52", "53", "54", "55", "56",
    "61", "62", "71", "72", "81", "92",
)  # fmt: skip
NAICS_TWO_DIGITS = (
    "11", "21", "22", "23", "31", "32", "33", "42", "44", "45", "48", "49", "51", "52", "53", "54",
    "55", "56", "61", "62", "71", "72", "81", "92",
)  # fmt: skip

# The 58 Californian counties: odd FIPS codes from 06001 to 06115.
COUNTY_FIPS = tuple(f"06{code:03d}" for code in range(1, 116, 2))

# Places of work in no one county, as wage files write them: statewide, abroad, another state,
# unknown. Their rows count, without a place.
NO_COUNTY_FIPS = ("06995", "06996", "06998", "06999")
# An employer whose industry is not known yet.
UNCLASSIFIED_NAICS = "999999"

# Community-college microregions, as counties are assigned to them in the reference seed.
MICROREGION = (
    "East Bay",
    "Greater Sacramento",
    "Inland Empire/Desert",
    "Los Angeles",
    "Mid-Peninsula",
    "North Bay",
    "Northern Central Valley-Mother Lode",
    "Northern Coastal",
    "Northern Inland",
    "Orange County",
    "San Diego/Imperial",
    "Santa Cruz & Monterey",
    "Silicon Valley",
    "South Central Coast",
    "Southern Central Valley-Mother Lode",
)
