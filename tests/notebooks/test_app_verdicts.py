"""What apps conclude: where there is something they say so, where there is nothing, too, and never more than that."""

from __future__ import annotations

import ast
import re

import pytest

from tests.notebooks.running import APPS

APP_OF = {path.parent.name: path for path in APPS}
# Run inside the app, after its cells: visits that follow the dust of some days before, by `sign`, with some noise.
FOLLOW = """
def find_verdict(delay, sign, noise):
    air = days[CITY].sort("day")
    dust, begin = air["pm25"].to_numpy(), air.height - 31
    lot = np.random.default_rng(20241201).normal(size=31) * dust.std()
    seen = sign * dust[begin - delay : air.height - delay] + noise * lot
    link = correlate_delays(air, pl.DataFrame({"day": air["day"][begin:], "visits": seen}))
    return link.verdict, judge_link(link)
"""

# Run there, too: visits by lot, each like that of the day before, at any time of the record.
BY_LOT = """
def count_alarms(tries):
    air, lot, alarms = days[CITY].sort("day"), np.random.default_rng(1), 0
    for _ in range(tries):
        seen, begin = lot.normal(size=31), int(lot.integers(LONGEST_DELAY, air.height - 31))
        for day in range(1, 31):
            seen[day] += 0.6 * seen[day - 1]
        link = correlate_delays(air, pl.DataFrame({"day": air["day"][begin : begin + 31], "visits": seen}))
        alarms += link.verdict != "none"
    return alarms
"""


@pytest.fixture
def find_verdict(run):
    """Return what the app on air and health concludes of visits made to follow the dust."""

    def ask(delay: int, *, sign: int, noise: float, language: str = "en") -> tuple[str, str]:
        value = f"(exec({FOLLOW!r}, globals()), find_verdict({delay}, {sign}, {noise}))[1]"
        found: tuple[str, str] = ast.literal_eval(run(APP_OF["air-weather-health"], language=language).read(value))
        return found

    return ask


@pytest.mark.parametrize(
    ("delay", "when"), [(0, "on the same day"), (1, "1 day later"), (5, "5 days later")], ids=["same", "next", "later"]
)
def test_visits_that_rise_after_dust_are_evidence_for_it(find_verdict, delay: int, when: str) -> None:
    verdict, words = find_verdict(delay, sign=1, noise=0.3)

    assert verdict == "rise"
    assert words.startswith("Evidence that they do")
    assert f"strongest {when}" in words
    assert "1 days" not in words


def test_visits_that_fall_after_dust_are_evidence_of_the_contrary(find_verdict) -> None:
    verdict, words = find_verdict(2, sign=-1, noise=0.3)

    assert verdict == "fall"
    assert words.startswith("Evidence of the contrary")
    assert find_verdict(2, sign=-1, noise=0.3, language="zh")[1].startswith("有相反的证据")


def test_visits_that_have_nothing_to_do_with_dust_are_no_evidence(run) -> None:
    app = run(APP_OF["air-weather-health"])
    sprains = 'correlate_delays(days[CITY], count_visits(CITY, "sprain"))'

    assert ast.literal_eval(app.read(f"{sprains}.verdict")) == "none"
    assert "No evidence that they do, nor of the contrary" in app.read(f"judge_link({sprains})")


def test_of_visits_drawn_by_lot_few_are_taken_for_evidence_whatever_they_have_of_the_day_before(run) -> None:
    """At most what the test promises, 5 %, and what chance adds to 5 % of 200: three standard errors, 4.6 %."""
    value = f"(exec({BY_LOT!r}, globals()), count_alarms(200))[1]"

    alarms = int(run(APP_OF["air-weather-health"]).read(value))

    assert alarms <= 200 * 0.096


def test_practice_data_is_said_to_show_links_by_chance_alone_and_real_data_is_not(run) -> None:
    app = run(APP_OF["air-weather-health"])
    sentence = 'render(place=CITY, year=2024, weather="rain", illness="breathing").sentence'
    real = f"(globals().update(IS_PRACTICE=False), {sentence}, globals().update(IS_PRACTICE=True))[1]"

    assert "can only be chance" in app.read("board.sentence.value").partition("2024")[0]
    assert app.read(real).strip("'\"").startswith("2024: fine dust")


@pytest.mark.parametrize(
    ("frequency", "age", "points"),
    [
        ("never", 9000, 20), ("P1Y", 700, 20), ("P1Y", 1000, 15), ("P1M", 60, 20), ("P1M", 90, 15), ("P1M", 240, 10),
        ("P1M", 700, 5), ("P1D", 60, 20), ("PT1M", 90, 15), ("P3M", 180, 20), ("irregular", 300, 20),
        ("irregular", 700, 15),
    ],
)  # fmt: skip
def test_data_is_fresh_by_the_cycle_that_its_card_declares(run, frequency: str, age: int, points: int) -> None:
    monitor = run(APP_OF["openness-monitor"])

    day = f"TODAY - __import__('datetime').timedelta(days={age})"
    assert float(monitor.read(f"score_fresh({day}, frequency={frequency!r})")) == points


def test_every_frequency_of_the_vocabulary_is_a_cycle_or_known_to_be_none(run) -> None:
    monitor = run(APP_OF["openness-monitor"])

    without = monitor.read("[each for each in datahall.frequencies() if find_cycle(each) is None]")

    assert set(ast.literal_eval(without)) == {"irregular", "never"}


def test_no_dataset_is_newer_than_today_and_what_is_complete_is_not_late(run) -> None:
    monitor = run(APP_OF["openness-monitor"])

    assert monitor.read("bool(scores['last_day'].max() <= TODAY)") == "True"
    assert monitor.read("scores.filter('is_complete')['fresh'].unique().to_list()") == "[20.0]"


def test_uses_are_dashes_where_nobody_counts_and_numbers_where_somebody_does(run) -> None:
    monitor = run(APP_OF["openness-monitor"])
    shown = '(lambda view: (view.sentence, view.table.html))(render(rows="theme", theme=ALL, publisher=ALL, by="used"))'
    told = "UseCounts({'weather/seattle-weather': Use(3, 20, 1400, 30)}, 30, TODAY)"
    count = f"(exec('from datahall.uses import Use'), globals().update(counts={told}), globals().update("
    count += f"scores=load_scores(counts)), {shown})[-1]"

    sentence, table = ast.literal_eval(monitor.read(shown))
    assert "How they are used is not counted here." in sentence
    assert '<td class="number">–</td>' in table

    sentence, table = ast.literal_eval(monitor.read(count))
    assert re.search(r"Used in the last 30 days: 1 of \d+, 1,423 times in all. Used most is Weather, 1,423", sentence)
    assert '<td class="number">1,400</td>' in table
    assert '<td class="number">–</td>' not in table


def test_a_correlation_of_nothing_has_no_sign(run) -> None:
    crops = run(APP_OF["crops-and-climate"])
    shares = "[('years', 50.0, 10.0)]"
    seen = "describe(pl.DataFrame({'year': [2020], 'yield_': [1.0]}), " + shares + ", (-0.001, 1, 2, 5), "
    seen += "crop=board.controls['crop'].value, district=board.controls['district'].value, "
    seen += "weather=board.controls['weather'].value, part=board.controls['part'].value)"

    assert "correlate by 0.00 over" in crops.read(seen)
