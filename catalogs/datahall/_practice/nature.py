"""What is measured out of doors: weather, air, the sea, fields; and what dwellings draw from the grid."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from .city import DISTRICT_WORDS, DISTRICTS, LAST_DAY, City
from .columns import dates, decimals, moments, words
from .draws import Whole, below, happens, quantile
from .dwellings import district_of_dwelling, dwelling_count, household_in
from .households import size_of
from .tables import Rows

_FIRST_DAY = int((np.datetime64("2020-01-01") - np.datetime64("1970-01-01")).astype(np.int64))
DAYS = LAST_DAY - _FIRST_DAY + 1

# Normals by month, of a city at this latitude and coast (Shanghai, 1991–2020, rounded): tenths of a degree; days with
# rain in per mille; and PM2.5 in µg/m³ in a Chinese city of today.
TEMPERATURE_BY_MONTH = (50, 67, 106, 160, 212, 247, 293, 289, 253, 200, 141, 75)
_WET = (330, 340, 400, 390, 360, 480, 400, 400, 330, 240, 280, 270)
_RAIN = (1, 3, 7, 13, 22, 35, 52, 76, 115, 180, 800)  # tenths of a millimetre on a day with rain, deciles
PM_BY_MONTH = (52, 44, 40, 34, 30, 24, 20, 20, 24, 31, 38, 49)
PM_FACTOR = (28, 45, 56, 66, 76, 86, 98, 114, 136, 168, 330)  # per cent, deciles


def station_count(city: City) -> int:
    """Return how many stations measure weather and air: one in each of the first districts."""
    return min(len(DISTRICTS), 3 + city.population // 250_000)


def by_day_of_year(values: tuple[int, ...], day: Whole) -> Whole:
    """Return monthly values for days since 1970, drawn out to a line between the middles of the months."""
    year = (day * 400) % 146_097 // 4  # hundredths of days into the mean year of 365.2425 days
    place = year * 12 * 256 // 36_525 - 128
    month, part = place >> 8, place & 0xFF
    table = np.asarray(values)
    between: Whole = table[month % 12] + (((table[(month + 1) % 12] - table[month % 12]) * part) >> 8)
    return between


def _swing(city: City, stream: str, station: Whole, day: Whole, *, size: int) -> Whole:
    """Return deviations that last some days: the sum of what the last five days and the station bring."""
    total = below(city.draw(f"{stream}.local", station * DAYS * 2 + day), size) - size // 2
    for back in range(5):
        total += below(city.draw(stream, day - back), 2 * size) - size
    return total


def _rain(city: City, station: Whole, day: Whole) -> Whole:
    wet = happens(city.draw("rain.day", day), per_mille=by_day_of_year(_WET, day))
    return np.where(wet, quantile(city.draw("rain.amount", station * DAYS * 2 + day), points=_RAIN), 0)


def weather_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the weather by station and day."""
    station, day = index // DAYS, _FIRST_DAY + index % DAYS
    rain = _rain(city, station, day)
    mean = by_day_of_year(TEMPERATURE_BY_MONTH, day) + _swing(city, "weather.mean", station, day, size=14)
    spread = 28 + below(city.draw("weather.spread", index), 30) - np.where(rain > 0, 14, 0)
    return pl.DataFrame(
        {
            "district": words(DISTRICT_WORDS, station),
            "day": dates(day),
            "mean": decimals(mean, scale=10),
            "lowest": decimals(mean - spread, scale=10),
            "highest": decimals(mean + spread + 4, scale=10),
            "rain": decimals(rain, scale=10),
            "humidity": np.minimum(
                100, 58 + below(city.draw("weather.humidity", index), 25) + np.where(rain > 0, 14, 0)
            ),
            "wind": decimals(quantile(city.draw("weather.wind", index), points=(4, 15, 21, 26, 32, 40, 120)), scale=10),
        }
    )


# Limits of PM2.5 (µg/m³, daily mean) and the index they stand for: HJ 633-2012.
_LIMITS = np.asarray([0, 35, 75, 115, 150, 250, 350, 500])
_INDEX = np.asarray([0, 50, 100, 150, 200, 300, 400, 500])


def air_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the air by station and day; rain, the same as in the weather, washes it."""
    station, day = index // DAYS, _FIRST_DAY + index % DAYS
    factor = quantile(city.draw("air.day", day), points=PM_FACTOR)
    local = 85 + below(city.draw("air.local", index), 31)
    washed = np.where(_rain(city, station, day) > 0, 70, 110)
    fine = np.clip(by_day_of_year(PM_BY_MONTH, day) * factor * local * washed // 1_000_000, 3, 499)
    step = np.searchsorted(_LIMITS, fine, side="right") - 1
    above, width = (fine - _LIMITS[step]) * (_INDEX[step + 1] - _INDEX[step]), _LIMITS[step + 1] - _LIMITS[step]
    index_value = _INDEX[step] - (-above // width)  # rounded up, as the standard has it
    return pl.DataFrame(
        {
            "district": words(DISTRICT_WORDS, station),
            "day": dates(day),
            "pm25": fine,
            "pm10": fine * (140 + below(city.draw("air.pm10", index), 60)) // 100,
            "aqi": index_value,
            "grade": words(_GRADES, np.searchsorted(np.asarray([50, 100, 150, 200, 300]), index_value)),
        }
    )


_GRADES = ("excellent", "good", "light", "moderate", "heavy", "severe")

# Tidal constituents: hours of a period, half the range in millimetres.
_TIDES = ((12.4206012, 1150), (12.0, 480), (12.65834751, 200), (23.93447213, 260), (25.81933871, 180))
_TURN = 1 << 32
_STEPS = tuple(round(_TURN / hours) for hours, _ in _TIDES)
_COSINE = np.asarray([round(10_000 * math.cos(2 * math.pi * step / 4096)) for step in range(4096)])
_HOURS = DAYS * 24


def sea_levels_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the sea level by hour: tides, which are the same for every seed, and what the wind adds."""
    day = _FIRST_DAY + index // 24
    tide = np.zeros(len(index), dtype=np.int64)
    for step, (_, half) in zip(_STEPS, _TIDES, strict=True):
        tide += half * _COSINE[(index * step % _TURN) >> 20]
    surge = _swing(city, "sea.surge", index * 0, day, size=30) + below(city.draw("sea.wave", index), 41) - 20
    return pl.DataFrame(
        {
            "time": moments(_FIRST_DAY * 86_400 + index * 3600),
            "tide": tide // 10_000,
            "level": tide // 10_000 + surge,
        }
    )


# Crops, with yields in kg/ha (China, 2023, rounded) and hectares of a village's usual field.
_CROPS = (("rice", 7140, 60), ("wheat", 5780, 50), ("maize", 6530, 45), ("soybeans", 1990, 25), ("rapeseed", 2130, 20))
_VILLAGES = 8  # in each of the outer districts
_OUTER = 6
_SEASONS = 10  # 2015 to 2024


def crops_table(city: City, index: Whole) -> pl.DataFrame:
    """Return area, yield and harvest by village, crop and year; a year is good or bad for all villages."""
    year, rest = index % _SEASONS, index // _SEASONS
    crop, village = rest % len(_CROPS), rest // len(_CROPS)
    field = np.asarray([area for *_, area in _CROPS])[crop]
    area = field * (60 + below(city.draw("crop.area", rest), 81)) // 100
    fortune = 90 + below(city.draw("crop.year", year * len(_CROPS) + crop), 21)
    per_hectare = np.asarray([mean for _, mean, _ in _CROPS])[crop] * fortune // 100
    per_hectare = per_hectare * (92 + below(city.draw("crop.yield", index), 17)) // 100
    return pl.DataFrame(
        {
            "district": words(DISTRICT_WORDS, len(DISTRICTS) - _OUTER + village // _VILLAGES),
            "village": village,
            "crop": words([name for name, *_ in _CROPS], crop),
            "year": 2015 + year,
            "area": area,
            "yield": per_hectare,
            "harvest": decimals(area * per_hectare, scale=1000),
        }
    )


_POWER = np.asarray([118, 104, 84, 74, 76, 92, 146, 152, 104, 76, 78, 96])  # per cent of a mean month
_KILOWATT_HOURS = (25, 45, 58, 70, 82, 98, 125, 260)  # a month, septiles of dwellings, for one person and a half
_POWER_FOR = np.asarray([0, 67, 104, 135, 160, 183, 203])  # per cent, by how many people live there


def electricity_table(city: City, index: Whole) -> pl.DataFrame:
    """Return what each dwelling drew from the grid in each month of 2024; empty ones draw next to nothing."""
    dwelling, month = index // 12, index % 12
    household, is_lived_in = household_in(city, dwelling)
    usual = quantile(city.draw("power.usual", household), points=_KILOWATT_HOURS) * 2
    usual = usual * _POWER_FOR[size_of(city, household)] // 100
    used = usual * _POWER[month] * (85 + below(city.draw("power.month", index), 31)) // 10_000
    return pl.DataFrame(
        {
            "dwelling": dwelling,
            "district": words(DISTRICT_WORDS, district_of_dwelling(city, dwelling)),
            "month": dates((np.datetime64("2024-01") + month).astype("datetime64[D]").astype(np.int64)),
            "energy": np.where(is_lived_in, used, below(city.draw("power.empty", index), 4)),
        }
    )


TABLES = {
    "weather": Rows(lambda city: station_count(city) * DAYS, weather_table),
    "air": Rows(lambda city: station_count(city) * DAYS, air_table),
    "sea-levels": Rows(lambda city: _HOURS, sea_levels_table),
    "crops": Rows(lambda city: _OUTER * _VILLAGES * len(_CROPS) * _SEASONS, crops_table),
    "electricity": Rows(lambda city: dwelling_count(city) * 12, electricity_table),
}
