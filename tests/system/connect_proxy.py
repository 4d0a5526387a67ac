# SPDX-License-Identifier: Apache-2.0
"""An HTTP proxy for the tests of this folder: CONNECT, on threads of its own. Python's standard library only."""
import select
import socket
import ssl
import threading


class ConnectProxy:
    """Listens on 127.0.0.1:`port`. What it does with whoever comes can be changed while it runs:

    `lets_in`: a function of the value of Proxy-Authorization; None asks nobody.
    `offers`: the values of Proxy-Authenticate in a 407.
    `answer`: bytes that it says to CONNECT instead of doing it.
    `intercepts`: (certificate, key): it ends TLS itself.
    """

    def __init__(self):
        self.lets_in = self.answer = self.intercepts = None
        self.offers = []
        self.asked = []  # (target, value of Proxy-Authorization)
        self._open, self._lock, self._listener, self.port = set(), threading.Lock(), None, 0
        self._threads = []
        self.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        """Listens (again), always on the same port."""
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", self.port))
        self._listener.listen(64)
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept, self._listener)

    def kill(self):
        """Refuses who comes and drops who is there."""
        if self._listener.fileno() >= 0:  # it may have been killed before
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        with self._lock:
            for one in self._open:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    def close(self):
        self.kill()
        for thread in self._threads:
            thread.join(10)

    def _spawn(self, target, *arguments):
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener):
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            self._spawn(self._serve, near)

    def _serve(self, near):
        with self._lock:
            self._open.add(near)
        try:
            self._talk(near)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(near)
            near.close()

    def _talk(self, near):
        head = b""
        while b"\r\n\r\n" not in head:
            piece = near.recv(65536)
            if not piece:
                return
            head += piece
        lines = head.decode("latin-1").split("\r\n")
        target = lines[0].split(" ")[1]
        fields = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        shown = fields.get("Proxy-Authorization", "")
        with self._lock:
            self.asked.append((target, shown))
        if self.answer is not None:
            near.sendall(self.answer)
        elif self.lets_in is not None and not self.lets_in(shown):
            offers = "".join(f"Proxy-Authenticate: {offer}\r\n" for offer in self.offers)
            near.sendall(f"HTTP/1.1 407 Proxy Authentication Required\r\n{offers}Content-Length: 0\r\n\r\n".encode())
        elif self.intercepts is not None:
            near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.intercepts)
            try:
                context.wrap_socket(near.dup(), server_side=True).close()
            except (OSError, ssl.SSLError):
                pass
        else:
            host, port = target.rsplit(":", 1)
            with socket.create_connection((host.strip("[]"), int(port)), timeout=10) as far:
                far.settimeout(None)
                near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self._forward(near, far)

    @staticmethod
    def _forward(near, far):
        ends = {near: far, far: near}
        while ends:
            for source in select.select(list(ends), [], [])[0]:
                piece = source.recv(65536)
                if piece:
                    ends[source].sendall(piece)
                else:
                    ends.pop(source).shutdown(socket.SHUT_WR)
