"""A threaded HTTP/1.1 server with keep-alive for one WSGI application."""

from __future__ import annotations

import io
import json
import socket
import sys
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import unquote

from sandbox.aws.errors import DropConnection
from sandbox.aws.request import Environ

IP_FREEBIND = 15  # <linux/in.h>; bind an address that no interface has yet
LOOPBACK = ("127.", "::1", "localhost")


class Server(ThreadingHTTPServer):
    """One listening socket; every connection has its own thread."""

    daemon_threads = True
    request_queue_size = 512

    def __init__(self, address: str, port: int, application: Any) -> None:
        self.application = application
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), Handler)

    def server_bind(self) -> None:
        if not str(self.server_address[0]).startswith(LOOPBACK):
            self.socket.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that went away."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Reads a request, asks the application, writes the answer in one piece."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    server_version = "sandbox"
    sys_version = ""

    def _run(self) -> None:
        answer: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            answer.update(status=status, headers=headers)

        try:
            body = b"".join(cast(Server, self.server).application(self._environ(), start_response))
        except DropConnection:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        except Exception:  # noqa: BLE001 - moto raises what it did not expect; a server outlives its handlers, and says so
            traceback.print_exc()
            body = json.dumps({"__type": "InternalFailure", "message": traceback.format_exc(limit=-1)}).encode()
            answer.update(status="500 Internal Server Error", headers=[("Content-Type", "application/json"), ("x-amzn-ErrorType", "InternalFailure")])
        code, _, reason = answer["status"].partition(" ")
        self.send_response_only(int(code), reason)
        for name, value in answer["headers"]:
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        # an answer to HEAD, or with 204, has no body; HEAD keeps the length that GET would have
        silent = self.command == "HEAD" or code in ("204", "304")
        length = next((value for name, value in answer["headers"] if name.lower() == "content-length"), "0") if silent else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        if not silent:
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = _run

    def _environ(self) -> Environ:
        path, _, query = self.path.partition("?")
        body = self._body()
        environ: Environ = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "REQUEST_URI": self.path,
            "SERVER_NAME": cast(Server, self.server).server_name,
            "SERVER_PORT": str(cast(Server, self.server).server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ.pop("HTTP_CONTENT_LENGTH", None)
        environ["CONTENT_LENGTH"] = str(len(body))
        return environ

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(iter(self._chunk, b""))
        length = int(self.headers.get("Content-Length") or 0)
        return self.rfile.read(length) if length else b""

    def _chunk(self) -> bytes:
        size = int(self.rfile.readline().split(b";")[0], 16)
        chunk = self.rfile.read(size)
        self.rfile.readline()
        return chunk

    def log_message(self, format: str, *args: Any) -> None:
        """The request log is the control API's."""
