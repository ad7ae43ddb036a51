"""What the page of a visit asks for by itself: whether its kernel is there, and, when it is left, the end."""

from __future__ import annotations

from .headers import FOR_OWN_PAGES
from .kernels import VisitorKernels
from .pages import Page


class VisitState(Page):
    """``api/kernels/<id>``: whether a visit still runs. Voila's front end and our page ask."""

    def get(self, kernel_id: str) -> None:
        """Answer the little of jupyter_server's kernel model that the front end reads, or 404."""
        kernels: VisitorKernels = self.settings["kernel_manager"]
        self.set_header("Cache-Control", "no-store")
        for name, value in FOR_OWN_PAGES.items():
            self.set_header(name, value)
        kernels.note_life(kernel_id)
        if kernels.is_starting(kernel_id):
            self.finish({"id": kernel_id, "name": "python3", "starting": True})
            return
        if kernel_id not in kernels:
            self.set_status(404)
            self.finish({"message": "This visit has ended."})
            return
        self.finish({"id": kernel_id, "name": "python3"})


class VisitEnd(Page):
    """``voila/api/shutdown/<id>``: the page is being left; whoever knows the visit's id may end it."""

    def check_xsrf_cookie(self) -> None:
        """Not needed: the id of the visit is known to its page only."""

    async def post(self, kernel_id: str) -> None:
        """End the visit."""
        kernels: VisitorKernels = self.settings["kernel_manager"]
        await kernels.end(kernel_id, why="its page was closed")
        self.set_status(204)
