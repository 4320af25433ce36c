"""HTTP over TLS: connections, requests and answers, one thread a connection."""

from __future__ import annotations

import socket
import ssl
import sys
import threading
import time
import traceback
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from socketserver import BaseServer, ThreadingTCPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from sandbox.kubernetes.errors import ApiError, PageNotFound
from sandbox.kubernetes.exchange import YAML, Request, Response, Stream, best

# Linux's IP_FREEBIND: an address may be bound before an interface has it.
IP_FREEBIND = getattr(socket, "IP_FREEBIND", 15)
_BODY_LIMIT = 16 * 1024 * 1024
# Go's words for two codes that Python names otherwise.
_PHRASES = {413: "Request Entity Too Large", 422: "Unprocessable Entity"}
_IDLE_SECONDS = 300


class Answers(Protocol):
    """What stands behind a listener: sandbox/kubernetes/service.py, sandbox/real/front.py."""

    def answer(self, request: Request) -> Response | Stream: ...

    def record(self, status: int, milliseconds: float) -> None: ...

    def loses_answer(self) -> bool: ...


class Server(ThreadingTCPServer):
    """A listener on one address. Handshakes happen in the connection's own thread."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512
    block_on_close = False

    def __init__(self, address: str, port: int, tls: ssl.SSLContext, service: Answers) -> None:
        self.tls = tls
        self.service = service
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        super().__init__((address, port), Handler, bind_and_activate=False)
        if address not in ("127.0.0.1", "::1"):
            self.socket.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
        self.server_bind()
        self.server_activate()

    @property
    def port(self) -> int:
        port: int = self.server_address[1]
        return port

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, (OSError, ssl.SSLError)):
            traceback.print_exc()

    def serve_in_thread(self) -> None:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.5}, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE_SECONDS
    wbufsize = -1
    server: Server  # type: ignore[assignment]

    def __init__(self, request: socket.socket, client_address: Any, server: BaseServer) -> None:
        assert isinstance(server, Server)
        request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request.settimeout(_IDLE_SECONDS)
        super().__init__(server.tls.wrap_socket(request, server_side=True), client_address, server)

    def finish(self) -> None:
        """Close the TLS socket too: the server only knows the plain one, which the wrapping took over."""
        try:
            super().finish()
        finally:
            self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the service keeps its own log."""

    def _serve(self) -> None:
        started = time.monotonic()
        service = self.server.service
        try:
            request = self._request()
            answer = service.answer(request)
        except ApiError as error:
            answer = Response(error.code, error.status(), headers=error.headers)
        except PageNotFound:
            answer = Response(404, "404 page not found\n", "text/plain; charset=utf-8")
        except Exception as error:  # noqa: BLE001 - a fault of the server is an answer too
            traceback.print_exc()
            answer = Response(500, ApiError(500, "InternalError", f"Internal error occurred: {error!r}").status())
        service.record(getattr(answer, "status", 200), (time.monotonic() - started) * 1000)
        if service.loses_answer():
            self.close_connection = True
        elif isinstance(answer, Stream):
            self._stream(answer)
        else:
            self._send(answer)

    def _in_form(self, answer: Response) -> Response:
        return replace(answer, content_type=YAML) if isinstance(answer.body, dict) and best(self.headers.get("Accept", "")) == YAML else answer

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve

    def _request(self) -> Request:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {key.lower(): value for key, value in self.headers.items()}
        repeated = {key: self.headers.get_all(key, []) for key in headers}
        return Request(self.command, parts.path, query, headers, self._body(headers), repeated)

    def _body(self, headers: dict[str, str]) -> bytes:
        if "chunked" in headers.get("transfer-encoding", ""):
            return b"".join(self._body_chunks())
        length = int(headers.get("content-length") or 0)
        if length > _BODY_LIMIT:
            self.close_connection = True
            raise ApiError(413, "RequestEntityTooLarge", f"Request entity too large: limit is {_BODY_LIMIT}", {})
        return self.rfile.read(length) if length else b""

    def _body_chunks(self) -> list[bytes]:
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return chunks

    def _send(self, answer: Response) -> None:
        answer = self._in_form(answer)
        data = answer.data()
        self.send_response_only(answer.status, _PHRASES.get(answer.status))
        if answer.content_type:
            self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(data)))
        for key, value in answer.headers.items():
            self.send_header(key, value)
        if isinstance(answer.body, dict) and (answer.body.get("details") or {}).get("retryAfterSeconds"):
            self.send_header("Retry-After", str(answer.body["details"]["retryAfterSeconds"]))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
        self.wfile.flush()

    def _stream(self, answer: Stream) -> None:
        self.send_response_only(200)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        chunks = answer.chunks
        try:
            for chunk in chunks:
                if chunk:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
                    self.wfile.flush()
                elif self._gone():
                    break
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        except (OSError, ValueError):
            self.close_connection = True
        finally:
            chunks.close()  # type: ignore[attr-defined]

    def _gone(self) -> bool:
        """Tell whether the client has closed the connection of a quiet stream."""
        self.connection.settimeout(0.0)
        try:
            return self.connection.recv(1) == b""
        except (ssl.SSLWantReadError, BlockingIOError):
            return False
        except OSError:
            return True
        finally:
            self.connection.settimeout(_IDLE_SECONDS)
