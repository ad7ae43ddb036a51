"""Secrets are found in code, outputs and manifest, by their form or their name, and never told."""

from __future__ import annotations

import json

import pytest
from datahall_hub.app_life.checks.finding import Place

from tests.hub.app_checks.submitted import (
    codes,
    judge,
    judge_outputs,
    make_code,
    make_manifest,
    make_markdown,
    make_notebook,
    make_output,
)

GITHUB = "ghp_" + "a1B2" * 9
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
SECRETS = {
    "GitHub": GITHUB,
    "AWS": "AKIAIOSFODNN7EXAMPLE",
    "Azure": "AccountKey=" + "a" * 86 + "==",
    "GitLab": "glpat-" + "a" * 20,
    "Mailchimp": "a" * 32 + "-us11",
    "OpenAI": "sk-" + "a" * 20 + "T3BlbkFJ" + "a" * 20,
    "PyPI": "pypi-AgEIcHlwaS5vcmc" + "a" * 80,
    "SendGrid": f"SG.{'a' * 22}.{'b' * 43}",
    "Slack": "xoxb-1234567890-abcdef",
    "Square": "sq0csp-" + "a" * 43,
    "Stripe": "sk_live_" + "a" * 24,
    "Telegram": "123456789:" + "a" * 35,
    "Discord": f"M{'a' * 23}.{'b' * 6}.{'c' * 27}",
    "Alibaba Cloud": "LTAI5tAbCdEfGhIjKlMnOpQr",
    "Tencent Cloud": "AKID" + "a" * 32,
    "Google": "AIza" + "a" * 35,
    "Anthropic": "sk-ant-" + "a" * 40,
    "Hugging Face": "hf_" + "a" * 34,
}


@pytest.mark.parametrize("service", SECRETS)
def test_what_services_hand_out_is_found_by_its_form(service: str) -> None:
    [found] = judge(notebook=make_notebook(make_code(f"import requests\ncall({SECRETS[service]!r})")))

    assert (found.code, found.severity) == ("secret", "problem")
    assert found.values == {"kind": "access-key", "service": service}
    assert found.place == Place(file="app.ipynb", cell=1, line=2)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN RSA PRIVATE KEY-----", "private-key"),
        (TOKEN, "web-token"),
        ("postgresql://lin:hunter2@db.example/rain", "login-address"),
    ],
)
def test_other_secrets_are_found_by_their_form(text: str, kind: str) -> None:
    [found] = judge(notebook=make_notebook(make_code(f"x = '''{text}'''")))

    assert found.values == {"kind": kind}


@pytest.mark.parametrize(
    ("line", "is_secret"),
    [
        ('password = "hunter2"', True),
        ('connect(api_key="0815")', True),
        ('api_key = "0815"', True),
        ('settings = {"client_key": "0815"}', True),
        ('api_key = os.environ["API_KEY"]', False),
        ('names = sorted(names, key="name")', False),
        ('widgets.Password(description="Password:", placeholder="Type")', False),
        ('url = "https://example.org/lin"', False),
        ('time = "12:30@noon"', False),
        ('digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"', False),
    ],
)
def test_what_stands_under_the_name_of_a_secret_is_found_in_code(line: str, is_secret: bool) -> None:
    assert codes(judge(notebook=make_notebook(make_code(line)))) == (["secret-named"] if is_secret else [])


def test_a_text_that_tells_of_passwords_is_none() -> None:
    cells = (make_markdown('Here `password = "hunter2"` is an example.'), make_code("1"))

    assert judge(notebook=make_notebook(*cells)) == []


@pytest.mark.parametrize(
    "output",
    [make_output(plain=f"using {GITHUB}"), make_output(html=f"<p>{GITHUB}</p>"), make_output(json={"a": [GITHUB]})],
    ids=["plain text", "HTML", "JSON"],
)
def test_secrets_that_are_put_out_are_found(output: dict[str, object]) -> None:
    [found] = judge_outputs(output)

    assert (found.code, found.place) == ("secret", Place(file="app.ipynb", cell=1))


def test_a_secret_in_the_manifest_is_found_in_its_field() -> None:
    [found] = judge(manifest=make_manifest(authors=[{"name": "Lin"}, {"name": GITHUB}]))

    assert found.place == Place(file="app.yaml", field="authors.1.name")


def test_a_secret_at_the_end_of_a_long_line_is_found() -> None:
    for length in range(300, 1500, 50):
        assert codes(judge(notebook=make_notebook(make_code(f"x = '{'.' * length}{GITHUB}'")))) == ["secret"]


def test_secrets_are_never_told() -> None:
    code = f'password = "hunter2"; token = "{GITHUB}"; url = "https://lin:hunter3@a.example"'

    told = json.dumps([finding.model_dump() for finding in judge(notebook=make_notebook(make_code(code)))])

    assert "secret-named" in told
    for value in ("hunter", GITHUB):
        assert value not in told
