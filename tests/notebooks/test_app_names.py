"""What several apps name, each in its own notebook, has the same name in all of them."""

from __future__ import annotations

import ast

import pytest

from tests.notebooks.running import APPS, read


def find_declarations(name: str) -> dict[str, str]:
    """Return what apps set a name to, in one form however it is written, by slug."""
    found = {}
    for path in APPS:
        for cell in read(path).cells:
            for node in ast.parse(cell.source).body if cell.cell_type == "code" else []:
                if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
                    found[path.parent.name] = ast.unparse(node.value)
    return found


def test_sections_of_industry_have_the_same_names_in_all_apps() -> None:
    declared = find_declarations("INDUSTRIES")
    assert {"company-risk-radar", "jobs-and-wages", "joinable-data"} <= declared.keys()
    assert len(set(declared.values())) == 1


@pytest.mark.parametrize("name", ["SIZES", "CHOSEN", "CHECKED"])
def test_the_two_scores_of_companies_agree(name: str) -> None:
    declared = find_declarations(name)
    assert declared["company-risk-radar"] == declared["where-to-inspect-next"]
