"""A web site on this machine that offers a small thing shaped like a speech model."""

from __future__ import annotations

import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAME = "vosk-model-small-en-us-test"
FILES = {
    "am/final.mdl": bytes(range(256)) * 400,
    "conf/mfcc.conf": b"--num-mel-bins=40\n",
    "graph/HCLG.fst": b"graph",
    "README": b"A model.\n",
}


def archive(path: Path, name: str = NAME, extra: dict[str, bytes] | None = None) -> Path:
    names = {f"{name}/{place}": content for place, content in FILES.items()} | (extra or {})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for place, content in names.items():
            packed.writestr(place, content)
    return path


class Site:
    """A web site with one file; it can break off, and it remembers what was asked for."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.break_off_after: int | None = None
        self.ranges: list[str | None] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.answer(self)

            def do_HEAD(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(site.content)))
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/{NAME}.zip"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        asked = request.headers["Range"]
        self.ranges.append(asked)
        begin = int(asked.removeprefix("bytes=").removesuffix("-"))
        body = self.content[begin:]
        request.send_response(206 if begin else 200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: self.break_off_after])

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def put(folder: Path) -> Path:
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder
