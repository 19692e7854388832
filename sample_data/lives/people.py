"""Who the students are: background, school and what moves them.

Lives here: demographics, birth dates, twins and namesakes, ability and motivation. Does not: names
or numbers (`identity`) or anything that happens to them (`high_school`, `college`, `work`).
"""

from dataclasses import dataclass

import numpy as np

from sample_data.control import RACES
from sample_data.draws import Draws, day, log_odds
from sample_data.rates import Rates
from sample_data.world.places import World

# Students planned into the last cohort who stay in a transition programme to age 22, so that
# district deliveries reach the last academic years whatever the size of the state.
RESERVED = 3
FLAGS = ("is_economically_disadvantaged", "is_english_learner", "has_disability", "is_foster",
         "is_homeless")  # fmt: skip


@dataclass(frozen=True)
class People:
    """Ninth-graders; every array has one entry a person, and events name a person by its row.

    Attributes:
        person: Number in the state, from 0.
        origin: The person whose name, birth date, race and gender this one shares: a namesake's
            model, or the person itself.
        household: The older twin of `origin`, or `origin`: whose home, race and birth date it is.
        cohort: Calendar year grade 9 starts in.
        school: Row of the world's schools.
        gender: F, M or X.
        race: Row of `RACES`.
        birth_date: Days.
        is_economically_disadvantaged, is_english_learner, has_disability, is_foster, is_homeless:
            Programme groups.
        ability: Standard deviations; drives school and earnings, and no record holds it.
        motivation: The same, and independent of ability; drives who enters a pathway.
        is_reserved: Planned to stay in high school to age 22.
        seed: What their draws are keyed with.
    """

    person: np.ndarray
    origin: np.ndarray
    household: np.ndarray
    cohort: np.ndarray
    school: np.ndarray
    gender: np.ndarray
    race: np.ndarray
    birth_date: np.ndarray
    is_economically_disadvantaged: np.ndarray
    is_english_learner: np.ndarray
    has_disability: np.ndarray
    is_foster: np.ndarray
    is_homeless: np.ndarray
    ability: np.ndarray
    motivation: np.ndarray
    is_reserved: np.ndarray
    seed: int | str

    def __len__(self) -> int:
        """Return how many people there are."""
        return len(self.person)

    def draws(self, topic: str) -> Draws:
        """Return the random numbers of these people for a part of their lives."""
        return Draws(self.seed, topic, self.person)

    def of_race(self, values: dict[str, float]) -> np.ndarray:
        """Return each person's value of a table by race code."""
        return np.array([values[code] for code in RACES])[self.race]


def draw(world: World, person: np.ndarray, seed: int | str) -> People:
    """Return the people with these numbers; the same for each whoever else is asked for."""
    control, rates = world.control, world.rates
    cohort, school = world.place(person)
    reserved = _reserved(world, person)
    origin = _origin(world, person, seed)
    household = _household(world, origin, seed)
    home = Draws(seed, "households", household)
    race = home.pick("race", [control.race_mix[code] for code in RACES])
    own = Draws(seed, "people", person)
    women = (1 - control.nonbinary) * control.women
    gender = np.array(["F", "M", "X"])[
        Draws(seed, "people", origin).pick(
            "gender", (women, 1 - control.nonbinary - women, control.nonbinary)
        )
    ]
    # A class is born from 2 September to 1 September of the next year, 14 years before grade 9.
    born = day(cohort - 15, 9, 2 + home.whole("birthday", 0, 365))
    born = born - np.where(home.chance("held back", control.held_back), 365, 0)
    last = cohort == control.cohort_years[-1]
    born = np.where(reserved & last, day(cohort - 14, 3, 1 + person % RESERVED), born)
    poor = home.chance("poor", np.array(list(control.economically_disadvantaged.values()))[race])
    return People(
        person=person,
        origin=origin,
        household=household,
        cohort=cohort,
        school=school,
        gender=gender,
        race=race,
        birth_date=born,
        is_economically_disadvantaged=poor,
        is_english_learner=home.chance(
            "learner", np.array(list(control.english_learner.values()))[race]
        ),
        has_disability=reserved | own.chance("disability", control.disability),
        is_foster=home.chance(
            "foster", _leaning(rates, "foster", control.foster, control.foster_black, race == 3)
        ),
        is_homeless=home.chance(
            "homeless",
            _leaning(rates, "homeless", control.homeless, control.homeless_disadvantaged, poor),
        ),
        ability=own.normal("ability"),
        motivation=own.normal("motivation"),
        is_reserved=reserved,
        seed=seed,
    )


def _leaning(
    rates: Rates, name: str, share: float, effect: float, member: np.ndarray
) -> np.ndarray:
    return rates.chance(name, log_odds(share) + effect * member, share)


def _reserved(world: World, person: np.ndarray) -> np.ndarray:
    """Return the first students of the last cohort."""
    first = world.starts[-1 - len(world.school_ids)]
    return (person >= first) & (person < first + RESERVED)


def _origin(world: World, person: np.ndarray, seed: int | str) -> np.ndarray:
    """Return whose name and birth date each person has: mostly their own."""
    low, high = world.cohort_bounds(person)
    luck = Draws(seed, "namesakes", person)
    other = low + luck.whole("of", 0, high - low)
    shares = luck.chance("is one", world.control.namesakes) & ~_reserved(world, person)
    return np.where(shares & ~_reserved(world, other), other, person)


def _household(world: World, person: np.ndarray, seed: int | str) -> np.ndarray:
    """Return the older twin of each person, or the person.

    Neighbours by number, an even one and the odd one after it, can be twins.
    """
    older = person - person % 2
    pair = Draws(seed, "twins", older)
    twins = pair.chance("are twins", world.control.twins)
    same_class = np.stack(world.place(older)) == np.stack(world.place(np.maximum(person, older)))
    free = ~_reserved(world, older) & ~_reserved(world, older + 1)
    return np.where(twins & same_class.all(axis=0) & free, older, person)
