# SPDX-License-Identifier: Apache-2.0
"""The programs of the fault table: services, connectors, broken wires and callers. Python's standard library only."""
import collections
import json
import os
import pathlib
import signal
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import harness  # noqa: E402

wait_for = harness.wait_for


class Program:
    """A process of ours with a log of its own."""

    def __init__(self, command, log, env=None):
        self.log_file = pathlib.Path(log)
        with open(log, "ab") as out:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out, start_new_session=True, env={**os.environ, **(env or {})})
        self.pid = self.process.pid

    def running(self):
        return self.process.poll() is None

    def send(self, signal_number):
        if self.running():
            self.process.send_signal(signal_number)

    def end(self, seconds=40):
        """Asks it to end; gives the exit status."""
        self.send(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def log(self):
        return self.log_file.read_text(errors="replace")


class Daemon:
    """rms-cloudd or rms-connectord with one configuration: started, killed and started again on the same ports."""

    PROGRAM = ""

    def __init__(self, config, folder, name, env=None):
        self.config, self.name, self.env = pathlib.Path(config), name, env or {}
        self.ready_file = pathlib.Path(folder) / f"{name}.ready"
        self.log_file = pathlib.Path(folder) / f"{name}.log"
        self.program = None

    def start(self):
        self.ready_file.unlink(missing_ok=True)
        self.program = Program(
            [harness.PROGRAMS / self.PROGRAM, "--config", self.config, "--ready-file", self.ready_file], self.log_file,
            self.env)
        wait_for(lambda: self._is_ready() or not self.program.running(), f"{self.name} is ready")
        if not self.program.running():
            raise AssertionError(f"{self.name} ended at once:\n" + self.log()[-2000:])
        self._facts = dict(line.split("=", 1) for line in self.ready_file.read_text().splitlines())
        self._keep_ports()
        return self

    def _is_ready(self):
        return self.ready_file.exists() and self.ready_file.stat().st_size > 0

    def fact(self, name):
        return self._facts[name]

    # Ports are chosen by the kernel at the first start and written down, so that a restart finds the same.
    def _keep_ports(self):
        text = self.config.read_text()
        for fact in self.PORTS:
            text = text.replace("127.0.0.1:0", "127.0.0.1:" + self.fact(fact).rsplit(":", 1)[1], 1)
        self.config.write_text(text)

    def running(self):
        return self.program is not None and self.program.running()

    def kill(self):
        if self.running():
            self.program.kill()

    def stop(self):
        return self.program.end() if self.running() else None

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


class Service(Daemon):
    """A rights service, and the wire to it that the connectors use."""

    PROGRAM = "rms-cloudd"
    PORTS = ("address",)

    def __init__(self, config, folder, name, env=None):
        super().__init__(config, folder, name, env)
        self.wire = None

    def start(self):
        super().start()
        if self.wire is None:
            self.wire = FaultyProxy(self.fact("address"))
        return self

    def close(self):
        self.stop()
        if self.wire is not None:
            self.wire.end()
            self.wire = None


class Connector(Daemon):
    PROGRAM = "rms-connectord"
    PORTS = ("url", "admin")

    @property
    def url(self):
        return self.fact("url")

    def admin(self, path):
        """(status, text); (0, "") if nobody listens."""
        try:
            with urllib.request.urlopen(self.fact("admin") + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()
        except OSError:
            return 0, ""

    def ready(self):
        return self.admin("/readyz")[0] == 200

    def status(self):
        return json.loads(self.admin("/status")[1])

    def reload(self):
        self.program.send(signal.SIGHUP)

    def slots(self):
        """The connections to the services, as /status shows them."""
        return self.status()["upstream"]["slots"]

    def metric(self, name):
        """The sum of a metric over its labels."""
        lines = [line for line in self.admin("/metrics")[1].splitlines()
                 if line.startswith((name + " ", name + "{"))]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def usage(self):
        """(resident KiB, descriptors, threads) of the process."""
        status = pathlib.Path(f"/proc/{self.program.pid}/status").read_text()
        numbers = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if len(line.split()) > 1}
        return (int(numbers["VmRSS"]), len(os.listdir(f"/proc/{self.program.pid}/fd")), int(numbers["Threads"]))


class FaultyProxy:
    """rms-faulty-proxy in front of `target`, "127.0.0.1:8443"."""

    def __init__(self, target, port=0):
        self._process = subprocess.Popen(
            [str(harness.PROGRAMS / "rms-faulty-proxy"), "--to", target, "--port", str(port)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.port = int(self._process.stdout.readline().split()[1])
        self._lock = threading.Lock()

    def do(self, command):
        """Breaks the wire as `command` says, or mends it ("pass"): see rms-faulty-proxy --help."""
        with self._lock:
            self._process.stdin.write(command + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline().strip()
        if not answer.startswith("ok"):
            raise AssertionError(f"{command}: {answer}")
        return dict(fact.split("=") for fact in answer.split()[1:])

    def end(self):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


# One request: when it should have begun (Unix time), how long it took from then on, what became of it.
Request = collections.namedtuple("Request", "begun took outcome status id")

# What a caller may be told when nobody could be asked, or when there was no room: it comes again later.
CAN_WAIT = ("unavailable", "too_many")


class Load:
    """Callers that ask for the sample's licence at a steady rate, until stop()."""

    def __init__(self, url, state, folder, rate=80, callers=48, name="sharepoint", seconds=300, timeout=30):
        self.file = pathlib.Path(folder) / f"load-{name}.log"
        self._process = subprocess.Popen(
            [str(harness.PROGRAMS / "rms-load"), url, "--ca", state / "tls/ca.pem", "--cert",
             state / f"tls/{name}.pem", "--key", state / f"tls/{name}.key", "--body",
             state / f"sample/acquire-license-{name}.xml", "--rate", str(rate), "--callers", str(callers), "--seconds",
             str(seconds), "--timeout", str(timeout), "--log", self.file],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self._process.stderr.readline()
        if line.strip() != "begun":
            raise AssertionError("rms-load: " + line + self._process.stderr.read())
        self.begun, self.over, self.rate = time.time(), None, rate
        self.requests = []
        self.report = None

    def end(self):
        """No more requests; those in hand are waited for."""
        if self.report is None:
            self.over = time.time()
            self._process.send_signal(signal.SIGTERM)
            out, _ = self._process.communicate(timeout=60)
            self.report = json.loads(out)
        return self.report

    def stop(self):
        """The same, and all of them are in `requests`."""
        self.end()
        if not self.requests:
            self.requests = sorted(self.read())
        return self.requests

    def read(self):
        with open(self.file) as lines:
            for line in lines:
                begun, took, outcome, status, identity = line.split()
                yield Request(int(begun) / 1e6, int(took) / 1e6, outcome, int(status), identity)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def between(self, start, end=float("inf")):
        """The requests that began then."""
        return [request for request in self.requests if start <= request.begun < end]

    def failed(self, start=0.0, end=float("inf")):
        return [request for request in self.between(start, end) if request.outcome != "good"]


def percentile(requests, part=0.99):
    """Of the time that they took, in seconds; 0 if there are none."""
    took = sorted(request.took for request in requests)
    return took[int(part * (len(took) - 1))] if took else 0.0


def outcomes(requests):
    """"12 unavailable, 1 lost"; "0" if there are none."""
    counts = collections.Counter(request.outcome for request in requests)
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()) or "0"


def ask_once(url, state, name="sharepoint", timeout=30):
    """(status, seconds, text) of one request on a connection of its own; status 0: there was no answer."""
    context = ssl.create_default_context(cafile=str(state / "tls/ca.pem"))
    context.load_cert_chain(state / f"tls/{name}.pem", state / f"tls/{name}.key")
    body = (state / f"sample/acquire-license-{name}.xml").read_bytes()
    request = urllib.request.Request(url + harness.LICENSE_PAGE, data=body, headers={"Content-Type": "text/xml"})
    began = time.monotonic()
    try:
        with urllib.request.urlopen(request, context=context, timeout=timeout) as answer:
            return answer.status, time.monotonic() - began, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, time.monotonic() - began, e.read().decode()
    except OSError as e:
        return 0, time.monotonic() - began, repr(e)
