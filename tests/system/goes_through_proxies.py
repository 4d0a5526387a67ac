# SPDX-License-Identifier: Apache-2.0
"""The connector reaches the service through the proxy of its settings and no other way, comes back with it, and says what
is wrong with it."""
import base64
import json
import os
import pathlib
import re
import signal
import subprocess
import unittest

import connect_proxy
import harness


class GoesThroughProxies(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.config = pathlib.Path(cls.system.env["RMS_CONNECTOR_CONFIG"])
        cls.plain = cls.config.read_text()
        cls.service = cls.system.env["RMS_CLOUD_ADDRESS"]

    def setUp(self):
        self.proxy = connect_proxy.ConnectProxy()
        self.addCleanup(self.proxy.close)
        self.addCleanup(self.config.write_text, self.plain)

    def start(self, more="", ready=True, **environment):
        """Starts the connector anew with cloud.proxy, and `more` in that section."""
        lines = f"\n  proxy:\n    url: {self.proxy.url}\n{more}"
        text, found = re.subn(r"(?m)^cloud:$", lambda line: line[0] + lines.rstrip(), self.plain)
        self.assertEqual(found, 1)
        self.config.write_text(text)
        self.system.stop("rms-connectord")
        os.environ.update(environment)
        try:
            self.system.start("rms-connectord")
        finally:
            for name in environment:
                del os.environ[name]
        if ready:
            harness.wait_for(self.system.ready, "the connector is ready")
        else:
            harness.wait_for(lambda: self.errors(), "the connector says what is wrong")

    def errors(self):
        status, text = self.system.admin("/status")
        if status != 200:
            return []
        return [slot["last_error"] for slot in json.loads(text)["upstream"]["slots"] if "last_error" in slot]

    def ask(self):
        return self.system.request("sharepoint", "POST", harness.LICENSE_PAGE, self.system.sample_request())[0]

    def test_traffic_goes_through_it_whatever_the_environment_says(self):
        stray = connect_proxy.ConnectProxy()
        self.addCleanup(stray.close)
        self.start(http_proxy=stray.url, https_proxy=stray.url, grpc_proxy=stray.url, no_proxy="*")
        self.assertEqual(self.ask(), 200)
        self.assertEqual({target for target, _ in self.proxy.asked}, {self.service})
        self.assertEqual(stray.asked, [])

    def test_requests_succeed_again_when_it_comes_back(self):
        self.start()
        self.assertEqual(self.ask(), 200)
        self.proxy.kill()
        harness.wait_for(lambda: not self.system.ready(), "the connector says that it is not ready")
        self.assertEqual(self.ask(), 503)
        harness.wait_for(lambda: any("cannot connect to the proxy 127.0.0.1:" in one for one in self.errors()),
                         "the proxy is named")
        self.proxy.start()
        harness.wait_for(self.system.ready, "the connector is ready again", 35)
        self.assertEqual(self.ask(), 200)

    def test_a_load_goes_through_it_and_nothing_is_lost_at_the_end(self):
        self.start()
        load = harness.Load(self.system)
        try:
            harness.wait_for(lambda: load.count(200) > 200, "licences are issued")
        finally:
            load.stop()
        self.assertEqual({outcome for _, outcome in load.answers}, {200})

    def test_a_password_is_shown_and_never_logged(self):
        password = self.system.state / "proxy.password"
        password.write_text("S3cret.of.the.proxy\n")
        password.chmod(0o600)
        want = "Basic " + base64.b64encode(b"svc-rms:S3cret.of.the.proxy").decode()
        self.proxy.lets_in, self.proxy.offers = (lambda shown: shown == want), ['Basic realm="contoso"']
        self.start(f"    authentication: basic\n    user: svc-rms\n    password: {password}\n")
        self.assertEqual(self.ask(), 200)

        self.proxy.lets_in = lambda shown: False
        self.proxy.kill()
        self.proxy.start()
        harness.wait_for(lambda: any("refused the user svc-rms" in one for one in self.errors()), "407 is told")
        log = self.system.log("rms-connectord")
        self.assertNotIn("S3cret", log)
        self.assertNotIn(want.split()[1], log)

    def test_what_it_wants_to_know_is_told(self):
        self.proxy.lets_in, self.proxy.offers = (lambda shown: False), ["NTLM"]
        self.start(ready=False)
        self.assertIn("offers NTLM: NTLM is not supported", self.errors()[0])
        self.assertIn("NTLM is not supported", self.system.log("rms-connectord"))

    def test_who_intercepts_is_named(self):
        ca, key, leaf = (self.system.state / name for name in ("gateway.pem", "gateway.key", "forged.pem"))
        subject = ["-days", "1", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        subprocess.run(["openssl", "req", "-x509", *subject, "-subj", "/CN=Contoso Web Gateway CA", "-keyout", key, "-out", ca],
                       check=True, stderr=subprocess.DEVNULL)
        forged = self.system.state / "forged.key"
        host = self.service.rsplit(":", 1)[0]
        kind = "IP" if re.fullmatch(r"[0-9.]+", host) else "DNS"
        subprocess.run(["openssl", "req", "-x509", *subject, "-subj", f"/CN={host}", "-addext", f"subjectAltName={kind}:{host}",
                        "-addext", "basicConstraints=critical,CA:false", "-CA", ca, "-CAkey", key, "-keyout", forged, "-out", leaf],
                       check=True, stderr=subprocess.DEVNULL)
        self.proxy.intercepts = (leaf, forged)
        self.start(ready=False)
        self.assertIn("was issued by 'CN=Contoso Web Gateway CA', which cloud.ca does not have: something between us and "
                      "the service intercepts TLS", self.errors()[0])
        self.proxy.intercepts = None
        harness.wait_for(self.system.ready, "the connector is ready once nobody intercepts", 35)

    def test_it_stops_while_the_proxy_is_away(self):
        self.start()
        self.proxy.kill()
        harness.wait_for(lambda: not self.system.ready(), "the connector says that it is not ready")
        os.kill(self.system.pid("rms-connectord"), signal.SIGTERM)
        harness.wait_for(lambda: not harness.alive(self.system.pid("rms-connectord")), "it stopped", 5)
        self.assertNotIn("event=3000", self.system.log("rms-connectord"))

    def test_check_says_what_is_wrong(self):
        self.config.write_text(self.plain.replace("cloud:\n", "cloud:\n  proxy: {url: 'http://u:S3cret@proxy:3128'}\n"))
        checked = subprocess.run([harness.PROGRAMS / "rms-connectord", "--config", self.config, "--check"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(checked.returncode, 78)
        self.assertIn("cloud.proxy.url: must not have a user or a password in it", checked.stderr)
        self.assertNotIn("S3cret", checked.stderr + checked.stdout)

    def tearDown(self):
        # The System's stop wants one that runs.
        if not harness.alive(self.system.pid("rms-connectord")):
            self.config.write_text(self.plain)
            self.system.start("rms-connectord")


if __name__ == "__main__":
    harness.main()
