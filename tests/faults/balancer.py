# SPDX-License-Identifier: Apache-2.0
"""HAProxy as deploy/haproxy/ sets it up, on loopback ports: two connectors, and the agent of each."""
import contextlib
import pathlib
import socket
import socketserver
import subprocess
import threading

from parts import Program, harness, wait_for

DEPLOY = harness.SOURCE / "deploy/haproxy"


class Agent(socketserver.ThreadingTCPServer):
    """What rms-connector-agent.socket does: the agent's answer for each connection."""

    daemon_threads = True

    def __init__(self, connector):
        class Answer(socketserver.BaseRequestHandler):
            def handle(self):
                said = subprocess.run([DEPLOY / "rms-connector-agent"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      env={"PATH": "/usr/bin:/bin", "RMS_ADMIN_URL": connector.fact("admin")})
                with contextlib.suppress(OSError):  # HAProxy has ended meanwhile.
                    self.request.sendall(said.stdout)

        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Balancer:
    def __init__(self, folder, connectors):
        self.agents = [Agent(connector) for connector in connectors]
        port = free_port()  # HAProxy cannot be asked which one the kernel gave it.
        text = (DEPLOY / "haproxy.cfg").read_text().replace("192.0.2.10:443", f"127.0.0.1:{port}")
        for number, (connector, agent) in enumerate(zip(connectors, self.agents), 1):
            address = connector.url.removeprefix("https://")
            text = text.replace(f"192.0.2.1{number}:443", f"{address} agent-port {agent.server_address[1]}")
        config = pathlib.Path(folder) / "haproxy.cfg"
        config.write_text(text)
        self.url = f"https://127.0.0.1:{port}"
        self.program = Program([haproxy(), "-db", "-f", config], pathlib.Path(folder) / "haproxy.log")
        wait_for(lambda: listens(port), "HAProxy listens")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.program.kill()
        for agent in self.agents:
            agent.shutdown()
            agent.server_close()


def haproxy():
    return "/usr/sbin/haproxy"


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
