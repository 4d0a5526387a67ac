# SPDX-License-Identifier: Apache-2.0
"""A certificate that is revoked while the connector runs is refused: at an open connection's next request, and in the
handshake; nobody else notices. A file that is broken changes nothing, and --check says what is wrong with it."""
import contextlib
import pathlib
import re
import ssl
import subprocess

import harness


class HonoursCrls(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ca = cls.system.state / "crl"
        cls.ca.mkdir()
        (cls.ca / "index").write_text("")
        (cls.ca / "ca.cnf").write_text("[ca]\ndefault_ca = d\n[d]\ndatabase = index\ndefault_md = sha256\n")
        cls.publish()
        config = pathlib.Path(cls.system.env["RMS_CONNECTOR_CONFIG"])
        text, changed = re.subn(r"(?m)^( *)(client_ca: .*)$", rf"\1\2\n\1client_crl: {cls.ca}/clients.crl",
                                config.read_text())
        assert changed == 1
        config.write_text(text)
        cls.system.adopt("rms-connectord")

    @classmethod
    def openssl(cls, *arguments):
        key = next(cls.system.state.glob("tls/ca*.key"))
        subprocess.run(["openssl", "ca", "-config", "ca.cnf", "-cert", cls.system.env["RMS_CA_FILE"], "-keyfile", key,
                        *arguments], cwd=cls.ca, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True, timeout=30)

    @classmethod
    def publish(cls, *arguments):
        cls.openssl("-gencrl", "-crldays", "7", "-out", "new.crl", *arguments)
        (cls.ca / "new.crl").rename(cls.ca / "clients.crl")

    def ask(self, connection, name):
        connection.request("POST", harness.LICENSE_PAGE, body=self.system.sample_request(name),
                           headers={"Content-Type": "text/xml"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def test_a_revoked_certificate_is_refused_and_nobody_else(self):
        exchange, sharepoint = self.system.connect("exchange"), self.system.connect("sharepoint")
        self.assertEqual(self.ask(exchange, "exchange")[0], 200)
        self.assertEqual(self.ask(sharepoint, "sharepoint")[0], 200)
        kept = sharepoint.sock

        (self.ca / "clients.crl").write_text("broken")
        self.assertEqual(self.ask(exchange, "exchange")[0], 200, "a broken file changes nothing")
        self.assertIn("event=3001", self.system.log("rms-connectord"))
        done = subprocess.run([harness.PROGRAMS / "rms-connectord", "--config", self.system.env["RMS_CONNECTOR_CONFIG"],
                               "--check"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=30)
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r":\d+:\d+: listen\.client_crl: .*clients\.crl: holds no PEM CRL")

        self.openssl("-revoke", self.system.env["RMS_EXCHANGE_CERT"])
        self.publish()
        status, text = self.ask(exchange, "exchange")
        self.assertEqual(status, 403)
        self.assertIn("certificate_revoked", text)
        with contextlib.closing(self.system.connect("exchange")) as refused:
            with self.assertRaises((ssl.SSLError, OSError)):
                self.ask(refused, "exchange")
        self.assertEqual(self.ask(sharepoint, "sharepoint")[0], 200)
        self.assertIs(sharepoint.sock, kept, "its connection was not dropped")
        log = self.system.log("rms-connectord")
        self.assertRegex(log, r"event=2000 .*reason=revoked")
        self.assertRegex(log, r"event=2000 .*outcome=certificate_revoked")
        metrics = self.system.admin("/metrics")[1]
        self.assertIn('rms_connector_tls_handshake_failures_total{reason="revoked"} 1', metrics)
        exchange.close()
        sharepoint.close()


if __name__ == "__main__":
    harness.main()
