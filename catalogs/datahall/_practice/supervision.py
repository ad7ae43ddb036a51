"""What departments know of companies: inspections, penalties, product checks, incidents, permits, loans, patents.

Every company named here stands in the register on the day in question. Inspections and incidents are drawn from the
companies of that day, whether or not they have left since, and both tell of the same trait that no table shows: care.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from .city import LAST_DAY, City
from .columns import dates, decimals, words
from .companies import INDUSTRY_CODES, capital_of, codes, day_of_life, draw_workplaces, register
from .draws import Raw, Shares, Whole, below, happens, quantile
from .tables import Rows

_FIELDS = ("fire", "work-safety", "food", "labour", "environment", "prices")
_FIELD = Shares([200, 260, 210, 130, 120, 80])
_RESULTS = ("passed", "to-correct", "failed")
_RESULT, _RESULT_OF_CARELESS = Shares([900, 81, 19]), Shares([500, 340, 160])
FAILED = 2
_CARELESS_PER_MILLE = 150  # of companies, all their life; together 84 % of inspections are passed and 4 % failed
_YEARS = 10  # that inspections and incidents reach back
_FINES = (2000, 5000, 10000, 20000, 50000, 200000)  # yuan, quintiles


@dataclass(frozen=True)
class Inspections:
    """Some inspections, by their number."""

    number: Whole
    company: Whole
    day: Whole
    result: Whole


def _is_careless(city: City, company: Whole) -> npt.NDArray[np.bool_]:
    """Say which companies are careless: inspections find more there, and more happens."""
    return happens(city.draw("company.careless", company), per_mille=_CARELESS_PER_MILLE)


def _days_in_register(city: City, company: Whole, bits: Raw) -> tuple[Whole, npt.NDArray[np.bool_]]:
    """Return days of the last years, and whether the companies stood in the register then.

    What is kept of them falls on each day and each company of that day alike, and says nothing of who leaves later.
    """
    firms, span = register(city), 365 * _YEARS
    day = LAST_DAY - span + 1 + below(bits, span)
    return day, (firms.established[company] <= day) & (day <= firms.last_day[company])


def _inspections(city: City, index: Whole) -> Inspections:
    company = below(city.draw("inspection.company", index), city.companies)
    day, stands = _days_in_register(city, company, city.draw("inspection.day", index))
    index, company, day = index[stands], company[stands], day[stands]
    bits = city.draw("inspection.result", index)
    result = np.where(_is_careless(city, company), _RESULT_OF_CARELESS.pick(bits), _RESULT.pick(bits))
    return Inspections(index, company, day, result)


def inspections_table(city: City, index: Whole) -> pl.DataFrame:
    """Return inspections of companies, drawn at random as the regulators' are."""
    found = _inspections(city, index)
    return pl.DataFrame(
        {
            "inspection": found.number,
            "credit_code": codes(city, found.company),
            "day": dates(found.day),
            "field": words(_FIELDS, _FIELD.pick(city.draw("inspection.field", found.number))),
            "result": words(_RESULTS, found.result),
        }
    )


def penalties_table(city: City, index: Whole) -> pl.DataFrame:
    """Return the penalties that followed the inspections that failed."""
    found = _inspections(city, index)
    failed = found.result == FAILED
    number, company, day = found.number[failed], found.company[failed], found.day[failed]
    decided = np.minimum(day + 3 + below(city.draw("penalty.day", number), 60), register(city).last_day[company])
    return pl.DataFrame(
        {
            "inspection": number,
            "credit_code": codes(city, company),
            "decided": dates(decided),
            "fine": quantile(city.draw("penalty.fine", number), points=_FINES) // 100 * 100,
            "paid": happens(city.draw("penalty.paid", number), per_mille=880),
        }
    )


_PRODUCTS = ("food", "textiles", "toys", "household-appliances", "furniture", "building-materials", "tools")
_PRODUCT = Shares([280, 160, 80, 140, 110, 150, 80])
_ITEMS = ("labelling", "additives", "contaminants", "strength", "electrical-safety", "durability")


def product_checks_table(city: City, index: Whole) -> pl.DataFrame:
    """Return sampling checks of manufacturers' products."""
    company = below(city.draw("check.company", index), city.companies)
    makes = register(city).industry[company] == INDUSTRY_CODES.index("C")
    index, company = index[makes], company[makes]
    day = day_of_life(city, company, city.draw("check.day", index), years=3)
    passed = ~happens(city.draw("check.passed", index), per_mille=66)
    item = words(_ITEMS, below(city.draw("check.item", index), len(_ITEMS)))
    return pl.DataFrame(
        {
            "sample": index,
            "credit_code": codes(city, company),
            "sampled": dates(day),
            "product": words(_PRODUCTS, _PRODUCT.pick(city.draw("check.product", index))),
            "passed": passed,
            "failed_item": item.zip_with(pl.Series(~passed), pl.Series([None], dtype=pl.String)),
        }
    )


_CAUSES = ("fall", "traffic", "machine", "electricity", "fire", "collapse", "object-strike", "poisoning")
_CAUSE = Shares([260, 240, 150, 70, 80, 70, 110, 20])
_DEATHS = Shares([560, 390, 38, 7, 3, 2])
_MOST_HURT = np.asarray([40, 20, 2, 1])  # at once, by size of company: far fewer than any of this size employs
_SMALLEST = 1_000  # people; of a smaller city no company is sure to employ more than one
# How dangerous an hour of work is, by trade, size of company and care: each per mille of the worst.
_DANGER = {"A": 350, "B": 1000, "C": 400, "D": 300, "E": 700, "F": 150, "G": 500, "H": 200, "N": 300, "O": 200}
_DANGER_OF_TRADE = np.asarray([_DANGER.get(code, 100) for code in INDUSTRY_CODES])
_DANGER_OF_SIZE = np.asarray([400, 600, 1000, 1000])
_DANGER_OF_THE_CAREFUL = 125


def _incidents(city: City, index: Whole) -> tuple[Whole, Whole, Whole]:
    """Return which hours of work ended in an incident, at which company, on which day."""
    company = draw_workplaces(city, "incident", index)
    day, stands = _days_in_register(city, company, city.draw("incident.day", index))
    firms, careless = register(city), _is_careless(city, company)
    happened = (
        stands
        & happens(city.draw("incident.trade", index), per_mille=_DANGER_OF_TRADE[firms.industry[company]])
        & happens(city.draw("incident.size", index), per_mille=_DANGER_OF_SIZE[firms.size[company]])
        & (careless | happens(city.draw("incident.care", index), per_mille=_DANGER_OF_THE_CAREFUL))
    )
    return index[happened], company[happened], day[happened]


def incidents_table(city: City, index: Whole) -> pl.DataFrame:
    """Return incidents at work, graded by deaths as the State Council's Decree 493 grades them.

    An index is an hour of somebody's work; few of them end in an incident, more where work is dangerous.
    """
    index, company, day = _incidents(city, index)
    most = _MOST_HURT[register(city).size[company]] if city.population >= _SMALLEST else 1
    deaths = np.minimum(most, _DEATHS.pick(city.draw("incident.deaths", index)))
    injured = quantile(city.draw("incident.injured", index), points=(0, 0, 1, 1, 2, 9))
    return pl.DataFrame(
        {
            "incident": index,
            "credit_code": codes(city, company),
            "day": dates(day),
            "cause": words(_CAUSES, _CAUSE.pick(city.draw("incident.cause", index))),
            "deaths": deaths,
            "injured": np.minimum(most - deaths, injured),
            "grade": words(("ordinary", "serious"), (deaths >= 3).astype(np.int64)),
        }
    )


_PERMITS = ("food-business", "hygiene", "construction", "road-transport", "discharge", "hazardous-goods", "publishing")
# How often a company has each kind: what its trade needs first. The last row is for all trades that are not named.
_PERMITS_OF = {
    "E": Shares([20, 20, 700, 60, 120, 60, 20]),
    "G": Shares([40, 20, 20, 740, 60, 110, 10]),
    "H": Shares([720, 220, 10, 10, 30, 5, 5]),
    "R": Shares([120, 160, 10, 20, 20, 5, 665]),
    "": Shares([450, 190, 25, 110, 125, 55, 45]),
}
_TRADE = np.asarray([list(_PERMITS_OF).index(code if code in _PERMITS_OF else "") for code in INDUSTRY_CODES])
_PERMIT_YEARS = np.asarray([5, 4, 3, 4, 5, 3, 5])


def permits_table(city: City, index: Whole) -> pl.DataFrame:
    """Return permits that companies hold or held."""
    company = below(city.draw("permit.company", index), city.companies)
    day = day_of_life(city, company, city.draw("permit.day", index), years=8)
    bits = city.draw("permit.kind", index)
    kind = np.choose(_TRADE[register(city).industry[company]], [each.pick(bits) for each in _PERMITS_OF.values()])
    return pl.DataFrame(
        {
            "permit": index,
            "credit_code": codes(city, company),
            "kind": words(_PERMITS, kind),
            "granted": dates(day),
            "expires": dates(day + _PERMIT_YEARS[kind] * 365),
        }
    )


_LOAN = (  # amounts in 10,000 yuan by size of company: quartiles
    (500, 2000, 5000, 12000, 50000),
    (100, 500, 1500, 4000, 10000),
    (20, 80, 200, 500, 1000),
    (2, 10, 25, 60, 200),
)
_CAPITAL_TIMES = 5  # the largest loan, in registered capital
_OVERDUE = 90  # days after which a loan that is not served is non-performing
_RATES = (300, 335, 365, 390, 430, 620)  # in 0.01 %, quintiles


def company_loans_table(city: City, index: Whole) -> pl.DataFrame:
    """Return bank loans to companies."""
    company = below(city.draw("loan.company", index), city.companies)
    size = register(city).size[company]
    bits = city.draw("loan.amount", index)
    months = np.asarray([6, 12, 12, 24, 36, 60])[below(city.draw("loan.months", index), 6)]
    day = day_of_life(city, company, city.draw("loan.day", index), years=5)
    bad = happens(city.draw("loan.bad", index), per_mille=16) & (day + _OVERDUE < LAST_DAY)
    amount = np.choose(size, [quantile(bits, points=points) for points in _LOAN])
    ended = day + months * 30 < LAST_DAY
    return pl.DataFrame(
        {
            "loan": index,
            "credit_code": codes(city, company),
            "granted": dates(day),
            "months": months,
            "amount": np.minimum(amount, _CAPITAL_TIMES * capital_of(city, company)),
            "rate": decimals(quantile(city.draw("loan.rate", index), points=_RATES), scale=100),
            "state": words(("running", "repaid", "non-performing"), np.where(bad, 2, ended.astype(np.int64))),
        }
    )


_KINDS_OF_PATENT = ("invention", "utility-model", "design")
_KIND_OF_PATENT = Shares([252, 573, 175])
_SECTIONS = ("A", "B", "C", "D", "E", "F", "G", "H")
_SECTION = Shares([130, 210, 90, 20, 70, 100, 210, 170])


def patents_table(city: City, index: Whole) -> pl.DataFrame:
    """Return patents that companies applied for."""
    company = below(city.draw("patent.company", index), city.companies)
    day = day_of_life(city, company, city.draw("patent.day", index), years=6)
    kind = _KIND_OF_PATENT.pick(city.draw("patent.kind", index))
    granted = day + np.asarray([400, 150, 120])[kind] + below(city.draw("patent.wait", index), 300)
    open_yet = (granted > LAST_DAY) | happens(city.draw("patent.refused", index), per_mille=150)
    return pl.DataFrame(
        {
            "patent": index,
            "credit_code": codes(city, company),
            "kind": words(_KINDS_OF_PATENT, kind),
            "section": words(_SECTIONS, _SECTION.pick(city.draw("patent.section", index))).zip_with(
                pl.Series(kind != 2), pl.Series([None], dtype=pl.String)
            ),
            "filed": dates(day),
            "granted": dates(granted).zip_with(pl.Series(~open_yet), pl.Series([None], dtype=pl.Date)),
        }
    )


TABLES = {
    "inspections": Rows(lambda city: city.companies * 3, inspections_table),
    "penalties": Rows(lambda city: city.companies * 3, penalties_table),
    "product-checks": Rows(lambda city: city.companies * 2, product_checks_table),
    "incidents": Rows(lambda city: city.one_per(5), incidents_table),
    "permits": Rows(lambda city: city.companies * 3 // 2, permits_table),
    "company-loans": Rows(lambda city: city.companies, company_loans_table),
    "patents": Rows(lambda city: city.population * 156 // 10_000, patents_table),
}
