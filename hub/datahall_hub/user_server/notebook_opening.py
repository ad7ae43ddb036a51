"""The address ``…/datahall/open`` of a person's server: a notebook in their home, open in the Lab.

With ``?dataset=<id>`` it is one about a dataset, with ``?app=<slug>`` a copy of a published app's. A server extension,
found beside `start.py`. It is written into ``notebooks`` of the home, and never over anything: who comes again finds
what they have made of a dataset's, and gets a new copy of an app's. Only a click on a page of this hall (or an address
that the person typed) writes; whoever comes from elsewhere is asked first, so that no foreign page fills a home. A
foreign link through the sign-in or a server's start counts as a click here: it makes one notebook at most. The
sentences stand here, since the hub's translations are in no sandbox.
"""

from __future__ import annotations

import asyncio
import os
import re
import stat
from contextlib import suppress
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError, authenticated

FOLDER = "notebooks"
_ID = re.compile(r"[a-z][a-z-]{0,99}/[a-z0-9]+(?:-+[a-z0-9]+)*")
_VERSION = re.compile(r"[0-9A-Za-z.-]{1,40}")
_LONGEST_ID = 200
_MOST = 100  # notebooks of other things with the same name
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_SLUG = 60
_PATIENCE = 30.0  # seconds that the hall may take
_LARGEST = 50_000_000  # bytes of a notebook that is looked into

QUESTION = {
    "en": ("Open in a notebook", "Make a notebook about the dataset {id} in your home folder?", "Make the notebook"),
    "zh": ("在笔记本中打开", "要在您的主文件夹中为数据集 {id} 新建一个笔记本吗？", "新建笔记本"),
}
QUESTION_ABOUT_APP = {
    "en": ("Open in a notebook", "Copy the notebook of the app {id} into your home folder?", "Copy the notebook"),
    "zh": ("在笔记本中打开", "要把应用 {id} 的笔记本复制到您的主文件夹吗？", "复制笔记本"),
}
REFUSALS = {
    "form": ("This is not the name of a dataset.", "这不是数据集的名称。"),
    "unknown": ("There is no such dataset.", "没有这个数据集。"),
    "app": ("There is no such app, or its notebook is not public.", "没有这个应用，或它的笔记本没有公开。"),
    "away": ("The hall does not hand out the notebook just now. Try again.", "大厅暂时无法提供这个笔记本，请重试。"),
    "fault": ("The dataset could not be described. Try again.", "无法读取该数据集的说明，请重试。"),
    "folder": (
        "The notebook could not be put into the folder “notebooks” of your home. Look whether it is a folder there.",
        "无法把笔记本放入您主文件夹中的“notebooks”。请检查它是否是一个文件夹。",
    ),
}


class RefusedError(Exception):
    """The notebook cannot be made; the word names a sentence in `REFUSALS`."""


def load_notebook_opening(app: Any) -> None:
    """Add the address; called by the server when it starts."""
    place = url_path_join(app.web_app.settings["base_url"], "datahall/open")
    app.web_app.add_handlers(".*$", [(re.escape(place), OpeningHandler)])


class OpeningHandler(JupyterHandler):
    """Opens a notebook about a dataset; the server's owner may."""

    auth_resource = "contents"

    @authenticated
    @authorized(action="write")  # type: ignore[untyped-decorator]  # of jupyter_server
    async def get(self) -> None:
        """Open the notebook for who comes from this hall, and ask everybody else."""
        if is_from_here(self.request.headers, host=self.request.host):
            await self._open()
        else:
            self._ask()

    @authenticated
    @authorized(action="write")  # type: ignore[untyped-decorator]  # of jupyter_server
    async def post(self) -> None:
        """Open the notebook for who has been asked; the form's key was checked before."""
        await self._open()

    async def _open(self) -> None:
        language, root = self._language(), Path(getattr(self.contents_manager, "root_dir", Path.home()))
        subject, version = self.get_argument("dataset", ""), self.get_argument("version", "")
        try:
            if slug := self.get_argument("app", ""):
                name = await asyncio.to_thread(copy_app, root, slug)
            else:
                name = await asyncio.to_thread(ensure_notebook, root, subject, version=version, language=language)
        except RefusedError as error:
            english, chinese = REFUSALS[str(error)]
            raise HTTPError(
                404 if str(error) in ("form", "unknown", "app") else 409, chinese if language == "zh" else english
            ) from error
        self.redirect(url_path_join(self.base_url, "lab/tree", quote(f"{FOLDER}/{name}")))

    def _ask(self) -> None:
        language = self._language()
        slug = self.get_argument("app", "")
        title, question, button = (QUESTION_ABOUT_APP if slug else QUESTION)[language]
        fields = {
            "_xsrf": self.xsrf_token.decode(),
            "app": slug,
            "dataset": self.get_argument("dataset", ""),
            "language": language,
            "version": self.get_argument("version", ""),
        }
        subject = f"<code>{escape((slug or fields['dataset'])[:_LONGEST_ID])}</code>"
        hidden = "".join(f'<input type="hidden" name="{name}" value="{escape(text)}">' for name, text in fields.items())
        self.set_header("Cache-Control", "no-store")
        self.finish(
            f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>{title}</title>'
            '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
            '<body style="font: 1.1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 4rem auto; padding: 1rem">'
            f"<main><h1>{title}</h1><p>{question.format(id=subject)}</p>"
            f'<form method="post">{hidden}<button style="font: inherit; padding: .5em 1em">{button}</button></form>'
        )

    def _language(self) -> str:
        said = self.get_argument("language", os.environ.get("DATAHALL_LANGUAGE", "en"))
        return "zh" if said == "zh" else "en"


def is_from_here(headers: Any, *, host: str) -> bool:
    """Say whether the person clicked on a page of this site, or typed the address; what tells nothing is foreign."""
    site = headers.get("Sec-Fetch-Site")
    if site is not None:  # browsers say it over HTTPS and on the machine itself
        return site in ("same-origin", "none")
    return bool(urlsplit(headers.get("Referer", "")).netloc == host)


def ensure_notebook(root: Path, dataset_id: str, *, version: str, language: str) -> str:
    """Return the name of the notebook about a dataset in the folder for them below `root`, which is made if need be."""
    if len(dataset_id) > _LONGEST_ID or not _ID.fullmatch(dataset_id):
        raise RefusedError("form")
    if version and not _VERSION.fullmatch(version):
        raise RefusedError("form")
    try:
        folder = _ensure_folder(root)
        name, is_there = _find_place(folder, dataset_id)
        if not is_there:
            _write(folder / name, _describe(dataset_id, version=version or None, language=language))
    except OSError as error:
        raise RefusedError("folder") from error
    return name


def copy_app(root: Path, slug: str) -> str:
    """Return the name of a new copy of an app's notebook in the same folder."""
    if len(slug) > _LONGEST_SLUG or not _SLUG.fullmatch(slug):
        raise RefusedError("app")
    content = _read_app(slug)
    try:
        folder = _ensure_folder(root)
        for number in range(1, _MOST):
            name = f"{slug}.ipynb" if number == 1 else f"{slug}-{number}.ipynb"
            with suppress(FileExistsError):
                _write(folder / name, content)
                return name
    except OSError as error:
        raise RefusedError("folder") from error
    raise RefusedError("folder")


def _read_app(slug: str) -> bytes:
    """Return the notebook that the hall hands out to everybody, made one that the Lab opens without a question."""
    import httpx
    from datahall._notebooks import prepare_copy

    address = urljoin(os.environ.get("DATAHALL_FETCH_URL", ""), f"../../apps/{slug}/notebook.ipynb")
    try:
        answer = httpx.get(address, timeout=_PATIENCE, trust_env=False)
        if answer.status_code == 404:
            raise RefusedError("app")
        return prepare_copy(answer.raise_for_status().content, app=slug).encode()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, TypeError, RecursionError) as error:
        raise RefusedError("away") from error


def _ensure_folder(root: Path) -> Path:
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    if not folder.resolve().is_relative_to(root.resolve()):
        raise RefusedError("folder")
    return folder


def _describe(dataset_id: str, *, version: str | None, language: str) -> bytes:
    from datahall import DatahallError
    from datahall._notebooks import write_notebook
    from datahall.errors import UnknownDataset

    try:
        return write_notebook(dataset_id, version=version, language=language).encode()
    except UnknownDataset as error:
        raise RefusedError("unknown") from error
    except DatahallError as error:
        raise RefusedError("fault") from error


def _find_place(folder: Path, dataset_id: str) -> tuple[str, bool]:
    """Return the notebook that is there for the dataset, else the first name that is free."""
    from datahall._notebooks import find_subject

    stem = dataset_id.partition("/")[2]
    for number in range(1, _MOST):
        name = f"{stem}.ipynb" if number == 1 else f"{stem}-{number}.ipynb"
        content = _read(folder / name)
        if content is None:
            return name, False
        if find_subject(content) == dataset_id:
            return name, True
    raise RefusedError("folder")


def _read(file: Path) -> bytes | None:
    """Return what is in a file of a bearable size, nothing of what is no file, and None where nothing is."""
    try:
        status = file.lstat()
    except FileNotFoundError:
        return None
    return file.read_bytes() if stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST else b""


def _write(file: Path, content: bytes) -> None:
    """Write a file that is not there yet, whole or not at all; a link of that name is not followed."""
    scratch = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with scratch.open("xb") as writing:
            writing.write(content)
        os.link(scratch, file)  # which fails, where renaming would replace
    finally:
        scratch.unlink(missing_ok=True)


def _load_jupyter_server_extension(app: Any) -> None:
    load_notebook_opening(app)


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "notebook_opening"}]
