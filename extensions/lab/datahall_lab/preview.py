"""The preview of an app: what Voila shows of a notebook in a person's own server, without the cells for the Lab alone.

The apps service leaves the same cells out (`datahall_hub.services.apps.rendering`), which is not within reach here.
A preview runs a notebook with all that its author may do, so only a page of the author's own server gets one. Visitors
never see why a cell failed; its author does, in the cell's place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import parse_qs, urlsplit

from nbformat.v4 import new_output
from tornado.web import Finish

LAB_ONLY = "lab-only"
LANGUAGE_TAG = "language-"
FAILURE = "application/vnd.datahall.failure+json"  # as `preview.ts` reads it
RAISES = "raises-exception"  # Jupyter's tag of a cell that is meant to fail
LONGEST_MESSAGE = 2_000  # characters
FOREIGN = {
    "en": "A preview runs your notebook, so only your own Lab shows it. Open the notebook there and choose “Publish as "
    "App…”, then “Look at it”.",
    "zh": "预览会运行您的笔记本，因此只在您自己的 Lab 中显示。请在 Lab 中打开它，选择“发布为应用…”，再点击“预览”。",
}


def set_up_previews(app: Any) -> None:
    """Have Voila show notebooks as visitors see them; called when the server starts."""
    app.config.VoilaConfiguration.prelaunch_hook = prepare_preview
    app.config.VoilaExecutor.on_cell_error = tell_failure
    # Previews take the typesetter of Voila's own bundle instead of one from another host.
    app.web_app.settings.update(mathjax_url="null", mathjax_config="null")


def prepare_preview(request: Any, notebook: Any, cwd: str) -> Any:
    """Return the notebook as visitors see it; called by Voila (``prelaunch_hook``) before it runs one."""
    if not is_from_own_server(request.request.headers, host=request.request.host, base_url=request.base_url):
        _refuse(request)
    asked = parse_qs(request.request.query).get("language", [""])[0]
    language = "zh" if asked == "zh" else "en"
    notebook.cells = [cell for cell in notebook.cells if _is_for(cell, language)]
    if title := _find_title(notebook.metadata, language):
        notebook.metadata["title"] = title
    return notebook


def is_from_own_server(headers: Mapping[str, str], *, host: str, base_url: str) -> bool:
    """Say whether a page of this very server asks: all servers have one origin, and what tells nothing is foreign."""
    page = urlsplit(headers.get("Referer", ""))
    site = headers.get("Sec-Fetch-Site", "same-origin")  # browsers say it over HTTPS and on the machine itself
    return site == "same-origin" and page.netloc == host and page.path.startswith(base_url)


def _refuse(request: Any) -> NoReturn:
    """Say who gets a preview; Voila's own page for refusals would leave the sentence out."""
    request.set_status(403)
    texts = "".join(f'<p lang="{language}">{text}</p>' for language, text in FOREIGN.items())
    raise Finish(f'<!doctype html><html lang="en"><meta charset="utf-8"><title>403</title>{texts}')


def tell_failure(cell: Any, cell_index: int, execute_reply: Any) -> None:
    """Put why a cell failed below it; called by Voila (``on_cell_error``), whose page hides errors from visitors."""
    if RAISES in cell.metadata.get("tags", []):
        return
    error = execute_reply["content"]
    name, message = str(error.get("ename", "")), str(error.get("evalue", ""))[:LONGEST_MESSAGE]
    told = {"cell": str(cell.get("id", "")), "name": name, "message": message}
    data = {"text/plain": f"{name}: {message}", FAILURE: told}
    cell.outputs.append(new_output("display_data", data=data))


def _is_for(cell: Any, language: str) -> bool:
    tags = [str(tag) for tag in cell.metadata.get("tags", [])]
    languages = {tag.removeprefix(LANGUAGE_TAG) for tag in tags if tag.startswith(LANGUAGE_TAG)}
    return LAB_ONLY not in tags and (not languages or language in languages)


def _find_title(metadata: Any, language: str) -> str:
    """Return the title that was filled in to publish the notebook; empty where there is none."""
    try:
        title = metadata["datahall"]["app"]["manifest"]["title"][language]
    except (KeyError, TypeError):
        return ""
    return title if isinstance(title, str) else ""
