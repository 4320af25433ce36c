"""A further address of a server: connections to it are passed on to the same port on loopback, byte by byte, TLS and all."""

from __future__ import annotations

import selectors
import socket
import threading
from typing import Any

from sandbox.kubernetes.http import IP_FREEBIND

LOOPBACK = "127.0.0.1"
_CHUNK = 65536


class Forwarder:
    """Listens until closed. The address may come up later than this does."""

    def __init__(self, address: str, port: int) -> None:
        self._listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setsockopt(socket.SOL_IP, IP_FREEBIND, 1)
        self._listener.bind((address, port))
        self._listener.listen(128)
        self._port = port
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        try:
            with client, socket.create_connection((LOOPBACK, self._port)) as server, selectors.DefaultSelector() as waiting:
                waiting.register(client, selectors.EVENT_READ, server)
                waiting.register(server, selectors.EVENT_READ, client)
                while all(_moved(key.fileobj, key.data) for key, _ in waiting.select()):
                    pass
        except OSError:
            return


def _moved(source: Any, target: socket.socket) -> bool:
    """Move what is there; False when the source has ended."""
    data = source.recv(_CHUNK)
    target.sendall(data)
    return bool(data)
