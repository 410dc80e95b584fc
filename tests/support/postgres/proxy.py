"""A TCP proxy that cuts a connection where a test wants it.

    with Proxy(server.port, cuts=1, at=b"COMMIT", deliver=True) as proxy:
        ...  # clients connect to proxy.port; proxy.cut_count says how often it cut
"""

import contextlib
import socket
import struct
import threading


class Proxy:
    """Between clients and 127.0.0.1:port. The first `cuts` times that a client sends the bytes
    `at`, or has sent more than `after` bytes, both ends get a reset; `deliver` says whether the
    server still gets what was sent. With `silent`, the server's end stays open until the proxy
    ends, as when a network is gone without a word. With `ends`, nobody can connect after the last
    cut. `at` may be a list: bytes for each cut."""

    def __init__(self, port, cuts=0, at=None, after=None, deliver=False, silent=False, ends=False):
        self.target, self.cuts, self.at, self.after = port, cuts, at, after
        self.deliver, self.silent, self.ends = deliver, silent, ends
        self.cut_count, self.sockets = 0, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.listener.close()
        for s in self.sockets:
            self.reset(s)

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    self.reset(client)
                    continue
                self.sockets += [client, server]
                for step, ends in ((self.forward, (client, server)), (self.back, (server, client))):
                    threading.Thread(target=step, args=ends, daemon=True).start()

    @staticmethod
    def reset(s):
        with contextlib.suppress(OSError):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            s.shutdown(socket.SHUT_RD)
        s.close()

    def is_due(self, data, sent):
        at = self.at[self.cut_count] if isinstance(self.at, list) and self.cuts > 0 else self.at
        return self.cuts > 0 and ((at is not None and at in data)
                                  or (self.after is not None and sent > self.after))

    def forward(self, client, server):
        sent = 0
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                sent += len(data)
                if self.is_due(data, sent):
                    self.cuts -= 1
                    self.cut_count += 1
                    if self.ends and self.cuts == 0:
                        self.listener.shutdown(socket.SHUT_RDWR)
                        self.listener.close()
                    self.reset(client)  # first: so that no answer comes through
                    if self.deliver:
                        server.sendall(data)
                    break
                server.sendall(data)
            else:
                server.close()
                return
        if not self.silent:
            self.reset(server)

    def back(self, server, client):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_WR)
        if not self.silent:
            self.reset(server)
