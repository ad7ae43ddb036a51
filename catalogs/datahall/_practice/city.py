"""The city: its population and seed, its day, its districts and how many there are of everything.

The city is called 例城 (Licheng, "example town") and lies in the open sea. Its division codes begin with 19, which
GB/T 2260 has never assigned: in North China (1x) only 11 to 15 are in use, and no other code was since 1980.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from ..errors import N_, DatahallError
from .draws import Raw, Shares, Whole, draw, key_of
from .tables import POPULATION_LIMIT, SEED_LIMIT

TODAY = date(2024, 12, 31)
EPOCH = date(1970, 1, 1)
LAST_DAY = (TODAY - EPOCH).days
YEAR = TODAY.year
CITY_CODE = 1901
LATITUDE, LONGITUDE = 300_000, 1_245_000  # in 1/10,000 degree: open sea east of the Yangtze's mouth

# Names of our own making; the share of the population that lives there, in per mille.
DISTRICTS = (
    ("春和区", "Chunhe", 95), ("夏园区", "Xiayuan", 90), ("秋澄区", "Qiucheng", 85), ("冬岭区", "Dongling", 80),
    ("东桥区", "Dongqiao", 75), ("南埠区", "Nanbu", 70), ("西苑区", "Xiyuan", 65), ("北塘区", "Beitang", 60),
    ("青禾区", "Qinghe", 55), ("白露区", "Bailu", 50), ("红枫区", "Hongfeng", 50), ("蓝湾区", "Lanwan", 45),
    ("松涛区", "Songtao", 40), ("竹影区", "Zhuying", 35), ("梅坞区", "Meiwu", 35), ("兰亭区", "Lanting", 30),
    ("云栖区", "Yunqi", 20), ("月牙区", "Yueya", 20),
)  # fmt: skip
DISTRICT_CODES = tuple(CITY_CODE * 100 + number for number in range(1, len(DISTRICTS) + 1))
DISTRICT_WORDS = tuple(str(code) for code in DISTRICT_CODES)
DISTRICT_SHARES = Shares([share for _, _, share in DISTRICTS])


@dataclass(frozen=True)
class City:
    """A population and a seed; from nothing else everything follows."""

    population: int
    seed: int

    def __post_init__(self) -> None:
        if not 1 <= self.population <= POPULATION_LIMIT:
            raise DatahallError(
                N_("A practice city has 1 to {limit} people, not {population}."),
                code="practice-size",
                limit=f"{POPULATION_LIMIT:,}",
                population=f"{self.population:,}",
                hint=N_("Choose another population."),
            )
        if not 0 <= self.seed <= SEED_LIMIT:
            raise DatahallError(
                N_("The seed of a practice city is a number from 0 to 2⁶³ - 1, not {seed}."),
                code="practice-seed",
                seed=self.seed,
                hint=N_("Choose another seed."),
            )

    def draw(self, stream: str, index: Whole | Raw) -> Raw:
        """Return 64 random bits for each index of a stream."""
        return draw(key_of(self.seed, stream), index)

    def key(self, stream: str) -> int:
        """Return the key of a stream, for orders."""
        return key_of(self.seed, stream)

    @cached_property
    def companies(self) -> int:
        """How many companies the register has ever held."""
        return self.population // 24 + 8

    def one_per(self, people: int, *, at_least: int = 1) -> int:
        """Return how many there are of what serves so many people each."""
        return max(at_least, self.population // people)
