"""Who the students are: background, school and what they are good at.

Lives here: demographics, birth dates, twins and namesakes, schools. Does not: names or numbers
(`identity`) or anything that happens to them (`high_school`, `college`, `work`).
"""

import numpy as np
import polars as pl

from sample_data.control import RACES, Control, stream
from sample_data.draws import calibrated, day, log_odds, pick
from sample_data.world import World

# Students planned into the last cohort who stay in a transition programme to age 22, so that
# district deliveries reach the last academic years whatever the size of the state.
RESERVED = 3


def draw(control: Control, world: World, cohort: int) -> pl.DataFrame:
    """Return the ninth-graders of a cohort, one row a person.

    Returns:
        Columns: cohort (calendar year of grade 9), gender, race, the five flags, birth_date, school
        (row of the world's schools), ability (standard deviations), twin_of and namesake_of (row in
        the cohort, -1 for none).
    """
    index = cohort - control.first_ninth_grade_year
    bounds = np.linspace(0, control.students, control.cohorts + 1).astype(int)
    n = int(bounds[index + 1] - bounds[index])
    rng = stream(control, "people", cohort)
    race = np.array(RACES)[pick(rng, [control.race_mix[r] for r in RACES], n)]
    women = (1 - control.nonbinary) * 0.487
    gender = np.array(["F", "M", "X"])[
        pick(rng, [women, 1 - control.nonbinary - women, control.nonbinary], n)
    ]
    # A class is born from 2 September to 1 September of the next year, 14 years before grade 9.
    born = day(cohort - 15, 9, 2 + rng.integers(0, 365, n))
    born = born - np.where(rng.random(n) < control.held_back, 365, 0)
    poor = rng.random(n) < by_race(control.economically_disadvantaged, race)
    learner = rng.random(n) < by_race(control.english_learner, race)
    disability = rng.random(n) < control.disability
    foster = rng.random(n) < _shifted(control.foster, 0.9 * (race == "RB"))
    homeless = rng.random(n) < _shifted(control.homeless, 1.2 * poor)
    sizes = rng.uniform(0.7, 1.4, len(world.school_ids))
    school = pick(rng, sizes, n)
    ability = rng.normal(size=n)
    if cohort == control.cohort_years[-1]:
        disability[:RESERVED] = True
        born[:RESERVED] = day(cohort - 14, 3, np.arange(1, RESERVED + 1))
    twin_of, namesake_of = _doubles(control, rng, n)
    for original in (twin_of, namesake_of):
        copies = np.flatnonzero(original >= 0)
        born[copies] = born[original[copies]]
        race[copies] = race[original[copies]]
    copies = np.flatnonzero(twin_of >= 0)
    for shared in (poor, foster, homeless, learner, school):
        shared[copies] = shared[twin_of[copies]]
    copies = np.flatnonzero(namesake_of >= 0)
    gender[copies] = gender[namesake_of[copies]]
    return pl.DataFrame(
        {
            "cohort": np.full(n, cohort),
            "gender": gender,
            "race": race,
            "is_economically_disadvantaged": poor,
            "is_english_learner": learner,
            "has_disability": disability,
            "is_foster": foster,
            "is_homeless": homeless,
            "birth_date": born,
            "school": school,
            "ability": ability,
            "twin_of": twin_of,
            "namesake_of": namesake_of,
        }
    )


def by_race(values: dict[str, float], race: np.ndarray) -> np.ndarray:
    """Return each person's value of a table by race code."""
    result = np.zeros(len(race))
    for code in RACES:
        result[race == code] = values[code]
    return result


def _shifted(target: float, logits: np.ndarray) -> np.ndarray:
    return calibrated(log_odds(target) + logits, target)


def _doubles(control: Control, rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return whom each person is a twin of, and whose name and birth date they share."""
    # Reserved students stay as they are; at least one pair of each kind in any cohort.
    free = RESERVED + rng.permutation(n - RESERVED)
    twins = max(1, round(n * control.twins / 2))
    namesakes = max(1, round(n * control.namesakes / 2))
    twin_of, namesake_of = np.full(n, -1), np.full(n, -1)
    twin_of[free[:twins]] = free[twins : 2 * twins]
    rest = free[2 * twins :]
    namesake_of[rest[:namesakes]] = rest[namesakes : 2 * namesakes]
    return twin_of, namesake_of
