"""Words, dates, places and formats of other portals, in all their spellings."""

from __future__ import annotations

from datetime import date

import pytest
from datahall import formats, frequencies, licenses, themes
from datahall._harvesting.dates import last_date, read_date, read_period
from datahall._harvesting.places import find_box
from datahall._harvesting.words import (
    find_access,
    find_format,
    find_frequency,
    find_language,
    find_license,
    find_theme,
    load_spellings,
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("licenses", licenses),
        ("frequencies", frequencies),
        ("formats", formats),
        ("themes", lambda: {theme.id for theme in themes()} | {"none"}),
        ("access", lambda: {"open", "conditional", "restricted"}),
        ("retirements", lambda: {"deprecated", "withdrawn"}),
    ],
)
def test_every_spelling_is_of_a_word_of_ours(name: str, words) -> None:
    listed = load_spellings(name)
    used = {*listed.words.values(), *listed.addresses.values(), *listed.beginnings.values()}
    assert used <= set(words())
    if name != "licenses":
        assert used == set(words())


@pytest.mark.parametrize(
    ("text", "license"),
    [
        ("https://creativecommons.org/licenses/by/4.0/legalcode", "CC-BY-4.0"),
        ("http://creativecommons.org/licenses/by/4.0/deed.zh-hans", "CC-BY-4.0"),
        ("CC BY 4.0", "CC-BY-4.0"),
        ("cc-by", "LicenseRef-CC-BY"),
        ("http://creativecommons.org/licenses/by/2.5/se/", "LicenseRef-CC-BY"),
        ("https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"),
        ("CC BY-NC-SA 4.0", "CC-BY-NC-SA-4.0"),
        ("http://creativecommons.org/licenses/by-nd/4.0/legalcode", "CC-BY-ND-4.0"),
        ("https://spdx.org/licenses/CC-BY-NC-ND-4.0", "CC-BY-NC-ND-4.0"),
        ("https://creativecommons.org/licenses/by-nc/3.0/", "LicenseRef-CC-BY-NC"),
        ("https://creativecommons.org/licenses/by-nc-nd/3.0/de/", "LicenseRef-CC-BY-NC-ND"),
        ("Public Domain\nBoston Redevelopment Authority", "LicenseRef-Public-Domain"),
        ("http://publications.europa.eu/resource/authority/licence/CC0", "CC0-1.0"),
        ("https://www.usa.gov/government-works", "LicenseRef-US-Government"),
        ("ODbL-1.0", "ODbL-1.0"),
        ("https://creativecommons.org", None),
        ("https://project-open-data.cio.gov/unknown-license/", None),
        ("other-open", None),
        ("Not Public Domain", None),
        ("https://example.org/?see=https://creativecommons.org/publicdomain/zero/1.0/", None),
        ("https://creativecommons.org/licenses/by-xx/4.0/", None),
        ("CC BY 4.0\nCC BY-NC 4.0", None),
        ("Public Domain\nFor research only", None),
        ("Public Domain\nAll rights reserved", None),
        ("Public Domain\nALL RIGHTS RESERVED", None),
        ("Public Domain\nNoncommercial Use", None),
        ("Public Domain\nask us before use", None),
        ("Public Domain\n保留所有权利", None),
        ("CC BY 4.0\n未经许可请勿转载", None),
        ("CC BY 4.0\n非商业用途", None),
        ("CC BY 4.0\nTodos los derechos reservados", None),
        ("CC BY 4.0\nTous droits réservés", None),
        ("CC BY 4.0\nAlle Rechte vorbehalten", None),
        ("CC BY 4.0\nhttps://data.example/terms/reuse", "CC-BY-4.0"),
        ("CC BY 4.0\nMayor's Office - 24 Hour Hotline(http://city.example/24/)", "CC-BY-4.0"),
        ("CC BY 4.0\nDepartment of Health and Social Care", "CC-BY-4.0"),
        ("This is no longer under http://creativecommons.org/licenses/by/4.0/", None),
        ("x" * 600 + " https://creativecommons.org/publicdomain/zero/1.0/", None),
        ("", None),
    ],
)
def test_a_licence_is_told_or_unknown_but_never_more_open(text: str, license: str | None) -> None:
    assert find_license(text) == license


@pytest.mark.parametrize(
    ("text", "frequency"),
    [
        ("R/P1Y", "P1Y"), ("Annual", "P1Y"), ("annually", "P1Y"), ("Anual", "P1Y"), ("每年", "P1Y"),
        ("http://publications.europa.eu/resource/authority/frequency/WEEKLY", "P1W"),
        ("http://purl.org/cld/freq/continuous", "PT1S"), ("Diária", "P1D"), ("DIARIO", "P1D"), ("Quinzenal", "P2W"),
        ("Não Regular", "irregular"), ("Half-yearly", "P6M"), ("R/PT1S", "PT1S"), ("biweekly", None),
        ("Twice weekly", None), ("Mensal, a partir da segunda quinzena do mês", None),
    ],
)  # fmt: skip
def test_a_frequency_is_told_in_all_spellings(text: str, frequency: str | None) -> None:
    assert find_frequency(text) == frequency


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("CSV (zipped)", ("csv", "zip")), ("zip+csv", ("csv", "zip")), (".cvs", ("csv", None)), ("CSV.", ("csv", None)),
        ("text/csv; charset=utf-8", ("csv", None)), ("application/rdf+xml", (None, None)), ("PDF", (None, None)),
        ("http://publications.europa.eu/resource/authority/file-type/GEOJSON", ("geojson", None)),
        ("https://www.iana.org/assignments/media-types/text/csv", ("csv", None)), ("CSV, JSON", (None, None)),
        ("application/zip", (None, "zip")), ("SHP", ("shapefile", None)), ("XSLX", ("xlsx", None)),
        ("GTFS-RT", ("gtfs-realtime", None)),
    ],
)  # fmt: skip
def test_a_format_is_told_in_all_spellings(text: str, kind: tuple[str | None, str | None]) -> None:
    assert find_format(texts=[text], media_type="", url="https://x.org/file") == kind


@pytest.mark.parametrize(
    ("texts", "media_type", "file", "kind"),
    [
        ([], "", "b.csv.gz?v=1.zip", ("csv", "gzip")),
        ([], "application/octet-stream", "b.csv", ("csv", None)),
        (["ZIP"], "", "b.csv.zip", ("csv", "zip")),
        (["CSV"], "text/csv", "b.csv.gz", ("csv", "gzip")),
        (["CSV"], "application/zip", "b.csv", ("csv", None)),
        (["CSV"], "application/zip", "download", ("csv", "zip")),
        (["XLSX"], "application/zip", "b.xlsx", ("xlsx", None)),
        (["PNG"], "", "b.csv", (None, None)),
        ([], "image/png", "b.xml", (None, None)),
    ],
)
def test_an_address_tells_the_format_only_where_nothing_else_does(texts, media_type, file, kind) -> None:
    assert find_format(texts=texts, media_type=media_type, url=f"https://x.org/a/{file}") == kind


@pytest.mark.parametrize(
    ("stages", "theme"),
    [
        ([["http://publications.europa.eu/resource/authority/data-theme/TRAN"]], "transport"),
        ([["Saúde"]], "health"),
        ([["http://vocab.e.gov.br/2011/03/vcge#transporte-rodoviario-passageiros"]], "transport"),
        ([[], ["地铁", "客流"]], "transport"),
        ([[], ["coal production", "solar panels", "schools"]], "resources"),
        ([["http://eurovoc.europa.eu/100151", "http://eurovoc.europa.eu/100159"], ["electricity"]], "resources"),
        ([["Government"], ["crop yields"]], "agriculture"),
        ([[], [], ["Unemployment rate - Quarterly series"]], "employment"),
        ([["http://publications.europa.eu/resource/authority/data-theme/GOVE"]], None),
        ([["CEO", "OASP"]], None),
        ([["Food safety"], ["school meals"]], "quality"),
        ([[], ["the social media of our office"]], None),
        ([[], [], ["Business climate and turning-point indicators"]], "statistics"),
        ([[], [], ["Climat des affaires"]], None),
        ([[], [], ["Indicateurs de climat des affaires", "Business climate"]], None),
        (
            [[], ["climate", "consumption", "performance"], ["Annual Performance Data Department of Energy"]],
            "resources",
        ),
        ([[], ["climate"], ["The climate among our staff"]], None),
        ([["Climate"]], "weather"),
        ([[], [], ["Data of the enterprise"]], None),
        ([["Enterprise"]], "enterprise"),
        ([[], ["sea"], ["Self Employment Assistance"]], "employment"),
        ([[], ["Coast Guard", "Marines", "Marine Corps"]], None),
        ([[], ["marine biology"]], "ocean"),
        ([[], ["sea", "fisheries"]], "ocean"),
        ([[], ["climate", "rainfall"]], "weather"),
        ([[], ["Human Resources"], ["FOIA"]], None),
        ([[], [], ["Students, hospitals and police of the town"]], None),
        ([[], [], ["Police and bus stops"]], "safety"),
    ],
)
def test_a_theme_is_told_by_categories_then_keywords_then_the_title(stages: list[list[str]], theme: str | None) -> None:
    found, words = find_theme(*stages)
    assert found == theme
    assert bool(words) == (theme is not None)


def test_every_ambiguous_word_is_a_spelling_of_a_theme() -> None:
    spelt = load_spellings("themes").words
    assert [word for word in load_spellings("ambiguous-words").words if word not in spelt and word != "ambiguous"] == []


def test_a_theme_says_by_which_words_it_was_told() -> None:
    assert find_theme(["Things"], ["bus stops", "benches"]) == ("transport", ("bus stops",))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2014-10-03", date(2014, 10, 3)), ("2013", date(2013, 1, 1)), ("2013-05", date(2013, 5, 1)),
        ("2019-06-27 12:41:27", date(2019, 6, 27)), ("2022-10-24T12:14:41-04:00", date(2022, 10, 24)),
        ("20140305", date(2014, 3, 5)), ("13/04/2018", date(2018, 4, 13)), ("04/13/2018", date(2018, 4, 13)),
        ("04/12/2018", None), ("04.12.2018", date(2018, 12, 4)), ("2019年5月1日", date(2019, 5, 1)),
        ("民國112年3月8日", date(2023, 3, 8)), ("2019/5/1", date(2019, 5, 1)), ("March 3, 2014", date(2014, 3, 3)),
        ("3 March 2014", date(2014, 3, 3)), ("1420070400", date(2015, 1, 1)), ("1420070400000", date(2015, 1, 1)),
        ("0000-00-00", None), ("0201-12-31", None), ("9999-12-31", None), ("2014-02-30", None), ("R/P1D", None),
        ("n/a", None), ("", None), ("1" * 500, None), ("１９９９", date(1999, 1, 1)),
    ],
)  # fmt: skip
def test_a_date_is_told_or_none(text: str, day: date | None) -> None:
    assert read_date(text) == day


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("a partir de 08/2019", date(2019, 8, 1), None),
        ("A partir de Janeiro/2021", date(2021, 1, 1), None),
        ("Anual - A partir de Janeiro/2021", date(2021, 1, 1), None),
        ("A partir de 18 de janeiro de 2021", date(2021, 1, 18), None),
        ("Anual, a partir de 2019", date(2019, 1, 1), None),
        ("since 2015", date(2015, 1, 1), None),
        ("ab 2015", date(2015, 1, 1), None),
        ("Abril/2021", date(2021, 4, 1), None),
        ("Abril de 2021", date(2021, 4, 1), None),
        ("from 2015-03 onwards", date(2015, 3, 1), None),
        ("desde 2010", date(2010, 1, 1), None),
        ("desde marzo de 2020", date(2020, 3, 1), None),
        ("自2018年起", date(2018, 1, 1), None),
        ("2018年5月起", date(2018, 5, 1), None),
        ("自2018年1月至今", date(2018, 1, 1), None),
        ("2005 a 2019", date(2005, 1, 1), date(2019, 12, 31)),
        ("de 2005 a 2019", date(2005, 1, 1), date(2019, 12, 31)),
        ("01/2005 até 12/2019", date(2005, 1, 1), date(2019, 12, 31)),
        ("from 2005 to present", date(2005, 1, 1), None),
        ("2005-2019", date(2005, 1, 1), date(2019, 12, 31)),
        ("2013年至2015年", date(2013, 1, 1), date(2015, 12, 31)),
        ("13/08/2019 a 31/12/2019", date(2019, 8, 13), date(2019, 12, 31)),
        ("2010-01-01 00:00:00 to 2011-06-30 00:00:00", date(2010, 1, 1), date(2011, 6, 30)),
        ("2013-01-01T00:00:00Z/2014-01-01T00:00:00Z", date(2013, 1, 1), date(2014, 1, 1)),
        ("2013-01-01/P1Y", date(2013, 1, 1), None),
        ("/2013", None, date(2013, 12, 31)),
        ("2013/..", date(2013, 1, 1), None),
        ("safra/2019", None, None),
        ("2019/20", None, None),
        ("before 2019", None, None),
        ("the years 2005 to 2019 but not 2007", None, None),
        ("2005 to 2019 to 2021", None, None),
        ("99/2019", None, None),
    ],
)
def test_a_period_is_told_where_the_whole_phrase_is_understood(text: str, begin: date | None, end: date | None) -> None:
    assert read_period(text) == (begin, end)


def test_a_period_ends_with_the_last_day_of_what_it_names() -> None:
    assert read_period("1980/2013") == (date(1980, 1, 1), date(2013, 12, 31))
    assert read_period("2013-01-01/9999-12-31") == (date(2013, 1, 1), None)
    assert last_date("2013-02") == date(2013, 2, 28)
    assert last_date("2013-12") == date(2013, 12, 31)


@pytest.mark.parametrize(
    ("value", "box"),
    [
        ("-134.9,21.08,-56.9,52.37", (-134.9, 21.08, -56.9, 52.37)),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 2], [3, 5], [1, 2]]]}, (1, 2, 3, 5)),
        ('{"type": "Point", "coordinates": [1, 2]}', (1, 2, 1, 2)),
        ("MULTIPOLYGON (((-116.8 42.6, -116.1 43, -117 41.5)))", (-117, 41.5, -116.1, 43)),
        ("ENVELOPE(-10, 10, 20, -20)", (-10, -20, 10, 20)),
        ([-180, -83, 180, 83], (-180, -83, 180, 83)),
        ([-180, -83, 0, 180, 83, 900], (-180, -83, 180, 83)),
        ("[[-14.6, -179.2], [71.4, 179.8]]", None),
        ("United States", None),
        ("999,999,999,999", None),
        ([float("nan")] * 4, None),
        ({"coordinates": "x"}, None),
        (None, None),
    ],
)
def test_a_rectangle_is_read_or_none(value: object, box: tuple[float, ...] | None) -> None:
    assert find_box(value) == box


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("en-US", "en-US"), ("us-EN", None), ("http://publications.europa.eu/resource/authority/language/SWE", "sv"),
        ("Portuguese", "pt"), ("fre", "fr"), ("http://id.loc.gov/vocabulary/iso639-1/sv.", "sv"), ("xx", None),
    ],
)  # fmt: skip
def test_a_language_is_told_in_all_spellings(text: str, tag: str | None) -> None:
    assert find_language(text) == tag


@pytest.mark.parametrize(
    ("text", "access"),
    [("public", "open"), ("Public", "open"), ("restricted public", "conditional"), ("non-public", "restricted"),
     ("http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC", "restricted"),
     ("internal use only", "restricted"), ("Closed", "restricted"), ("embargoed", "restricted"),
     ("confidential", "restricted"), ("Not public", "restricted"), ("NON_PUBLIC", "restricted"),
     ("registered", "conditional"), ("不予共享", "restricted"), ("有条件共享", "conditional"),
     ("free for all", "unknown"), ("", "unknown")],
)  # fmt: skip
def test_access_is_told_or_unknown(text: str, access: str) -> None:
    assert find_access(text) == access
