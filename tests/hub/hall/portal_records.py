"""The records of an invented portal that the small hall has harvested: a tame one, a hostile one, a bare one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from datahall._harvesting.record import Contact, Distribution, Harvest, Note, Record, RecordField
from datahall._records.harvest_run import HarvestRun
from datahall._records.record_store import RecordStore
from datahall._records.records_file import writing

BAD = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
TAME = Record(
    kind="dcat-us",
    id="NOISE-7",
    name="noise",
    title={"en": "Noise at work", "zh": "工作噪声"},
    description={"en": "Samples of noise.\nSecond line."},
    keywords={"en": ("noise", "mines")},
    publisher={"en": "Mine Safety"},
    license=None,
    license_texts=("Ask us first",),
    access="open",
    access_text="public",
    frequency=None,
    frequency_text="R/P1W-ish",
    modified=date(2024, 3, 1),
    homepage="https://mines.example.org/noise",
    contact=Contact(name="Data office", email="office@mines.example.org"),
    distributions=(
        Distribution(url="https://mines.example.org/noise.csv", format="csv", bytes=123_456, title="All samples"),
        Distribution(url="https://mines.example.org/noise", format_text="Something odd"),
    ),
    retired="deprecated",
    replaced_by="bare",
    notes=(Note(field="frequency", value="R/P1W-ish", reason="not a frequency that is known"),),
)
HOSTILE = Record(
    kind="ckan",
    id=BAD,
    name="hostile",
    title={"en": BAD},
    description={"en": BAD},
    keywords={"en": (BAD[:100],)},
    publisher={"en": BAD},
    publisher_address="javascript:alert(3)",
    license_texts=(BAD,),
    rights=(BAD,),
    access="restricted",
    access_text=BAD,
    spatial=(BAD,),
    homepage="javascript:alert(4)",
    contact=Contact(name=BAD, email=BAD, address="data:text/html,<script>alert(5)</script>"),
    distributions=tuple(
        Distribution(url=url, title=BAD, format_text=BAD)
        for url in ("javascript:alert(6)", " jAvAsCrIpT:alert(7)", "data:text/html;base64,PHN2Zz4=", "//evil", BAD)
    ),
    retired="withdrawn",
    retired_text=BAD,
    replaced_by="javascript:alert(8)",
    notes=(Note(field="title", value=BAD, reason=BAD),),
)


BARE = Record(
    kind="frictionless",
    id="bare",
    name="bare",
    title={"en": "Bare facts", "zh": "简要事实"},
    spatial=("State and County", "US-WA", "https://places.example.org/7"),
    access="open",
    distributions=(
        Distribution(url="data/bare.csv", format="csv"),
        Distribution(url="https://bare.example.org/about.html"),
        Distribution(url=f"https://bare.example.org/{'x' * 90}.7z", format="csv", packed="7z", format_text="7Z"),
        Distribution(url="https://bare.example.org/more.7z", format_text="7Z", packed="7z", title="All packed"),
    ),
    fields=(
        RecordField(name="x" * 77, type="string", title={"en": "<b>Farm</b> of **all**"}),
        RecordField(name="y", type="w" * 90, description={"en": f"See https://bare.example.org/{'z' * 120}"}),
    ),
)

MANY = Record(
    kind="ckan",
    id="many",
    name="many",
    title={"und": "公交客流"},
    description={"und": "## 说明\n\n**公交**客流，见[目录](https://many.example.org/list)。"},
    access="open",
    distributions=tuple(
        Distribution(url=f"https://many.example.org/{number}.csv", format="csv", title=f"File {number}")
        for number in range(1, 26)
    ),
    fields=(
        RecordField(name="stop", type="string", title={"zh": "站点"}, description={"zh": "上车的站点"}),
        RecordField(name="riders", type="money<b>", title={"en": BAD}, unit="persons"),
        *(RecordField(name=f"more_{number}", type="any") for number in range(1, 33)),
    ),
)


def keep(home: Path, *records: Record) -> None:
    """Keep `records` as those of the portal `trial`, which has no others."""
    with writing(home / "index/records.sqlite") as connection:
        run = HarvestRun(connection, name="trial", address="https://example.org/data.json")
        run.keep_page("https://example.org/data.json", Harvest(kind="dcat-us", records=records))
        run.finish(kind="dcat-us")


def find_ids(home: Path) -> dict[str, str]:
    """Return the ids of the kept records here, by their ids there."""
    return {stored.record.id: stored.id for stored in RecordStore(home / "index/records.sqlite").changes()}
