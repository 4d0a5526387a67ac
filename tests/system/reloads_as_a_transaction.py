# SPDX-License-Identifier: Apache-2.0
"""A reload takes a configuration whole or not at all, and drops nobody: the real programs, under load."""
import hashlib
import http.client
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import threading
import time

import harness


class ReloadTest(harness.SystemTest):
    """The connector's configuration as it was is put back, and in force, after each test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.config = pathlib.Path(cls.system.env["RMS_CONNECTOR_CONFIG"])
        cls.good = cls.config.read_text()
        cls.tls = cls.system.state / "tls"

    def tearDown(self):
        self.config.write_text(self.good)
        if harness.alive(self.system.pid("rms-connectord")):
            self.assertEqual(self.ctl("reload").returncode, 0)

    def ctl(self, *arguments, config=True):
        where = ["--config", self.config] if config else []
        return subprocess.run([harness.PROGRAMS / "rms-connectorctl", *arguments, *where], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)

    def reload(self, *arguments, status=0):
        done = self.ctl("reload", *arguments)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def change(self, old, new):
        text = self.config.read_text()
        self.assertIn(old, text)
        self.config.write_text(text.replace(old, new))

    def settings(self):
        return json.loads(self.system.admin("/status")[1])["settings"]

    def log_since(self, offset):
        return self.system.log("rms-connectord")[offset:]

    def ask(self, name):
        return self.system.request(name, "POST", harness.LICENSE_PAGE, self.system.sample_request())[0]

    def certificate(self, name, san, ca=None, usage="serverAuth"):
        """(certificate, key): new files beside the quickstart's."""
        ca = ca or self.tls / "ca"
        out = self.tls / name
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", f"{out}.key", "-subj", f"/O=Contoso/CN={name}", "-out", f"{out}.csr"],
                       check=True, stderr=subprocess.DEVNULL)
        extensions = out.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={san}\nextendedKeyUsage={usage}\n")
        subprocess.run(["openssl", "x509", "-req", "-in", f"{out}.csr", "-CA", f"{ca}.pem", "-CAkey", f"{ca}.key",
                        "-days", "30", "-extfile", extensions, "-out", f"{out}.pem"],
                       check=True, stderr=subprocess.DEVNULL)
        os.chmod(f"{out}.key", 0o600)
        return pathlib.Path(f"{out}.pem"), pathlib.Path(f"{out}.key")

    def served_certificate(self):
        with socket.create_connection(self.system.address, timeout=10) as tcp:
            with self.system.tls("sharepoint").wrap_socket(tcp, server_hostname=self.system.address[0]) as tls:
                return hashlib.sha256(tls.getpeercert(True)).hexdigest()


class ReloadsAsATransaction(ReloadTest):
    def test_under_load_nobody_notices(self):
        load = harness.Load(self.system, callers=10)
        try:
            harness.wait_for(lambda: load.count() > 200, "licences are issued")
            begun = self.settings()["generation"]
            for limit in range(101, 106):
                before = load.count()
                self.config.write_text(self.good + f"limits: {{in_flight: {limit}}}\n")
                self.reload()
                harness.wait_for(lambda: load.count() > before + 200, "licences are issued after the reload")
            self.assertEqual(self.settings()["generation"], begun + 5)
        finally:
            answers = load.stop()
        self.assertEqual({outcome for _, outcome in answers}, {200})
        self.assertGreater(len(answers), 1000)

    def test_a_broken_file_changes_nothing_and_all_that_is_wrong_is_named(self):
        begun = self.settings()
        self.config.write_text(self.good + "limitz: {}\nlimits: {in_flight: 0}\n")
        said = self.reload(status=1)
        lines = self.good.count("\n")
        self.assertIn(f"{self.config}:{lines + 1}:1: limitz:", said)
        self.assertIn(f"{self.config}:{lines + 2}:21: limits.in_flight: must be 1 .. 65536 (is 0)", said)
        self.assertIn("refused: nothing has changed", said)
        self.assertEqual(self.settings(), begun)
        self.assertEqual(self.ask("sharepoint"), 200)
        self.assertIn('rms_connector_config_last_reload_successful 0', self.system.admin("/metrics")[1])
        self.assertEqual(self.reload("--dry-run", status=1).splitlines()[-1],
                         "a reload would be refused: nothing would change")

    def test_a_broken_certificate_or_ca_leaves_the_old_one_in_use(self):
        served = self.served_certificate()
        for name in ("connector.pem", "connector.key", "ca.pem", "connector-client.pem"):
            path = self.tls / name
            kept = path.read_bytes()
            try:
                path.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
                self.assertIn(name, self.reload(status=1))
                os.kill(self.system.pid("rms-connectord"), signal.SIGHUP)
                self.assertEqual(self.served_certificate() if name != "ca.pem" else served, served)
                self.assertEqual(self.system.admin("/healthz")[0], 200)
            finally:
                path.write_bytes(kept)
        self.assertEqual(self.ask("sharepoint"), 200)

    def test_a_stranger_is_let_in_and_out_again_on_one_connection(self):
        connection = self.system.connect("stranger")

        def ask():
            connection.request("GET", harness.LICENSE_PAGE)
            answer = connection.getresponse()
            answer.read()
            return answer.status

        try:
            self.assertEqual(ask(), 403)
            self.config.write_text(self.good + "  - {name: stranger, role: sharepoint, match: {dns: "
                                               "stranger.contoso.test}, mail: stranger@contoso.test}\n")
            dry = self.reload("--dry-run")
            self.assertIn("stranger is added: sharepoint, recognized by dns stranger.contoso.test", dry)
            self.assertEqual(ask(), 403, "a dry run changes nothing")
            self.reload()
            self.assertEqual(ask(), 200)
            self.config.write_text(self.good)
            self.assertIn("! stranger is removed: it loses everything", self.reload())
            self.assertEqual(ask(), 403)
        finally:
            connection.close()

    def test_a_new_certificate_is_shown_to_who_connects_and_open_connections_stay(self):
        connection = self.system.connect("sharepoint")
        try:
            connection.request("GET", harness.LICENSE_PAGE)
            connection.getresponse().read()
            before = self.served_certificate()
            self.certificate("connector-2", "DNS:localhost,IP:127.0.0.1")
            self.change("tls/connector.pem", "tls/connector-2.pem")
            self.change("tls/connector.key", "tls/connector-2.key")
            said = self.reload()
            self.assertIn("listen.certificate: another certificate, CN=connector-2,O=Contoso sha256:", said)
            after = self.served_certificate()
            self.assertNotEqual(after, before)
            self.assertIn(after, said)
            connection.request("GET", harness.LICENSE_PAGE)
            self.assertEqual(connection.getresponse().status, 200)
        finally:
            connection.close()

    def test_limits_change(self):
        big = {"X-Fill": "x" * 6000}
        self.assertEqual(self.system.request("sharepoint", "GET", harness.LICENSE_PAGE, headers=big)[0], 200)
        self.config.write_text(self.good + "limits: {header_bytes: 4KiB}\n")
        self.assertIn("limits.header_bytes: 64KiB -> 4KiB", self.reload())
        self.assertEqual(self.system.request("sharepoint", "GET", harness.LICENSE_PAGE, headers=big)[0], 431)

    def test_the_level_of_the_log_changes(self):
        self.config.write_text(self.good + "log: {level: error}\n")
        self.reload()
        offset = len(self.system.log("rms-connectord"))
        self.assertEqual(self.ask("sharepoint"), 200)
        self.assertEqual(self.ask("stranger"), 403)
        self.assertEqual(self.log_since(offset), "")

    def test_what_needs_a_restart_is_named_and_changes_nothing(self):
        begun = self.settings()
        address = f"address: {self.system.address[0]}:{self.system.address[1]}"
        self.change(address, "address: 127.0.0.1:1")
        self.config.write_text(self.config.read_text() + "log: {format: json}\nlimits: {in_flight: 9}\n")
        said = self.reload(status=1)
        self.assertIn("listen.address: a reload cannot change it", said)
        self.assertIn("log.format: a reload cannot change it (auto -> json)", said)
        self.assertEqual(self.settings(), begun)

    def test_a_port_that_was_to_be_a_free_one_is_the_one_that_was_taken(self):
        # The quickstart writes the ports down after the start.
        self.assertEqual(self.reload("--dry-run"), "nothing changes\n")

    def test_exit_statuses_and_json(self):
        answer = json.loads(self.reload("--json"))
        self.assertEqual(answer["result"], "unchanged")
        self.config.write_text(self.good + "limits: {in_flight: 9}\n")
        answer = json.loads(self.reload("--json", "--dry-run"))
        self.assertEqual((answer["result"], answer["dry_run"]), ("reloaded", True))
        self.assertEqual(answer["changes"], [{"kind": "limit", "what": "limits.in_flight: 256 -> 9", "loud": False}])
        self.assertEqual(self.ctl("reload", config=False).returncode, 2)
        self.assertEqual(self.ctl("reload", "--socket", "/tmp/s").returncode, 2, "one of both")
        there = self.ctl("reload", "--socket", self.system.env["RMS_ADMIN_SOCKET"], "--dry-run", config=False)
        self.assertEqual(there.returncode, 0)
        nobody = self.ctl("reload", "--socket", str(self.system.state / "none.sock"), config=False)
        self.assertEqual(nobody.returncode, 3)
        self.config.write_text(self.good.replace(f"  socket: {self.system.env['RMS_ADMIN_SOCKET']}\n", ""))
        without = self.ctl("reload")
        self.assertEqual(without.returncode, 1)
        self.assertIn("systemctl reload", without.stderr)

    def test_the_loopback_door_changes_nothing(self):
        connection = http.client.HTTPConnection(self.system.env["RMS_ADMIN_URL"].removeprefix("http://"), timeout=5)
        connection.request("POST", "/reload")
        self.assertEqual(connection.getresponse().status, 405)
        connection.close()

    def test_who_asked_is_in_the_log(self):
        offset = len(self.system.log("rms-connectord"))
        self.config.write_text(self.good + "limits: {in_flight: 9}\n")
        self.reload()
        log = self.log_since(offset)
        self.assertIn(f'event=1110 by="user {os.getuid()}, process ', log)
        self.assertIn('the reload changes kind=limit what="limits.in_flight: 256 -> 9"', log)


class Notified:
    """What a service manager would be told."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(30)

    def next(self, wanted):
        """The next datagram that has a line beginning so."""
        while True:
            lines = self.socket.recv(65536).decode().splitlines()
            if any(line.startswith(wanted) for line in lines):
                return lines


class TellsTheServiceManager(ReloadTest):
    def test_reloading_and_ready_come_in_pairs_also_when_it_failed_and_sighup_never_kills(self):
        path = self.system.state / "notify.sock"
        notified = Notified(path)
        self.system.stop("rms-connectord")
        process = self.system.start("rms-connectord", {"NOTIFY_SOCKET": str(path)})
        notified.next("READY=1")
        harness.wait_for(self.system.ready, "the connector is ready")

        for text, wanted in ((self.good + "limits: {in_flight: 9}\n", "serving 3 servers"),
                             (self.good + "limitz: 1\n", "was refused"), (self.good, "serving 3 servers")):
            self.config.write_text(text)
            began = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            process.send_signal(signal.SIGHUP)
            reloading = notified.next("RELOADING=1")
            usec = int(next(line for line in reloading if line.startswith("MONOTONIC_USEC=")).split("=")[1])
            self.assertGreaterEqual(usec, began)
            ready = notified.next("READY=1")
            self.assertIn(wanted, next(line for line in ready if line.startswith("STATUS=")))

        # A request in hand keeps it draining; what it is told then changes nothing.
        with socket.create_connection(self.system.address, timeout=30) as tcp:
            with self.system.tls("sharepoint").wrap_socket(tcp, server_hostname=self.system.address[0]) as tls:
                body = self.system.sample_request()
                head = (f"POST {harness.LICENSE_PAGE} HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n").encode()
                tls.sendall(head + body[:100])
                harness.wait_for(lambda: json.loads(self.system.admin("/status")[1])["in_flight"] == 1, "it is in hand")
                process.send_signal(signal.SIGTERM)
                notified.next("STOPPING=1")
                process.send_signal(signal.SIGHUP)
                offset_seen = "nothing is reloaded any more"
                harness.wait_for(lambda: offset_seen in self.system.log("rms-connectord"), "it heard SIGHUP")
                self.assertIsNone(process.poll())
                tls.sendall(body[100:])
                self.assertTrue(tls.recv(12).startswith(b"HTTP/1.1 200"))
        self.assertEqual(process.wait(30), 0)
        self.system.start("rms-connectord")
        harness.wait_for(self.system.ready, "the connector is back")


if __name__ == "__main__":
    harness.main()
