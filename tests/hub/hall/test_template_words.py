"""Templates hold the words of their language once they are compiled, and escape them like any other text."""

from __future__ import annotations

import pytest
from datahall_hub.services.hall.rendering import make_environment
from datahall_hub.services.hall.wording import Words


def refuse(*_arguments: object, **_values: object) -> str:
    raise AssertionError("a text was looked up while a page was made")


@pytest.mark.parametrize(("language", "text"), [("en", "Datasets"), ("zh", "数据集")])
def test_a_text_of_a_template_is_in_its_language_without_being_looked_up(language, text):
    page = make_environment(language).from_string("""<p title="{{ _('Datasets') }}">{{ _("Datasets") ~ "!" }}</p>""")
    assert page.render(_=refuse) == f'<p title="{text}">{text}!</p>'


def test_a_text_with_values_and_one_that_is_named_by_a_value_are_looked_up():
    page = make_environment("zh").from_string(
        '{{ _("about {size}", size="1 kB") }} {{ _(word) }} {{ other("Datasets") }}'
    )
    words = Words("zh")
    said = page.render(_=words.text, word="Datasets", other=str.upper)
    assert said == f"{words.text('about {size}', size='1 kB')} 数据集 DATASETS"


def test_marks_in_a_text_are_escaped_and_line_breaks_around_it_kept():
    page = make_environment("en").from_string(
        '{{ _("<b> & more") }}\n{% set word = _("Yes") if 1 else _("No") %}{{ word }}'
    )
    assert page.render(_=refuse) == "&lt;b&gt; &amp; more\nYes"
