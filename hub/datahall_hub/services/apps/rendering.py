"""Turn an app's notebook into a page with Voila, in one language, piece by piece.

The page's head goes out at once; each cell follows when it has run. What a visitor's page says when
something goes wrong is decided by the template; nothing of a traceback reaches it.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from traitlets.config import Config
from voila.configuration import VoilaConfiguration
from voila.notebook_renderer import NotebookRenderer
from voila.paths import collect_static_paths, collect_template_paths
from voila.utils import get_page_config

from datahall_hub.app_life.environment import find_environment
from datahall_hub.app_life.manifest import Manifest
from datahall_hub.translations import LOCALE

from .wakeups import kept_awake

BASE_URL = "/services/apps/"
TEMPLATE = "datahall"
# The only extensions of the front end that an app's page needs; whatever else is installed stays out.
FRONT_END = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8"]
# A cell with one of these tags is for readers in the Lab, or for readers of one language.
LAB_ONLY = "lab-only"
LANGUAGE_TAG = "language-"
# What a kernel runs before an app does: a page, and what is kept with it, were made with these.
KERNEL_PROGRAMS = [Path(__file__).with_name(f"{name}.py") for name in ("shared_page_kernel", "drawn_pictures")]
# What Pygments writes around code. Long lines of it scroll, so a keyboard has to reach it.
CODE, REACHABLE_CODE = "<pre><span></span>", '<pre tabindex="0"><span></span>'


class AppRenderer(NotebookRenderer):  # type: ignore[misc] # Voila has no types
    """Voila's renderer for a notebook that is already in memory."""

    def __init__(self, notebook: NotebookNode, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._given = notebook

    async def load_notebook(self, path: str) -> NotebookNode:
        """Return the notebook given; Voila calls this first. Reading it by a contents manager would write."""
        return self._given


@dataclass(frozen=True)
class Rendering:
    """What all pages share: Voila's configuration, its template's files, the hall's stylesheet."""

    configuration: VoilaConfiguration
    template_paths: list[str]
    static_paths: list[str]
    page_config: dict[str, Any]
    stylesheet: str
    mark: str = ""  # another one where pages come out differently

    async def stream(
        self,
        manifest: Manifest,
        *,
        language: str,
        kernel_id: str,
        kernel: Awaitable[Any],
        labels: dict[str, Any],
        nonce: str,
        widgets: dict[str, Any] | None = None,
    ) -> AsyncGenerator[str, None]:
        """Yield the page of an app; `kernel` is awaited when the head of the page has been yielded.

        Its scripts bear `nonce`, of which the kernel is told nothing.

        What widgets' models hold in the end is put into `widgets`, where it is given.
        """
        renderer = AppRenderer(
            select_cells(load_notebook(manifest.notebook), language=language),
            voila_configuration=self.configuration,
            traitlet_config=Config(),
            notebook_path=manifest.slug,
            template_paths=self.template_paths,
            base_url=BASE_URL,
            page_config={**self.page_config, "datahallLanguage": language},
            mathjax_url="null",
            mathjax_config="null",
        )
        await renderer.initialize()
        renderer.exporter.language_code = "zh-Hans" if language == "zh" else "en"
        renderer.exporter.exclude_input = not manifest.show_source
        renderer.resources["datahall"] = {
            "language": language,
            "stylesheet": self.stylesheet,
            "nonce": nonce,
            "title": manifest.title[language],
            "summary": manifest.summary[language],
            **labels,
        }
        async with kept_awake(lambda: getattr(getattr(renderer, "executor", None), "kc", None)):
            async for snippet, _ in renderer.generate_content_generator(kernel_id, kernel):
                yield snippet.replace(CODE, REACHABLE_CODE)
        if widgets is not None:
            widgets.update(renderer.executor.widget_state)


def prepare_rendering(*, stylesheet: Path) -> Rendering:
    """Collect what all pages share; called once, when the service starts."""
    configuration = VoilaConfiguration(
        template=TEMPLATE,
        theme="light",
        allow_template_override="NO",
        allow_theme_override="NO",
        strip_sources=True,
        extension_allowlist=FRONT_END,
    )
    page_config = get_page_config(
        base_url=BASE_URL, settings={}, log=logging.getLogger("datahall.apps"), voila_configuration=configuration
    )
    # "null" for both makes Voila take the typesetter of its own bundle instead of one from another host.
    page_config.update(mathjaxConfig="null", fullMathjaxUrl="null", themesUrl=f"{BASE_URL}voila/api/themes")
    template_paths = collect_template_paths(["voila", "nbconvert"], TEMPLATE, prune=True)
    return Rendering(
        configuration=configuration,
        template_paths=template_paths,
        static_paths=collect_static_paths(["voila", "nbconvert"], TEMPLATE),
        page_config=page_config,
        stylesheet=stylesheet.read_text(encoding="utf-8") if stylesheet.is_file() else "",
        mark=_find_mark(template_paths, stylesheet),
    )


def _find_mark(template_paths: Sequence[str], stylesheet: Path) -> str:
    """Return a digest of what a page is made of besides the app: template, stylesheet, words, and the libraries."""
    digest = hashlib.sha256(f"{version('nbconvert')} {find_environment()}".encode())
    ours = (Path(folder) for folder in template_paths if Path(folder).name == TEMPLATE)
    files = [file for folder in ours for file in sorted(folder.rglob("*")) if file.is_file()]
    for file in (*files, stylesheet, *sorted(LOCALE.glob("*/apps.po")), *KERNEL_PROGRAMS):
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()


def load_notebook(path: Path) -> NotebookNode:
    """Read a notebook and name the one kernel there is."""
    notebook: NotebookNode = nbformat.read(path, as_version=4)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def select_cells(notebook: NotebookNode, *, language: str) -> NotebookNode:
    """Return the notebook without cells for the Lab alone, or for readers of the other language."""
    kept = [cell for cell in notebook.cells if _is_for(cell, language)]
    selected: NotebookNode = nbformat.v4.new_notebook(cells=kept, metadata=notebook.metadata)
    return selected


def _is_for(cell: NotebookNode, language: str) -> bool:
    tags = cell.metadata.get("tags", [])
    languages = {tag.removeprefix(LANGUAGE_TAG) for tag in tags if tag.startswith(LANGUAGE_TAG)}
    return LAB_ONLY not in tags and (not languages or language in languages)
