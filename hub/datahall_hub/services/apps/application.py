"""The tornado application of the apps service: which address is answered by what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jupyter_server.auth.authorizer import AllowAllAuthorizer
from jupyter_server.services.kernels.handlers import _kernel_id_regex
from voila.utils import get_voila_labextensions_path

from datahall_hub.app_life.app_files import AppFiles
from datahall_hub.app_life.manifest import SLUG
from datahall_hub.app_life.published_apps import PublishedApps
from datahall_hub.home import Home, resolve_home
from datahall_hub.settings import CHECKOUT, Settings
from datahall_hub.use_counter import UseCounter

from . import app_page, files, pages, preview_page, visit_addresses
from .bodies import BoundedApplication
from .font_list import font_list_folder
from .headers import make_security_headers
from .kept_pages import KeptPages
from .kernels import VisitorKernels
from .messages import LARGEST_MESSAGE, VisitorConnection, VisitorSocket
from .preview_tickets import PreviewTickets
from .private_address import PrivateAddress
from .proofs import Proofs
from .rendering import BASE_URL, TEMPLATE, Rendering, prepare_rendering
from .seats import Seats, count_seats
from .socket_tickets import SocketTickets
from .trial_kernels import TrialKernels
from .trial_office import TrialOffice
from .trials import Trials
from .visitor import VisitorIdentity
from .visitor_kernel import VisitorKernelSpecs
from .visits import Visits

STYLESHEET = CHECKOUT / "hub/datahall_hub/static/datahall.css"


@dataclass(frozen=True)
class Walled:
    """Whether kernels run inside a sandbox, and why not where they should and cannot."""

    on: bool
    missing: str | None = None


def judge_walls(*, is_unsafe: bool, missing: str | None) -> Walled:
    """Decide: visitors are strangers, so only ``--unsafe-no-sandbox`` lets apps run without walls."""
    if is_unsafe:
        return Walled(on=False)
    return Walled(on=missing is None, missing=missing)


def make_kernels(settings: Settings, *, home: Home, walled: Walled, runtime_folder: Path) -> VisitorKernels:
    """Return the manager of visits, nothing started yet."""
    return VisitorKernels(
        kernel_spec_manager=_make_specs(settings, home=home, walled=walled),
        connection_dir=str(runtime_folder),
        runtime_folder=str(runtime_folder),
        seats=Seats(
            settings.apps_kernels or count_seats(),
            per_app=settings.apps_kernels_per_app,
            per_address=settings.apps_kernels_per_address,
        ),
        cull_idle_timeout=settings.apps_idle_timeout,
    )


def make_trial_kernels(settings: Settings, *, home: Home, walled: Walled, runtime_folder: Path) -> TrialKernels:
    """Return the manager of trials: the same kernels in a seat of their own, ended by the trial alone."""
    return TrialKernels(
        kernel_spec_manager=_make_specs(settings, home=home, walled=walled),
        connection_dir=str(runtime_folder),
        runtime_folder=str(runtime_folder),
        seats=Seats(1),
        cull_idle_timeout=0,
    )


def make_private_address(
    settings: Settings,
    *,
    home: Home,
    kernels: TrialKernels,
    rendering: Rendering,
    walled: Walled,
    previews: PreviewTickets,
) -> PrivateAddress:
    """Return the address at which the hall has versions tried."""
    seconds, largest = settings.apps_check_seconds, settings.apps_check_output
    office = TrialOffice(
        files=AppFiles(home.apps),
        trials=Trials(kernels, seconds=seconds, largest_output=largest),
        proofs=Proofs(kernels, rendering, seconds=seconds, largest_output=largest),
        missing_wall=walled.missing,
        previews=previews,
    )
    return PrivateAddress(office, home.apps_socket)


def _make_specs(settings: Settings, *, home: Home, walled: Walled) -> VisitorKernelSpecs:
    has_catalogs = (home.catalogs / "datasets").is_dir()
    return VisitorKernelSpecs(
        provisioner_configuration={
            "hall": str(home.root),
            "catalogs": str(home.catalogs) if has_catalogs else "",
            "store": str(home.store),
            "index": str(home.index),
            "fonts": str(font_list_folder(home.index)),
            "walled": walled.on,
            "fork_server": str(home.fork_socket("kernel")),
            "visitor_ids": settings.visitor_ids,
            "memory": settings.apps_memory,
        }
    )


def make_application(
    settings: Settings, *, kernels: VisitorKernels, visits: Visits, walled: Walled, uses: UseCounter
) -> BoundedApplication:
    """Return the application below ``/services/apps/``."""
    rendering = prepare_rendering(stylesheet=STYLESHEET)
    identity = VisitorIdentity()
    return BoundedApplication(
        _routes(rendering),
        default_handler_class=pages.Nothing,
        base_url=BASE_URL,
        compress_response=True,
        log_function=log_request,
        kernel_manager=kernels,
        visits=visits,
        kernel_websocket_connection_class=VisitorConnection,
        identity_provider=identity,
        authorizer=AllowAllAuthorizer(identity_provider=identity),
        websocket_max_message_size=LARGEST_MESSAGE,
        cookie_secret=b"no cookie of this service is signed",
        allow_remote_access=True,  # the host names people use are the proxy's affair
        published_apps=PublishedApps(resolve_home(settings.home).apps, shipped=settings.apps_folder),
        start_timeout=settings.apps_start_timeout,
        missing_wall=walled.missing,
        sandbox="on" if walled.on else f"off: {walled.missing or 'switched off by --unsafe-no-sandbox'}",
        rendering=rendering,
        kept_pages=KeptPages(mark=rendering.mark),
        security_headers=make_security_headers(settings.apps_framed_by),
        uses=uses,
        previews=PreviewTickets(),
        socket_tickets=SocketTickets(),
    )


VISIT = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")  # whoever knows it is taken for its visitor


def log_request(handler: Any) -> None:
    """Log a request that failed, or a page; never its query or visit, never the files a page consists of."""
    status = handler.get_status()
    path = VISIT.sub("<visit>", preview_page.hide_ticket(handler.request.path))
    if status >= 500:
        level = pages.log.error
    elif status >= 400:
        level = pages.log.warning
    elif "/voila/" in path or "/api/" in path or path.endswith("/health"):
        return
    else:
        level = pages.log.info
    level("%d %s %s %.0f ms", status, handler.request.method, path, 1000 * handler.request.request_time())


def _routes(rendering: Rendering) -> list[Any]:
    slug = f"({SLUG.pattern})"
    return [
        (BASE_URL, pages.ToGallery),
        (BASE_URL.rstrip("/"), pages.ToGallery),
        (BASE_URL + "health", pages.Health),
        (BASE_URL + f"api/kernels/{_kernel_id_regex}", visit_addresses.VisitState),
        (BASE_URL + f"api/kernels/{_kernel_id_regex}/channels", VisitorSocket),
        (BASE_URL + f"voila/api/shutdown/{_kernel_id_regex}", visit_addresses.VisitEnd),
        (BASE_URL + "voila/static/(.*)", files.PageFile, {"folders": rendering.static_paths}),
        (BASE_URL + f"voila/templates/{TEMPLATE}/static/(.*)", files.PageFile, {"folders": rendering.static_paths}),
        (
            BASE_URL + "voila/labextensions/(.*)",
            files.FrontEndFile,
            {"folders": get_voila_labextensions_path()},
        ),
        (preview_page.ADDRESS, preview_page.PreviewPage),
        (BASE_URL + slug, app_page.AppPage),
        (BASE_URL + slug + "/", pages.WithoutSlash),
    ]
