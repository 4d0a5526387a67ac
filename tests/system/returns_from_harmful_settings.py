# SPDX-License-Identifier: Apache-2.0
"""Settings that shut out who was served before go by themselves; strangers and removed servers cannot bring that about."""
import time

import harness
from reloads_as_a_transaction import ReloadTest

WATCH = "reload: {watch: 4s}\n"


class ReturnsFromHarmfulSettings(ReloadTest):
    def setUp(self):
        self.config.write_text(self.good + WATCH)
        self.reload("--force")  # not watched

    def metric(self, series):
        for line in self.system.admin("/metrics")[1].splitlines():
            if line.startswith(series + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(series)

    def refused(self, name, times):
        for _ in range(times):
            self.assertEqual(self.ask(name), 403)

    def test_a_misspelt_name_returns(self):
        offset = len(self.system.log("rms-connectord"))
        self.change("sharepoint.contoso.test", "sharepiont.contoso.test")
        said = self.reload()
        self.assertIn("sharepoint is recognized by dns sharepiont.contoso.test (was by dns sharepoint.contoso.test)", said)
        self.assertIn("watched for 4 s", said)
        self.refused("sharepoint", 6)
        harness.wait_for(lambda: "returned_from" in self.settings(), "the settings before return")
        self.assertEqual(self.ask("sharepoint"), 200)
        self.assertIn("of sharepoint", self.settings()["returned_from"]["why"])
        self.assertIn("event=2111", self.log_since(offset))
        self.assertEqual(self.metric("rms_connector_config_last_reload_successful"), 0)
        self.assertGreater(self.metric('rms_connector_config_reloads_total{result="returned"}'), 0)

        self.assertIn("--force", self.reload(status=1))
        self.assertEqual(self.ask("sharepoint"), 200)
        self.reload("--force")
        self.assertEqual(self.ask("sharepoint"), 403)
        self.assertFalse(self.settings()["watched"])

    def test_a_ca_that_is_the_wrong_one_returns(self):
        connections = [self.system.connect("sharepoint") for _ in range(6)]
        for connection in connections:
            connection.request("GET", harness.LICENSE_PAGE)
            self.assertEqual(connection.getresponse().read() != b"", True)
        # The service's own certificate is a CA that signed nobody.
        self.change("client_ca: ../tls/ca.pem", "client_ca: ../tls/cloud.pem")
        self.assertIn("! listen.client_ca: certificates signed by", self.reload())
        for connection in connections:
            connection.request("GET", harness.LICENSE_PAGE)
            answer = connection.getresponse()
            self.assertEqual(answer.status, 403)
            self.assertIn(b"certificate_untrusted", answer.read())
            connection.close()
        harness.wait_for(lambda: "returned_from" in self.settings(), "the settings before return")
        self.assertEqual(self.ask("sharepoint"), 200)

    def test_a_server_that_was_removed_does_not(self):
        entry = "  - name: sharepoint\n    role: sharepoint\n    match: {dns: sharepoint.contoso.test}\n" \
                "    mail: sharepoint@contoso.test\n"
        self.change(entry, "")
        self.reload()
        self.refused("sharepoint", 20)
        harness.wait_for(lambda: not self.settings()["watched"], "the settings have proven themselves")
        self.assertNotIn("returned_from", self.settings())
        self.assertEqual(self.ask("sharepoint"), 403)

    def test_a_stranger_does_not(self):
        self.config.write_text(self.config.read_text() + "limits: {in_flight: 99}\n")
        self.reload()
        began = time.monotonic()
        while time.monotonic() < began + 2:
            self.refused("stranger", 5)
        harness.wait_for(lambda: not self.settings()["watched"], "the settings have proven themselves")
        self.assertNotIn("returned_from", self.settings())


if __name__ == "__main__":
    harness.main()
