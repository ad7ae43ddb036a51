"""What the hub's page templates can ask for: words in the reader's language, the hall's look, a strict policy.

JupyterHub renders its pages without translations and gives templates no request. This Jinja extension reads
the request from the handler behind `static_url`, which JupyterHub puts into every page. Templates use::

    {{ _("Sign in") }}   {{ page_language() }}   {{ page_nonce() }}   {{ language_links() }}   {{ stylesheet }}
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from jinja2 import Environment, pass_context
from jinja2.ext import InternationalizationExtension
from jinja2.runtime import Context
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from markupsafe import Markup

from datahall_hub.account_records import AccountRecord, find_record, utc_now
from datahall_hub.roles import ROLES
from datahall_hub.translations import COOKIE, LANGUAGES, choose_language, load_translations

DOMAIN = "hub"
STYLESHEET = Path(__file__).parent / "static" / "datahall.css"
TAGS = {"en": "en", "zh": "zh-Hans"}
OWN_NAMES = {"en": "English", "zh": "中文"}
YEAR = 365  # days
_WORKBENCH = re.compile(r"/(?:hub/)?user/([^/]+)")
_WORKBENCH_CLIENT = re.compile(r"jupyterhub-user-([^/]+)$")
SHOWN_FOR = timedelta(days=90)  # how long people see that an admin has set their password
# Pages run and load only what stands in them (the nonce is new for each page), and are shown in no frame.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class HallPages(InternationalizationExtension):
    """Adds the functions of this module to JupyterHub's template environments."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
        install(_translate_in_page, _translate_plural, newstyle=True)
        environment.globals.update(
            page_language=page_language,
            language_links=language_links,
            page_nonce=page_nonce,
            translate_known=translate_known,
            reader_is_unknown=reader_is_unknown,
            words_in=words_in,
            password_setting=password_setting,
            role_titles=role_titles,
            find_foreign_workbench=find_foreign_workbench,
            stylesheet=Markup(STYLESHEET.read_text(encoding="utf-8")),  # noqa: S704  our own file
        )


def language_of(handler: BaseHandler) -> str:
    """Return the language in which `handler` answers; an address that names one is remembered in a cookie."""
    known: str | None = getattr(handler, "_datahall_language", None)
    if known is not None:
        return known
    wish = handler.get_query_argument("language", None)
    language = choose_language(
        query=wish, cookie=handler.get_cookie(COOKIE), accept=handler.request.headers.get("Accept-Language")
    )
    if wish in LANGUAGES:
        remember_language(handler, language)
    handler._datahall_language = language
    return language


def remember_language(handler: BaseHandler, language: str) -> None:
    """Let the browser keep `language` for all pages of the hall."""
    handler.set_cookie(COOKIE, language, path="/", expires_days=YEAR, samesite="Lax")


def translate(handler: BaseHandler, message: str, **values: Any) -> str:
    """Return `message` in the language of `handler`, with `values` filled in (``%(name)s``)."""
    text = load_translations(DOMAIN, language=language_of(handler)).gettext(message)
    return text % values if values else text


@pass_context
def page_language(context: Context) -> str:
    """Return ``en`` or ``zh``."""
    return language_of(_handler(context))


@pass_context
def language_links(context: Context) -> list[dict[str, str]]:
    """Return the other languages of this page: their own name, tag, and the address that switches."""
    handler = _handler(context)
    here = urlsplit(handler.request.uri)
    query = urlencode([(name, value) for name, value in parse_qsl(here.query) if name not in {"language", "_xsrf"}])
    address = here.path + (f"?{query}" if query else "")
    return [
        {
            "name": OWN_NAMES[language],
            "tag": TAGS[language],
            "href": f"{handler.hub.base_url}language/{language}?{urlencode({'next': address})}",
        }
        for language in LANGUAGES
        if language != language_of(handler)
    ]


@pass_context
def page_nonce(context: Context) -> str:
    """Return the word that this page's own scripts and styles bear, and forbid all others by header."""
    handler = _handler(context)
    nonce: str | None = getattr(handler, "_datahall_nonce", None)
    if nonce is None:
        nonce = handler._datahall_nonce = secrets.token_urlsafe(16)
        handler.set_header("Content-Security-Policy", POLICY.format(nonce=nonce))
        handler.set_header("X-Content-Type-Options", "nosniff")
        handler.set_header("Referrer-Policy", "same-origin")
        handler.set_header("Cache-Control", "no-store")  # pages name a person, and may show a token
        handler.set_header("Vary", "Cookie, Accept-Language")
    return nonce


@pass_context
def translate_known(context: Context, message: str) -> str | None:
    """Return a message of JupyterHub's own in the page's language, or None where it is not known there."""
    language = page_language(context)
    text = load_translations(DOMAIN, language=language).gettext(message)
    return text if language == "en" or text != message else None


@pass_context
def reader_is_unknown(context: Context) -> bool:
    """Say whether the proxy asks for this page on behalf of a browser that it does not describe."""
    headers = _handler(context).request.headers
    return "Accept-Language" not in headers and "Cookie" not in headers


@pass_context
def password_setting(context: Context) -> AccountRecord | None:
    """Return the reader's record if an admin has set their password not long ago: they should know."""
    handler = _handler(context)
    if handler.current_user is None:
        return None
    record = find_record(handler.db, handler.current_user.name)
    if record is None or record.password_set_at is None or utc_now() - record.password_set_at > SHOWN_FOR:
        return None
    return record


@pass_context
def role_titles(context: Context, user: User) -> list[str]:
    """Return what the roles of `user` are called in the page's language."""
    held = {group.name for group in user.groups}
    return [role.title[page_language(context)] for role in ROLES if role.id in held]


@pass_context
def find_foreign_workbench(context: Context) -> str | None:
    """Return whose workbench the address of this page leads to, if it is somebody else's than the reader's."""
    handler = _handler(context)
    found = (
        _WORKBENCH.match(handler.request.path)
        or _WORKBENCH_CLIENT.match(handler.get_query_argument("client_id", ""))
        or _WORKBENCH.match(handler.get_query_argument("next", ""))  # of the door
    )
    owner = unquote(found[1]) if found else None
    reader = handler.current_user
    return owner if owner and reader is not None and owner != reader.name else None


def words_in(language: str) -> Callable[[str], str]:
    """Return the function that gives messages in `language`, whatever the page's is."""
    return load_translations(DOMAIN, language=language).gettext


@pass_context
def _translate_in_page(context: Context, message: str) -> str:
    return load_translations(DOMAIN, language=page_language(context)).gettext(message)


@pass_context
def _translate_plural(context: Context, singular: str, plural: str, number: int) -> str:
    return _translate_in_page(context, singular if number == 1 else plural)


def _handler(context: Context) -> BaseHandler:
    return cast(BaseHandler, context["static_url"].__self__)
