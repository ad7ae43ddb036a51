"""A card names where its source presents the data; only practice data, which nobody presents, has no such page."""

from __future__ import annotations

from pathlib import Path

import datahall
import pytest
from datahall import cli
from datahall.card import Card

from tests.catalogs.card_drafts import draft, save_card

PRACTICE = {"practice": {"table": "museums"}, "format": "csv"}


def test_a_card_of_real_data_without_a_homepage_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = draft()
    del card["homepage"]
    assert cli.run(["validate", str(save_card(tmp_path, card))]) == 1
    assert "homepage is missing" in capsys.readouterr().out


def test_one_practice_table_beside_real_data_excuses_nothing() -> None:
    mixed = draft(sources=[PRACTICE, *draft()["sources"]], synthetic=True)
    del mixed["homepage"]
    with pytest.raises(ValueError, match="homepage is missing"):
        Card.model_validate(mixed)


@pytest.mark.parametrize("dataset_id", ["enterprise/practice-companies", "environment/practice-air-sensors"])
def test_practice_data_names_no_page_that_has_nothing_to_do_with_it(
    dataset_id: str, capsys: pytest.CaptureFixture[str]
) -> None:
    item = datahall.dataset(dataset_id)
    assert item.card.homepage is None
    citation = item.cite()
    assert "http" not in citation.texts["en"] + citation.texts["zh"] + citation.bibtex
    assert "URL" not in citation.csl
    assert "None" not in citation.texts["en"] + citation.texts["zh"] + citation.bibtex + item._repr_html_()
    assert cli.run(["show", dataset_id]) == 0
    assert "homepage" not in capsys.readouterr().out
