"""Which secrets seem to stand in a text. They are named by their kind, and never told.

detect-secrets' detectors look for the form of what services hand out. Left out of its plugins are: those that judge by
entropy and public addresses (data are full of both), Artifactory (any word like APAC2020), IBM, Cloudant, SoftLayer and
Twilio (any hexadecimal digits beside the word key), and Basic Auth and npm, whose expressions take time that grows with
the cube of a line; the first of these two is looked for here. Of keys of Chinese clouds, of Google, Anthropic and
Hugging Face it has no detectors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import BasePlugin
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.keyword import KeywordDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector

ACCESS_KEY = "access-key"
# A part of a long line, and how far it reaches into the next: the time some detectors take grows with its square.
PART, OVERLAP = 600, 250
# Each detector, the mark without which it finds nothing, and what it finds: a kind, or the service of an access key.
_DETECTORS: tuple[tuple[type[BasePlugin], str, str], ...] = (
    (AWSKeyDetector, r"A3T|ABIA|ACCA|AKIA|ASIA|[aA][wW][sS]", "AWS"),
    (AzureStorageKeyDetector, "AccountKey=", "Azure"),
    (DiscordBotTokenDetector, r"[MNO][\w-]{23,25}\.[\w-]{6}\.", "Discord"),
    (GitHubTokenDetector, "gh[pousr]_", "GitHub"),
    (GitLabTokenDetector, "gl[a-z]{2,6}-|GR1348941", "GitLab"),
    (JwtTokenDetector, "eyJ", "web-token"),
    (MailchimpDetector, r"-us\d", "Mailchimp"),
    (OpenAIDetector, "T3BlbkFJ", "OpenAI"),
    (PrivateKeyDetector, "PRIVATE KEY|PuTTY-User-Key", "private-key"),
    (PypiTokenDetector, "pypi-Ag", "PyPI"),
    (SendGridDetector, r"SG\.", "SendGrid"),
    (SlackDetector, "xox|hooks\\.slack", "Slack"),
    (SquareOAuthDetector, "sq0csp-", "Square"),
    (StripeDetector, "k_live_", "Stripe"),
    (TelegramBotTokenDetector, r"\d:[\w-]{35}", "Telegram"),
)
_FORMS = (
    (re.compile(r"\bLTAI[A-Za-z0-9]{12,30}\b"), "Alibaba Cloud"),
    (re.compile(r"\bAKID[A-Za-z0-9]{32}\b"), "Tencent Cloud"),
    (re.compile(r"\bAIza[\w-]{35}(?![\w-])"), "Google"),
    (re.compile(r"\bsk-ant-[\w-]{20,}"), "Anthropic"),
    (re.compile(r"\bhf_[A-Za-z]{30,40}\b"), "Hugging Face"),
    (re.compile(r"://[^\s/:@{}'\"<>]{0,100}:[^\s/@{}'\"<>]{3,100}@[\w.-]"), "login-address"),
)
_KINDS = frozenset({"private-key", "web-token", "login-address"})
_NAMED = re.compile(
    r"(?:api|auth|service|account|db|database|priv|private|client)_?key|(?:db|database|key)_?pass"
    r"|passw|pwd|secret|contrase",
    re.IGNORECASE,
)
_QUOTE = re.compile(r"['\"`]")
_LONG_WORD = re.compile(r"(\w{60})\w+")
MOST_NAMED = 500  # parts with such a name that are looked at closely; more of them count without


def find_secrets(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield line (from 1), kind and service of what seems to be secret in a text; once for each line and kind."""
    marks = _marks()
    if not any(mark.search(text) for _, mark, _ in marks) and not any(form.search(text) for form, _ in _FORMS):
        return
    for number, line in enumerate(text.split("\n"), 1):
        found: dict[str, None] = {}
        for part in split_line(line):
            for detector, mark, what in marks:
                if mark.search(part) and any(True for _ in detector.analyze_string(part)):
                    found[what] = None
            found |= {what: None for form, what in _FORMS if form.search(part)}
        for what in found:
            yield (number, what, "") if what in _KINDS else (number, ACCESS_KEY, what)


def find_named_secrets(codes: Iterable[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """Yield cell and line wherever in numbered cells a text stands under a name such as ``password``."""
    detector, looked = KeywordDetector(), 0
    for cell, code in codes:
        for number, line in enumerate(code.split("\n"), 1):
            for part in split_line(line):
                if not (_NAMED.search(part) and _QUOTE.search(part)):
                    continue
                looked += 1
                shortened = _LONG_WORD.sub(r"\1", part)
                if looked > MOST_NAMED or any(True for _ in detector.analyze_string(shortened)):
                    yield cell, number
                    break


def split_line(line: str) -> Iterator[str]:
    """Yield a line in parts that overlap."""
    for at in range(0, max(1, len(line) - OVERLAP), PART - OVERLAP):
        yield line[at : at + PART]


@cache
def _marks() -> tuple[tuple[BasePlugin, re.Pattern[str], str], ...]:
    return tuple((detector(), re.compile(mark), what) for detector, mark, what in _DETECTORS)
