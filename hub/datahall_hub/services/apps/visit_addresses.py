"""What the page of a visit asks for by itself: whether its kernel is there, and, when it is left, the end."""

from __future__ import annotations

from .headers import FOR_OWN_PAGES
from .kernels import VisitorKernels
from .pages import Page
from .socket_tickets import SocketTickets
from .visits import Visits


class VisitState(Page):
    """``api/kernels/<id>``: whether a visit still runs. Voila's front end and our page ask."""

    def get(self, kernel_id: str) -> None:
        """Answer the little of jupyter_server's kernel model that the front end reads, and how the visit stands.

        `ticket` opens the visit's socket, once.
        """
        kernels: VisitorKernels = self.settings["kernel_manager"]
        self.set_header("Cache-Control", "no-store")
        for name, value in FOR_OWN_PAGES.items():
            self.set_header(name, value)
        visits: Visits = self.settings["visits"]
        state = visits.give_sign(kernel_id)
        if state is not None:
            self._tell(kernel_id, step=state.step, place=state.place)
        elif kernel_id in kernels:
            kernels.note_life(kernel_id)
            self._tell(kernel_id, step="running", place=0)
        else:
            self.set_status(404)
            self.finish({"message": "This visit has ended."})

    def _tell(self, kernel_id: str, *, step: str, place: int) -> None:
        tickets: SocketTickets = self.settings["socket_tickets"]
        ticket = tickets.issue(kernel_id)
        self.finish({"id": kernel_id, "name": "python3", "step": step, "place": place, "ticket": ticket})


class VisitEnd(Page):
    """``voila/api/shutdown/<id>``: the page is being left; whoever knows the visit's id may end it."""

    def check_xsrf_cookie(self) -> None:
        """Not needed: the id of the visit is known to its page only."""

    async def post(self, kernel_id: str) -> None:
        """End the visit."""
        visits: Visits = self.settings["visits"]
        if not await visits.end(kernel_id, why="its page was closed"):
            kernels: VisitorKernels = self.settings["kernel_manager"]
            await kernels.end(kernel_id, why="its page was closed")
        self.set_status(204)
