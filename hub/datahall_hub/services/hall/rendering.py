"""Turn a template and its values into a page: language, header, addresses and static files are put in here.

Everything a template prints is escaped; a name that is missing is an error, never an empty place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datahall._entries.entry import choose_text
from datahall._exports.forms import WHOLE
from datahall._exports.pages import PAGE_SIZE
from datahall._records.source_titles import title_source
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from datahall_hub.services.hall import addresses
from datahall_hub.services.hall.app_desk.shown_code import show_text
from datahall_hub.services.hall.other_forms import CATALOG_FORMS, DATASET_FORMS, LOADED_FORM
from datahall_hub.services.hall.person import ROLE_TITLES, Person
from datahall_hub.services.hall.template_words import fix_words
from datahall_hub.services.hall.text_languages import find_language
from datahall_hub.services.hall.wording import Words, format_number, format_size
from datahall_hub.settings import Settings
from datahall_hub.translations import LANGUAGES

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
SHARED_PAGES = HERE.parents[1] / "shared_pages"  # head and foot, which the hub's pages have too
STATIC = {
    "datahall.css": (HERE.parents[1] / "static/datahall.css", "text/css; charset=utf-8"),
    "hall.css": (HERE / "static/hall.css", "text/css; charset=utf-8"),
    "menu.js": (SHARED_PAGES / "menu.js", "text/javascript; charset=utf-8"),
    "hall.js": (HERE / "static/hall.js", "text/javascript; charset=utf-8"),
    "favicon.svg": (HERE / "static/favicon.svg", "image/svg+xml"),
}
LANGUAGE_TAGS = {"en": "en", "zh": "zh-Hans"}


@dataclass(frozen=True)
class StaticFile:
    """One file that pages refer to, and the mark of its content."""

    body: bytes
    media_type: str
    mark: str


class Renderer:
    """Renders the hall's templates; made once per hall."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.static = {name: _load_static(path, media_type) for name, (path, media_type) in STATIC.items()}
        self._environments = {language: make_environment(language) for language in LANGUAGES}
        for environment in self._environments.values():
            environment.globals["static"] = self._static_path

    def page(
        self,
        request: Request,
        template: str,
        *,
        language: str,
        person: Person | None = None,
        status: int = 200,
        **values: Any,
    ) -> HTMLResponse:
        """Return the page of `template` in `language`, as `person` sees it."""
        words = Words(language)
        _, path = addresses.split_language(request.url.path)
        base = addresses.base_url(request.headers, settings=self.settings)
        query = f"?{request.url.query}" if request.url.query else ""
        body = (
            self._environments[language]
            .get_template(template)
            .render(
                _=words.text,
                _n=words.count,
                language=language,
                tag=LANGUAGE_TAGS[language],
                blank="" if language == "zh" else " ",  # what stands between two sentences
                other="en" if language == "zh" else "zh",
                person=person,
                has_passwords=self.settings.authenticator == "datahall",
                place=path.partition("/")[0],
                may_be_signed_in="jupyterhub-session-id" in request.cookies,
                here=addresses.page_path(path, language=language) + query,
                other_here=addresses.page_path(path, language="en" if language == "zh" else "zh") + query,
                canonical=f"{base}/{language}/{path}",
                alternates={LANGUAGE_TAGS[each]: f"{base}/{each}/{path}" for each in LANGUAGES},
                default_alternate=f"{base}/{path}",
                link=lambda target="": addresses.page_path(target, language=language),
                dataset_link=lambda dataset_id: addresses.dataset_path(dataset_id, language=language),
                base=addresses.BASE,
                base_url=base,
                **values,
            )
        )
        return HTMLResponse(body, status_code=status, headers=_headers(language))

    def _static_path(self, name: str) -> str:
        return f"{addresses.BASE}/static/{name}?v={self.static[name].mark}"


def make_environment(language: str) -> Environment:
    """Return the Jinja environment of a language: everything escaped, nothing silently empty."""
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES, SHARED_PAGES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    fix_words(environment, language=language)
    environment.globals["text_in"] = lambda texts, language: choose_text(texts, language=language)
    environment.globals["language_of"] = lambda texts, language, languages: find_language(
        texts, language=language, languages=languages
    )
    environment.globals["title_source"] = lambda name, language: title_source(name, language=language)
    environment.globals["catalog_forms"], environment.globals["dataset_forms"] = CATALOG_FORMS, DATASET_FORMS
    environment.globals["loaded_form"] = LOADED_FORM
    environment.globals["page_size"], environment.globals["whole"] = PAGE_SIZE, WHOLE
    environment.filters["number"] = format_number
    environment.filters["size"] = format_size
    environment.filters["seen"] = show_text  # texts of strangers
    environment.filters["title_of_role"] = lambda role, language: ROLE_TITLES[role][language]
    return environment


def _headers(language: str) -> dict[str, str]:
    # The header of a page names the person, so nobody else's browser may be handed it.
    return {
        "content-language": LANGUAGE_TAGS[language],
        "cache-control": "private, no-cache",
        "vary": "Cookie, Accept-Language",
    }


def _load_static(path: Path, media_type: str) -> StaticFile:
    body = path.read_bytes()
    return StaticFile(body, media_type, hashlib.sha256(body).hexdigest()[:10])
