"""Sensors of the city's air that send a reading a minute, as such sensors do: late at times, twice, or nonsense.

What was delivered between two moments follows from city and moments alone, so that everybody sees the same feed.
"""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import polars as pl

from .city import DISTRICT_WORDS, City
from .columns import decimals, moments, words
from .draws import Whole, below, happens, quantile
from .nature import PM_BY_MONTH, PM_FACTOR, TEMPERATURE_BY_MONTH, by_day_of_year, station_count

INTERVAL = 60  # seconds between two readings of a sensor
LATEST = 20 * 3600  # seconds after which a reading is sent, or sent again, at the latest
_PER_STATION = 2
_READINGS_TO_BREAK = 5_000  # of which one is no number
_SECONDS, _DAY = 86_400, 8 * 3600  # the city's clock is eight hours ahead of UTC

# Seconds until a reading is sent: most at once, a few after a gap of the network, some after hours.
_DELAY = (1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 22, 25, 28, 30, 35, 40, 90, 900, LATEST)
_AGAIN = (20, 60, 600, 7200)  # seconds until a doubled reading is sent once more
# Per cent of the day's mean by three hours of the local day: traffic in the morning and evening.
_BY_HOUR = (84, 78, 104, 122, 98, 92, 112, 106)


def sensor_count(city: City) -> int:
    """Return how many sensors there are: two at each station."""
    return station_count(city) * _PER_STATION


def write_delivered(city: City, feed: str, *, first: int, since: int, until: int) -> tuple[bytes, bytes]:
    """Return the CSV header, and in order the lines delivered after `since` up to `until`, measured from `first` on.

    All three are seconds since 1970.
    """
    assert feed == "air-sensors"
    frame = readings_delivered(city, since=since, until=until)
    frame = frame.filter(pl.col("time") >= datetime.fromtimestamp(first, UTC).replace(tzinfo=None))
    file = io.BytesIO()
    frame.write_csv(file, datetime_format="%Y-%m-%dT%H:%M:%SZ")
    head, _, body = file.getvalue().partition(b"\n")
    return head + b"\n", body


def readings_delivered(city: City, *, since: int, until: int) -> pl.DataFrame:
    """Return the readings delivered in that time, as text where a broken sensor sends no number."""
    sensors = sensor_count(city)
    first, last = (since - LATEST - _AGAIN[-1]) // INTERVAL, until // INTERVAL
    minute = np.repeat(np.arange(first, last + 1, dtype=np.int64), sensors)
    sensor = np.tile(np.arange(sensors, dtype=np.int64), last - first + 1)
    index = minute * sensors + sensor
    sent = minute * INTERVAL + quantile(city.draw("sensor.delay", index), points=_DELAY)
    is_doubled = happens(city.draw("sensor.doubled", index), per_mille=15)
    again = sent + quantile(city.draw("sensor.again", index), points=_AGAIN)
    both = [(sent, np.ones(len(index), dtype=bool)), (again, is_doubled)]
    parts = [
        _readings(city, minute=minute[chosen], sensor=sensor[chosen], sent=moment[chosen], is_second=number == 1)
        for number, (moment, is_there) in enumerate(both)
        for chosen in [is_there & (moment > since) & (moment <= until)]
    ]
    return pl.concat(parts).sort("sent", "sensor", "time").drop("sent")


def _readings(city: City, *, minute: Whole, sensor: Whole, sent: Whole, is_second: bool) -> pl.DataFrame:
    index = minute * sensor_count(city) + sensor
    seconds, station = minute * INTERVAL, sensor // _PER_STATION
    day, hour = (seconds + _DAY) // _SECONDS, (seconds + _DAY) % _SECONDS // 3600
    daily = by_day_of_year(PM_BY_MONTH, day) * quantile(city.draw("air.day", day), points=PM_FACTOR) // 100
    local = 85 + below(city.draw("sensor.local", day * 64 + station), 31)
    noise = 92 + below(city.draw("sensor.noise", index), 17)
    fine = np.maximum(daily * np.asarray(_BY_HOUR)[hour // 3] * local * noise // 100_000, 20)  # tenths
    if is_second:  # every third of those sent again puts the first right
        fine += np.where(below(city.draw("sensor.corrected", index), 3) == 0, 7, 0)
    warmth = by_day_of_year(TEMPERATURE_BY_MONTH, day) - 30 + np.asarray((0, -8, 4, 38, 62, 66, 40, 14))[hour // 3]
    warmth += below(city.draw("sensor.warmth", index), 9) - 4
    is_broken = below(city.draw("sensor.broken", index), _READINGS_TO_BREAK) == 0
    return pl.DataFrame(
        {
            "sensor": words([f"AQ-{number:03}" for number in range(1, sensor_count(city) + 1)], sensor),
            "district": words(DISTRICT_WORDS, station),
            "time": moments(seconds),
            "pm25": decimals(fine, scale=10),
            "temperature": decimals(warmth, scale=10),
            "humidity": 45 + below(city.draw("sensor.humidity", index), 40),
            "sent": sent,
        }
    ).with_columns(
        pl.when(pl.Series(is_broken)).then(pl.lit("ERR")).otherwise(pl.col("pm25").cast(pl.String)).alias("pm25")
    )
