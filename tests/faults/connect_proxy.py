# SPDX-License-Identifier: Apache-2.0
"""A corporate proxy: HTTP CONNECT on a loopback port. It lets through, wants credentials, or opens the TLS of others."""
import select
import socket
import socketserver
import ssl
import threading


class ConnectProxy(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, certificate=None):
        """`certificate`: (PEM, key) with which it can intercept."""
        self.mode = "pass"  # or "407", "intercept"
        self.tunnels = set()
        self.asked = 0
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(*certificate)
            self.context.set_alpn_protocols(["h2"])
        self.address = ("127.0.0.1", 0)
        self._open()

    def _open(self):
        super().__init__(self.address, Tunnel)
        self.address = self.server_address
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self):
        return self.address[1]

    def become(self, mode):
        """From now on new connections get that; those that are there end."""
        self.mode = mode
        self.cut()

    def cut(self):
        for tunnel in list(self.tunnels):
            for end in tunnel:
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def go_away(self):
        self.shutdown()
        self.server_close()
        self.cut()

    def come_back(self):
        self._open()


class Tunnel(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.asked += 1
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(4096)
            if not piece or len(head) > 65536:
                return
            head += piece
        host, port = head.split(b" ", 2)[1].decode().rsplit(":", 1)
        if self.server.mode == "407":
            self.request.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"proxy\"\r\n"
                                 b"Content-Length: 0\r\nConnection: close\r\n\r\n")
            return
        if self.server.mode == "intercept":
            self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            try:
                with self.server.context.wrap_socket(self.request, server_side=True) as opened:
                    opened.recv(1)
            except OSError:
                pass  # The other end does not believe who we are.
            return
        try:
            far = socket.create_connection((host, int(port)), timeout=5)
        except OSError:
            self.request.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            return
        far.settimeout(None)
        self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        pair = (self.request, far)
        self.server.tunnels.add(pair)
        try:
            self.forward(*pair)
        except OSError:
            pass
        finally:
            self.server.tunnels.discard(pair)
            far.close()

    @staticmethod
    def forward(near, far):
        other = {near: far, far: near}
        while True:
            for readable in select.select([near, far], [], [])[0]:
                piece = readable.recv(65536)
                if not piece:
                    return
                other[readable].sendall(piece)
