"""What people take from a dataset's page: citations, lines of code, files with their sizes."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys

import httpx
import nbformat
import pytest

from tests.hub.hall.small_hall import SmallHall

PAGE = "/en/datasets/weather/seattle-weather"
DATA = "/datasets/weather/seattle-weather"


def shown(page: str, element: str) -> str:
    """Return the text of the element with the id `element`, as a browser copies it."""
    found = re.search(rf'id="{element}"[^>]*>(.*?)</(?:code|span)>', page, re.DOTALL)
    assert found is not None, element
    return html.unescape(found[1])


@pytest.mark.parametrize(
    ("suffix", "media_type", "begins"),
    [
        ("bib", "application/x-bibtex", "@misc{"),
        ("ris", "application/x-research-info-systems", "TY  - DATA"),
        ("json", "application/vnd.citationstyles.csl+json", "["),
    ],
)
def test_a_citation_is_shown_and_can_be_downloaded(
    visitor: httpx.Client, suffix: str, media_type: str, begins: str
) -> None:
    page = visitor.get(PAGE).text
    file = visitor.get(f"{DATA}/cite.{suffix}")
    assert file.status_code == 200
    assert file.headers["content-type"].partition(";")[0] == media_type
    assert "attachment" in file.headers["content-disposition"]
    assert file.text.startswith(begins)
    assert shown(page, f"cite-{suffix}").split() == file.text.split()
    assert f"{DATA}/cite.{suffix}?version=" in page


def test_a_record_for_reference_managers_names_title_publisher_year_and_version(visitor: httpx.Client) -> None:
    lines = visitor.get(f"{DATA}/cite.ris").text.split("\r\n")
    fields = dict(line.split("  - ", 1) for line in lines if line)
    csl = visitor.get(f"{DATA}/cite.json").json()[0]
    assert lines[0] == "TY  - DATA"
    assert lines[-2:] == ["ER  - ", ""]
    assert fields["TI"] == csl["title"] == "Daily weather in Seattle"
    assert fields["PY"] == str(csl["issued"]["date-parts"][0][0]) == "2015"
    assert fields["ET"] == csl["version"]


def test_an_unknown_version_or_form_has_no_citation(visitor: httpx.Client) -> None:
    assert visitor.get(f"{DATA}/cite.ris", params={"version": "2015-12-31.00000000"}).status_code == 404
    assert visitor.get(f"{DATA}/cite.doc").status_code == 404


def test_markup_in_a_title_stays_text_in_a_citation(visitor: httpx.Client) -> None:
    assert "<script>alert" not in visitor.get("/en/datasets/culture/trap").text
    assert "alert" in visitor.get("/datasets/culture/trap/cite.bib").text
    assert json.loads(visitor.get("/datasets/culture/trap/cite.json").text)[0]["title"].startswith("<script>")


def test_the_lines_for_python_read_the_version_that_the_page_shows(small_hall: SmallHall) -> None:
    with small_hall.client() as visitor:
        lines = shown(visitor.get(PAGE).text, "code-python")
    # Arrow may still be closing what it read when Python ends, and abort (apache/arrow#34314): a script waits for it.
    code = f"{lines}\nprint(len(df))\nimport time\ntime.sleep(1)".replace("\ndf\n", "\n")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout.split()) == (0, ["1461"]), done.stderr


def test_the_lines_for_curl_download_the_rows(small_hall: SmallHall, tmp_path_factory: pytest.TempPathFactory) -> None:
    with small_hall.client() as visitor:
        lines = shown(visitor.get(PAGE).text, "code-curl")
    folder = tmp_path_factory.mktemp("curl")
    subprocess.run(["bash", "-euc", lines], cwd=folder, timeout=60, check=True, capture_output=True)
    assert (folder / "seattle-weather.csv").read_text().count("\n") == 1462


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_a_download_is_as_large_as_the_page_says(visitor: httpx.Client, suffix: str) -> None:
    told = re.search(rf"{suffix.upper()}[^<]*· (\d+) kB</a>", visitor.get(PAGE).text)
    assert told is not None
    assert round(len(visitor.get(f"{DATA}/data.{suffix}").content) / 1000) == int(told[1])


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_notebook_of_a_dataset_is_whole_and_runs(small_hall: SmallHall, language: str) -> None:
    with small_hall.client() as visitor:
        file = visitor.get(f"{DATA}/notebook.ipynb", params={"language": language})
    notebook = nbformat.reads(file.text, as_version=4)
    nbformat.validate(notebook)
    assert {"en": "# Daily weather in Seattle", "zh": "# 西雅图逐日天气"}[language] in notebook.cells[0].source
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code") + "\nprint(df.shape)"
    environment = os.environ | {"DATAHALL_HOME": str(small_hall.home)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "(1461, 6)", done.stderr


def test_markup_in_a_title_is_text_in_a_notebook(visitor: httpx.Client) -> None:
    notebook = nbformat.reads(visitor.get("/datasets/culture/trap/notebook.ipynb").text, as_version=4)
    assert "\\<script\\>" in notebook.cells[0].source
    assert "<script>" not in notebook.cells[0].source
