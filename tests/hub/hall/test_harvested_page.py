"""The page of a dataset of another portal: what its source says beside our words, and nothing that it could do."""

from __future__ import annotations

import re
import time

import httpx
import pytest
from datahall._markdown_marks import take_marks_off
from datahall_hub.services.hall.records import is_web_address
from datahall_hub.services.hall.text_languages import find_language

from tests.hub.hall.portal_records import BAD, BARE, HOSTILE, MANY, TAME, find_ids, keep
from tests.hub.hall.small_hall import SmallHall
from tests.hub.hall.test_hall_pages import Elements


@pytest.fixture(scope="module")
def ids(small_hall: SmallHall) -> dict[str, str]:
    return find_ids(small_hall.home)


@pytest.mark.parametrize(
    ("language", "title", "unknown"), [("en", "Noise at work", "Not stated"), ("zh", "工作噪声", "未说明")]
)
def test_a_harvested_dataset_has_a_page_in_both_languages(
    visitor: httpx.Client, ids: dict[str, str], language: str, title: str, unknown: str
) -> None:
    page = visitor.get(f"/{language}/datasets/{ids['NOISE-7']}")
    assert page.status_code == 200
    assert f"<h1>{title}</h1>" in page.text
    facts = page.text.partition('<dl class="facts">')[2]
    assert unknown in facts.partition("</dd>")[0]  # the licence is not guessed
    assert "<q>Ask us first</q>" in facts
    assert "<q>R/P1W-ish</q>" in facts
    assert "123 kB" in page.text
    assert "Something odd" in page.text
    assert "office@mines.example.org" in facts
    assert f"datahall.dataset(&#34;{ids['NOISE-7']}&#34;)" in page.text
    links = {a["href"] for a in Elements(page.text).all("a")}
    assert {"https://mines.example.org/noise", "https://mines.example.org/noise.csv"} <= links


def test_nothing_that_a_portal_says_is_markup_or_a_dangerous_link(visitor: httpx.Client, ids: dict[str, str]) -> None:
    for language in ("en", "zh"):
        page = visitor.get(f"/{language}/datasets/{ids[BAD]}").text
        elements = Elements(page)
        assert "alert(1)" in page
        assert all("src" in a or a.get("type") == "application/ld+json" for a in elements.all("script"))
        assert elements.all("img") == []
        assert all(re.match(r"/|\?|#|https?://", a["href"]) for a in elements.all("a")), elements.all("a")
        assert not [a for _, a in elements.found if any(name.startswith("on") for name in a)]
        assert 'id="notebook"' not in page  # its source does not open it


@pytest.mark.parametrize(
    ("language", "deprecated", "withdrawn", "instead"),
    [
        ("en", "Its portal says that it is deprecated.", "Its portal has withdrawn it.", "Use this dataset instead:"),
        ("zh", "其来源门户称此数据集已弃用。", "其来源门户已撤回此数据集。", "请改用此数据集："),
    ],
)
def test_what_its_portal_no_longer_recommends_says_so_and_leads_to_what_replaces_it(
    visitor: httpx.Client, ids: dict[str, str], language: str, deprecated: str, withdrawn: str, instead: str
) -> None:
    page = visitor.get(f"/{language}/datasets/{ids['NOISE-7']}").text
    assert deprecated in page
    assert re.search(rf'{instead} ?<a href="/services/hall/{language}/datasets/{ids["bare"]}"', page)
    page = visitor.get(f"/{language}/datasets/{ids[BAD]}").text
    assert withdrawn in page
    assert "<code>javascript:alert(8)</code>" in page


def test_the_api_tells_what_a_portal_no_longer_recommends(visitor: httpx.Client, ids: dict[str, str]) -> None:
    told = [visitor.get(f"/api/v1/datasets/{ids[name]}").json() for name in ("NOISE-7", BAD, "bare")]
    keys = ("retired", "deprecated_since", "replaced_by", "replacement")
    assert [tuple(each[key] for key in keys) for each in told] == [
        ("deprecated", None, ids["bare"], None),
        ("withdrawn", None, None, "javascript:alert(8)"),
        (None, None, None, None),
    ]


def test_a_harvested_dataset_can_be_cited(visitor: httpx.Client, ids: dict[str, str]) -> None:
    file = visitor.get(f"/datasets/{ids['NOISE-7']}/cite.ris")
    assert "TI  - Noise at work\r\n" in file.text
    assert "UR  - https://mines.example.org/noise\r\n" in file.text
    assert "javascript" not in visitor.get(f"/datasets/{ids[BAD]}/cite.bib").text


def test_a_portal_is_not_named_as_the_author_of_what_it_lists(visitor: httpx.Client, ids: dict[str, str]) -> None:
    """Its name stood as author and publisher in every form of the citation."""
    file = f"/datasets/{ids['bare']}/cite"
    assert not re.search("^(AU|PB) ", visitor.get(f"{file}.ris").text, re.MULTILINE)
    assert not re.search("author|publisher", visitor.get(f"{file}.bib").text)
    (csl,) = visitor.get(f"{file}.json").json()
    assert "author" not in csl
    assert "publisher" not in csl
    assert "Bare facts [Dataset]. (n.d.). Datahall" in visitor.get(f"/en/datasets/{ids['bare']}").text


def test_a_citation_has_an_address_where_the_source_names_no_page(visitor: httpx.Client, ids: dict[str, str]) -> None:
    assert "UR  - https://bare.example.org/about.html\r\n" in visitor.get(f"/datasets/{ids['bare']}/cite.ris").text
    here = f"/services/hall/datasets/{ids[BAD]}"
    assert re.search(rf"UR  - http://[^/]+{here}\r\n", visitor.get(f"/datasets/{ids[BAD]}/cite.ris").text)


@pytest.mark.parametrize(("language", "button"), [("en", "Report an error"), ("zh", "报告错误")])
def test_an_error_in_a_harvested_dataset_can_be_reported(
    visitor: httpx.Client, ids: dict[str, str], language: str, button: str
) -> None:
    page = visitor.get(f"/{language}/datasets/{ids['NOISE-7']}").text
    (link,) = [a["href"] for a in Elements(page).all("a") if "voices/new?dataset=" in a["href"]]
    assert button in page
    assert visitor.get(link.removeprefix("/services/hall")).status_code == 200


def test_a_notebook_is_not_offered_for_what_cannot_be_brought_here(visitor: httpx.Client, ids: dict[str, str]) -> None:
    for language, words in (("en", "The hall cannot bring it here"), ("zh", "本大厅无法取回这些数据")):
        page = visitor.get(f"/{language}/datasets/{ids['bare']}").text
        assert 'id="notebook"' not in page
        assert words in page
    assert 'id="notebook"' in visitor.get(f"/en/datasets/{ids['NOISE-7']}").text


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "<li>bare.csv: its address is relative to",
                "<li>about.html: it is a page",
                "<li>2 files or pages: it is packed",
            ],
        ),
        ("zh", ["<li>bare.csv：", "<li>about.html：", "<li>2 个文件或页面："]),
    ],
)
def test_it_is_told_what_keeps_each_file_from_being_brought_here(
    visitor: httpx.Client, ids: dict[str, str], language: str, told: list[str]
) -> None:
    """All were said to be pages or services, also a table whose address is relative."""
    page = visitor.get(f"/{language}/datasets/{ids['bare']}").text
    for words in told:
        assert words in page


def test_a_format_is_said_once(visitor: httpx.Client, ids: dict[str, str]) -> None:
    shown = visitor.get(f"/en/datasets/{ids['bare']}").text
    assert '<span class="short">7Z</span>' in shown
    assert "(CSV) (7z)</span>" in shown


def test_columns_are_told_without_marks_and_as_those_of_several_files(
    visitor: httpx.Client, ids: dict[str, str]
) -> None:
    told = visitor.get(f"/en/datasets/{ids['bare']}").text.partition('<h2 id="fields">')[2]
    assert ">Farm of all</span>" in told
    assert "these are the columns of all of them" in told
    assert '<th scope="col">Unit</th>' not in told  # no column has one
    assert "columns of all of them" not in visitor.get(f"/en/datasets/{ids['NOISE-7']}").text


def test_remarks_in_code_are_in_the_readers_language(visitor: httpx.Client, ids: dict[str, str]) -> None:
    assert "# 来源对它的说明" in visitor.get(f"/zh/datasets/{ids['NOISE-7']}").text
    assert "# what its source says of it" in visitor.get(f"/en/datasets/{ids['NOISE-7']}").text
    assert "# 或 ds.pandas()" in visitor.get("/zh/datasets/weather/seattle-weather").text


@pytest.mark.parametrize(("language", "words"), [("en", "of them from other portals"), ("zh", "个来自其他门户")])
def test_the_first_page_says_how_many_datasets_come_from_other_portals(
    visitor: httpx.Client, ids: dict[str, str], language: str, words: str
) -> None:
    assert ids["bare"] in visitor.get(f"/{language}/datasets/", params={"q": "bare facts"}).text  # it is in the index
    page = visitor.get(f"/{language}/").text
    assert re.search(rf'harvests/"><strong>{len(ids)}</strong> {words}', page)


def test_the_number_of_results_is_a_heading_and_a_status(visitor: httpx.Client) -> None:
    page = visitor.get("/en/datasets/", params={"q": "rain"}).text
    assert re.search(r'<h2 id="count"[^>]*><span role="status">\d', page)  # a heading with a role is none any more


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("## Informações\nTexto", "Informações\nTexto"),
        ("see __Conceito__ and **more**.", "see Conceito and more."),
        ("[here](https://a.example/x) it is", "here (https://a.example/x) it is"),
        (
            "#1 of 2 # no heading, snake__case__name, 2 ** 3 ** 4",
            "#1 of 2 # no heading, snake__case__name, 2 ** 3 ** 4",
        ),
        ("<b>**x**</b>", "<b>x</b>"),
    ],
)
def test_marks_of_markdown_are_taken_off(said: str, shown: str) -> None:
    assert take_marks_off(said) == shown


@pytest.mark.parametrize("sign", ["**", "__", "[", "[a](", "# ", "*", "a**", "# #", "#\t", " "])
def test_a_text_of_signs_takes_no_time(sign: str) -> None:
    started = time.monotonic()
    take_marks_off(f"# a{sign * 20_000}b")
    assert time.monotonic() - started < 2


def test_access_is_called_the_same_wherever_it_is_told(visitor: httpx.Client, ids: dict[str, str]) -> None:
    results = visitor.get("/en/datasets/", params={"q": "alert", "access": "restricted"}).text
    assert f"/services/hall/en/datasets/{ids[BAD]}" in results
    assert results.count("Restricted") > results.count("Not open") == 0


def test_the_places_to_narrow_to_are_places_first(visitor: httpx.Client, ids: dict[str, str]) -> None:
    """Whatever else sources write there stood among them, such as “DOE”; a dataset's own page showed the bare code."""
    results = visitor.get("/en/datasets/", params={"source": "trial"}).text
    assert ids["bare"] in results
    assert "place=US-WA" in results
    assert results.index("place=US-WA") < results.index("Show all 3") < results.index("place=State+and+County")
    assert "place=https" not in results
    assert "Washington, United States" in visitor.get("/en/datasets/weather/seattle-weather").text
    assert "美国Washington" in visitor.get("/zh/datasets/weather/seattle-weather").text


def test_what_its_portal_no_longer_has_is_marked(
    small_hall: SmallHall, visitor: httpx.Client, ids: dict[str, str]
) -> None:
    keep(small_hall.home, HOSTILE, BARE, MANY)
    page = visitor.get(f"/en/datasets/{ids['NOISE-7']}").text
    assert "Its portal no longer has it." in page
    assert "<h1>Noise at work</h1>" in page
    link = "harvests/trial/missing"
    assert f'<a href="/services/hall/en/{link}">1</a>' in visitor.get("/en/harvests/").text
    for language, title in (("en", "Noise at work"), ("zh", "工作噪声")):
        listed = visitor.get(f"/{language}/{link}?page=7").raise_for_status().text
        assert f'href="/services/hall/{language}/datasets/{ids["NOISE-7"]}">{title}</a>' in listed
    assert visitor.get("/en/harvests/no-such/missing").status_code == 404
    keep(small_hall.home, TAME, HOSTILE, BARE, MANY)
    assert "Its portal no longer has it." not in visitor.get(f"/en/datasets/{ids['NOISE-7']}").text


def test_an_unknown_harvested_dataset_is_not_found(visitor: httpx.Client) -> None:
    answer = visitor.get("/en/datasets/harvested/no-such", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "There is no dataset harvested/no-such" in answer.text


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://例え.jp/", True),
        ("javascript:alert(1)", False),
        ("JAVASCRIPT:alert(1)", False),
        ("\tjavascript:alert(1)", False),
        ("https:///path", False),
        ("//example.org", False),
        ("ftp://example.org/file", False),
        ("https://bank.example@evil.example/", False),
        ("https://exam\u202eple.org/", False),
        ("https://[broken", False),
        ("", False),
    ],
)
def test_only_plain_addresses_of_the_web_become_links(address: str, expected: bool) -> None:
    assert is_web_address(address) is expected


@pytest.mark.parametrize(("language", "more"), [("en", "Show 15 more files"), ("zh", "显示另外 15 个文件")])
def test_a_long_list_of_files_is_folded(visitor: httpx.Client, ids: dict[str, str], language: str, more: str) -> None:
    page = visitor.get(f"/{language}/datasets/{ids['many']}").text
    shown, _, folded = page.partition('<details class="more-files">')
    assert re.findall(r">File (\d+)<", shown) == [str(number) for number in range(1, 11)]
    assert re.findall(r">File (\d+)<", folded) == [str(number) for number in range(11, 26)]  # there without a script
    assert f"<summary>{more}</summary>" in folded
    assert "more-files" not in visitor.get(f"/{language}/datasets/{ids['NOISE-7']}").text


def test_the_columns_that_a_source_describes_are_listed_before_any_row_is_here(
    visitor: httpx.Client, ids: dict[str, str]
) -> None:
    page = visitor.get(f"/en/datasets/{ids['many']}").text
    shown, _, folded = page.partition('<details class="more-fields">')
    told = shown.partition('<h2 id="fields">')[2]
    assert "the hall has looked at none of its rows" in told
    assert '<span lang="zh">站点</span><br><span class="muted small" lang="zh">上车的站点</span>' in told
    assert '<td data-label="Type"><span class="short">text</span></td>' in told
    assert '<span class="short">money&lt;b&gt;</span>' in told
    assert '<td data-label="Unit"></td>' in told  # not seen on a phone
    assert "&lt;script&gt;alert(1)" in told
    assert ">any<" not in page
    assert re.findall(r"<code>more_(\d+)</code>", folded) == ["29", "30", "31", "32"]
    assert "<summary>Show 4 more fields</summary>" in folded
    assert "显示另外 4 个字段" in visitor.get(f"/zh/datasets/{ids['many']}").text
    assert 'id="fields"' not in visitor.get(f"/en/datasets/{ids['NOISE-7']}").text


def test_a_text_in_another_language_than_the_page_says_so(visitor: httpx.Client, ids: dict[str, str]) -> None:
    english, chinese = (visitor.get(f"/{each}/datasets/{ids['many']}").text for each in ("en", "zh"))
    assert '<h1 lang="zh">公交客流</h1>' in english
    assert '<div class="reading plain" lang="zh">说明' in english
    assert "<h1>公交客流</h1>" in chinese
    assert 'class="reading plain" lang="en"' in visitor.get(f"/zh/datasets/{ids['NOISE-7']}").text
    found = visitor.get("/en/datasets/", params={"q": "公交客流", "source": "trial"}).text
    assert re.search(r'<h3><a href="[^"]*many" lang="zh">', found)
    assert re.search(r'<p class="snippet-text" lang="zh">说明 <mark>', found)
    assert "https://many.example.org/list" not in found


@pytest.mark.parametrize(
    ("texts", "languages", "english", "chinese"),
    [
        ({"en": "Rain", "zh": "雨"}, (), "", ""),
        ({"en-US": "Rain"}, (), "", "en-US"),
        ({"zh-TW": "氣象"}, (), "zh-TW", "zh-TW"),
        ({"und": "公交客流"}, (), "zh", ""),
        ({"und": "2023年GDP数据"}, ("en",), "zh", ""),
        ({"und": "東京のデータ"}, (), "", ""),
        ({"und": "東京のデータ"}, ("ja",), "ja", "ja"),
        ({"und": "Chuva"}, (), "", ""),
        ({"und": "Chuva"}, ("pt",), "pt", "pt"),
        ({"und": "Chuva"}, ("pt", "en"), "", ""),
        ({"und": "Chuva"}, ("zh",), "", ""),
        ({"und": "Rain in 上海 and in many other towns"}, (), "", ""),
        ({'x" onclick="': "Rain"}, (), "", ""),
        ({}, (), "", ""),
    ],
)
def test_a_language_is_told_where_the_record_or_the_script_does(
    texts: dict[str, str], languages: tuple[str, ...], english: str, chinese: str
) -> None:
    assert find_language(texts, language="en", languages=languages) == english
    assert find_language(texts, language="zh", languages=languages) == chinese
