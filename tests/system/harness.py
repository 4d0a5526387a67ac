# SPDX-License-Identifier: Apache-2.0
"""The real programs, started by the quickstart, for the tests of this folder. Python's standard library only.

RMS_PROGRAMS names the folder of the programs; RMS_SOURCE_DIR the checkout.
"""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SOURCE = pathlib.Path(os.environ["RMS_SOURCE_DIR"])
PROGRAMS = pathlib.Path(os.environ["RMS_PROGRAMS"])
LICENSE_PAGE = "/_wmcs/licensing/license.asmx"


def wait_for(condition, what, seconds=30):
    """Waits until condition() is true; fails with `what` after `seconds`."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class System:
    """One quickstart --keep: both daemons, a tenant, four servers' certificates, a protected sample."""

    def __init__(self):
        self.state = pathlib.Path(tempfile.mkdtemp(prefix="rms-system-"))
        self.state.rmdir()
        started = subprocess.run(
            [SOURCE / "deploy/quickstart.sh", "--state", self.state, "--keep"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        self.shown = started.stdout
        if started.returncode != 0:
            raise AssertionError("quickstart failed:\n" + started.stdout)
        self.env = dict(line.split("=", 1) for line in (self.state / "env").read_text().splitlines())
        host, port = self.env["RMS_CONNECTOR_URL"].removeprefix("https://").rsplit(":", 1)
        self.address = (host, int(port))
        self._started = []

    def close(self):
        subprocess.run([SOURCE / "deploy/quickstart.sh", "--stop", "--state", self.state],
                       stdout=subprocess.DEVNULL, check=True, timeout=120)
        for process in self._started:
            process.wait(10)
        shutil.rmtree(self.state)

    # ---- daemons

    def pid(self, program):
        return int((self.state / "run" / f"{program}.pid").read_text())

    def log(self, program):
        return (self.state / "log" / f"{program}.log").read_text()

    def start(self, program, environment=None):
        """Starts a daemon again with its configuration; the caller waits for what it wants to see."""
        config = self.env["RMS_CLOUD_CONFIG" if program == "rms-cloudd" else "RMS_CONNECTOR_CONFIG"]
        with open(self.state / "log" / f"{program}.log", "a") as log:
            process = subprocess.Popen([PROGRAMS / program, "--config", config], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, start_new_session=True,
                                       env={**os.environ, **(environment or {})})
        return self.take_over(program, process)

    def take_over(self, program, process):
        """From now on this is the program's instance."""
        (self.state / "run" / f"{program}.pid").write_text(str(process.pid))
        self._started.append(process)
        return process

    def adopt(self, program):
        """Stops the quickstart's instance and starts ours, so that its exit status can be read."""
        self.stop(program)
        process = self.start(program)
        if program == "rms-connectord":
            wait_for(self.ready, "the connector is ready")
        else:
            wait_for(self.ready, "the connector has found the service again")
        return process

    def stop(self, program):
        pid = self.pid(program)
        os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not alive(pid), f"{program} stopped", 40)

    def admin(self, path):
        """(status, text) of the admin endpoint; (0, "") if nobody listens."""
        address = self.env["RMS_ADMIN_URL"].removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def ready(self):
        return self.admin("/readyz")[0] == 200

    def status(self):
        return json.loads(self.admin("/status")[1])

    def metric(self, series):
        """Of a series, name{labels}, its value; of a name the sum over all of its series."""
        found = [float(line.rsplit(" ", 1)[1]) for line in self.admin("/metrics")[1].splitlines()
                 if line.startswith((series + " ", series + "{"))]
        if not found:
            raise AssertionError(f"there is no {series}")
        return sum(found)

    # ---- callers

    def tls(self, name):
        context = ssl.create_default_context(cafile=self.env["RMS_CA_FILE"])
        if name:
            context.load_cert_chain(self.env[f"RMS_{name.upper()}_CERT"], self.env[f"RMS_{name.upper()}_KEY"])
        return context

    def connect(self, name, timeout=30):
        return http.client.HTTPSConnection(*self.address, context=self.tls(name), timeout=timeout)

    def request(self, name, method, path, body=None, headers=None):
        """(status, headers, text) of one request on a connection of its own."""
        connection = self.connect(name)
        try:
            connection.request(method, path, body=body, headers={"Content-Type": "text/xml", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def sample_request(self, name="sharepoint"):
        return (self.state / "sample" / f"acquire-license-{name}.xml").read_bytes()

    def rms(self, name, *arguments):
        """Runs the client program as that server."""
        environment = {
            "PATH": os.environ["PATH"], "RMS_CONNECTOR_URL": self.env["RMS_CONNECTOR_URL"],
            "RMS_CA_FILE": self.env["RMS_CA_FILE"], "RMS_CLIENT_CERT": self.env[f"RMS_{name.upper()}_CERT"],
            "RMS_CLIENT_KEY": self.env[f"RMS_{name.upper()}_KEY"], "RMS_HOME": str(self.state / "clients" / name)}
        return subprocess.run([PROGRAMS / "rms", *arguments], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300)


class Lost(Exception):
    """A connection that was there ended without an answer."""


class Load:
    """Callers that keep asking for the sample's licence, each on a keep-alive connection, until stop()."""

    def __init__(self, system, callers=8, name="sharepoint"):
        self.system, self.name = system, name
        self.answers = []  # (seconds it took; status, Lost, or the OSError of a connection that was not made)
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._body = system.sample_request(name)
        self._threads = [threading.Thread(target=self._call) for _ in range(callers)]
        for thread in self._threads:
            thread.start()

    def _call(self):
        connection = None
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                if connection is None:
                    connection = self.system.connect(self.name)
                    connection.connect()
                outcome, connection = self._ask(connection)
            except OSError as e:
                connection.close()
                outcome, connection = e, None
            with self._lock:
                self.answers.append((time.monotonic() - began, outcome))
            if outcome != 200:
                self._stop.wait(0.02)  # A refused connection comes back at once: do not spin.
        if connection is not None:
            connection.close()

    def _ask(self, connection):
        """(outcome, the connection if it can be used again)."""
        try:
            connection.request("POST", LICENSE_PAGE, body=self._body, headers={"Content-Type": "text/xml"})
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException) as e:
            connection.close()
            return Lost(repr(e)), None
        if answer.getheader("Connection", "").lower() == "close":
            connection.close()
            return answer.status, None
        return answer.status, connection

    def count(self, status=200):
        with self._lock:
            return sum(1 for _, outcome in self.answers if outcome == status)

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        return self.answers

    def lost(self):
        return [outcome for _, outcome in self.answers if isinstance(outcome, Lost)]


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def xrml_of(text):
    return re.findall(r"<XrML.*?</XrML>", text, re.S)


class SystemTest(unittest.TestCase):
    """A test class with one System for all of its tests."""

    @classmethod
    def setUpClass(cls):
        cls.system = System()

    @classmethod
    def tearDownClass(cls):
        cls.system.close()


def main():
    unittest.main(verbosity=2, argv=sys.argv)
