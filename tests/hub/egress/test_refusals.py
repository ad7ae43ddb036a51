"""What the proxy says when it refuses, in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from datahall_hub.services import egress
from datahall_hub.services.egress.refusals import DOMAIN, RefusedDestination
from datahall_hub.translations import load_translations


def find_messages() -> list[str]:
    calls = [
        node
        for path in Path(egress.__path__[0]).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "N_"
    ]
    return sorted({ast.literal_eval(call.args[0]) for call in calls})


@pytest.mark.parametrize("message", find_messages())
def test_every_reason_has_a_chinese_wording_with_the_same_placeholders(message):
    chinese = load_translations(DOMAIN, language="zh").gettext(message)

    assert chinese != message
    assert set(re.findall(r"{\w+}", chinese)) == set(re.findall(r"{\w+}", message))


def test_a_reason_names_its_code_and_what_it_is_about():
    refusal = RefusedDestination("address-refused", "{host} is out of reach.", host="hub.internal")

    assert refusal.describe().startswith("address-refused:\nhub.internal is out of reach.\n")
