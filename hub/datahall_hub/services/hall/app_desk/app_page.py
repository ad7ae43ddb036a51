"""An app's page: what it does, who made it from which data, how to open, share, embed it, and report a problem."""

from __future__ import annotations

from typing import Annotated, Any

import datahall
from datahall.uses import load_use
from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from datahall_hub.app_life.faults import NoSuchVersion
from datahall_hub.app_life.manifest import ManifestError
from datahall_hub.app_life.published_apps import PublishedApp, name_use
from datahall_hub.services.hall.addresses import BASE, base_url, origin_of
from datahall_hub.services.hall.app_desk.api import act_as
from datahall_hub.services.hall.app_desk.app_json_ld import describe_app
from datahall_hub.services.hall.app_desk.qr_code import draw_qr_code
from datahall_hub.services.hall.app_desk.version_contents import list_used
from datahall_hub.services.hall.faults import NotFound
from datahall_hub.services.hall.hall import Hall, MaybePerson, TheHall, wanted_language
from datahall_hub.services.hall.home_page import theme_titles
from datahall_hub.services.hall.json_ld import to_script
from datahall_hub.services.hall.languages import Language, redirect_to
from datahall_hub.services.hall.person import Person
from datahall_hub.services.hall.voices.subjects import find_voices
from datahall_hub.services.hall.voices.voice import STATES
from datahall_hub.services.hall.wording import N_

router = APIRouter(prefix=BASE, include_in_schema=False)

Slug = Annotated[str, Path(max_length=100)]
A_WHILE = {"cache-control": "public, max-age=3600"}


@router.get("/apps/{slug}")
async def lead_to_app(request: Request, hall: TheHall, slug: Slug) -> Response:
    """Lead to the page in the reader's language; anybody may. “mine” and “review” are led to in the same way."""
    return redirect_to(request, hall, language=wanted_language(request))


@router.get("/{language}/apps/{slug}")
async def show_app(request: Request, hall: TheHall, language: Language, person: MaybePerson, slug: Slug) -> Response:
    """Show an app; anybody may."""
    app = await run_in_threadpool(get_app, hall, slug)

    def render() -> Response:
        values = _describe(request, hall, app, language=language) | {"is_manager": _may_manage(hall, app, person)}
        return hall.renderer.page(request, "app.html", language=language, person=person, **values)

    return await run_in_threadpool(render)


@router.get("/apps/{slug}/qr.svg")
def show_qr_code(request: Request, hall: TheHall, slug: Slug) -> Response:
    """Return the address of an app's page as a QR code; anybody may."""
    get_app(hall, slug)
    address = f"{base_url(request.headers, settings=hall.settings)}/apps/{slug}"
    return Response(draw_qr_code(address), media_type="image/svg+xml", headers=A_WHILE | {"vary": "Host"})


@router.get("/apps/{slug}/notebook.ipynb")
def read_notebook(hall: TheHall, slug: Slug) -> Response:
    """Return the notebook of an app whose author shows it; anybody may."""
    app = get_app(hall, slug)
    if not app.manifest.show_source:
        raise NotFound(
            N_("The notebook of this app is not public."), hint=N_("Its author decides that, in app.yaml.")
        )  # fmt: skip
    headers = {"content-disposition": f'attachment; filename="{slug}.ipynb"', "cache-control": "no-cache"}
    return Response(app.manifest.notebook.read_bytes(), media_type="application/x-ipynb+json", headers=headers)


def get_app(hall: Hall, slug: str) -> PublishedApp:
    """Return a published app; refuse what is none."""
    try:
        app = hall.apps.find(slug)
    except ManifestError:  # the log says why
        app = None
    if app is None:
        raise NotFound(
            N_("There is no app of this name."),
            hint=N_("It may have been retired; the page of all apps lists those that there are."),
            code="unknown-app",
        )
    return app


def _may_manage(hall: Hall, app: PublishedApp, person: Person | None) -> bool:
    """Tell whether somebody is an app's author or may review it; while the database is away, nobody is."""
    if person is None or not app.number:
        return False
    try:
        return bool(hall.desk.get_for(app.slug, app.number, actor=act_as(person)))
    except (NoSuchVersion, SQLAlchemyError):
        return False


def _describe(request: Request, hall: Hall, app: PublishedApp, *, language: str) -> dict[str, Any]:
    manifest, licenses = app.manifest, datahall.licenses()
    base, origin = (find(request.headers, settings=hall.settings) for find in (base_url, origin_of))
    page, address = f"{base}/apps/{app.slug}", f"{origin}/services/apps/{app.slug}"
    license = licenses.get(manifest.license)
    linked = describe_app(
        app,
        language=language,
        page=page,
        address=address,
        picture=f"{page}/thumbnail" if app.picture else "",
        license_url=str(license.url) if license and license.url else None,
    )
    opened = [(use.id, use.version or "") for use in app.datasets]
    named = [(use.id, use.version or "") for use in manifest.datasets]
    return {
        "app": app,
        "manifest": manifest,
        "page_address": page,
        "frame": f'<iframe src="{address}?language={language}" width="100%" height="700"></iframe>',
        "is_framed": bool(hall.settings.apps_framed_by),
        "license": license,
        "datasets": list_used(opened=opened, named=named),
        "licenses": licenses,
        "publishers": datahall.publishers(),
        "access_levels": datahall.access_levels(),
        "goals": datahall.goals(),
        "themes": theme_titles(),
        "use": load_use(name_use(app.slug)),
        "voices": find_voices(hall.voices, name_use(app.slug)),
        "voice_states": STATES,
        "json_ld": to_script(linked),
    }
