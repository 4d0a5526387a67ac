# SPDX-License-Identifier: Apache-2.0
"""A server does what its entry grants: a stolen credential opens nothing else, and two must agree before one opens all."""
import datetime
import json
import pathlib
import re
import sqlite3
import subprocess

import harness

DENIED = 3


class LimitsWhatServersMayDo(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.config = pathlib.Path(cls.system.env["RMS_CONNECTOR_CONFIG"])
        cls.plain = cls.config.read_text()
        cls.journal = cls.system.state / "audit"
        cls.journal.mkdir()
        secret = cls.system.state / "clients" / "budget.txt"
        secret.write_text("The budget of 2027, of no concern to mail servers.\n")
        cls.budget = secret.with_suffix(".ptxt")
        done = cls.system.rms("sharepoint", "protect", str(secret), "--to", "alice@contoso.test:VIEW",
                              "--output", str(cls.budget))
        assert done.returncode == 0, done.stderr

    def grant(self, entry, text):
        """Starts the connector with this under the entry's mail."""
        changed, found = re.subn(rf"(    mail: {entry}@contoso.test\n)", rf"\1    {text}\n", self.plain)
        assert found == 1, self.plain
        self.config.write_text(changed + f"\naudit: {{directory: {self.journal}}}\n")
        self.system.adopt("rms-connectord")

    def cloudctl(self, *arguments, status=0):
        done = subprocess.run(
            [harness.PROGRAMS / "rms-cloudctl", "--config", self.system.env["RMS_CLOUD_CONFIG"], *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout)
        return done.stdout

    def explain_last(self):
        line = [json.loads(line) for file in sorted(self.journal.glob("audit-*.jsonl"))
                for line in file.read_text().splitlines() if '"AcquireLicense"' in line][-1]
        done = subprocess.run([harness.PROGRAMS / "rms-connectorctl", "explain", line["correlation_id"], "--config",
                               self.config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        return line, done.stdout

    def open(self, name, path):
        output = self.system.state / "opened"
        output.unlink(missing_ok=True)
        done = self.system.rms(name, "open", str(path), "--output", str(output))
        return done.returncode, output.exists(), done.stderr

    def last_row(self):
        return json.loads(self.cloudctl("usage-log", "--last", 1, "--format", "json").splitlines()[-1])

    def consent(self, to):
        listed = self.cloudctl("connector", "list").splitlines()[-1].split()
        self.cloudctl("connector", "open-any", listed[1], to, "--tenant", "contoso.test")

    def test_a_stolen_exchange_credential_opens_no_document_of_sharepoints(self):
        self.grant("exchange", "grants: {until: 2099-12-31}")
        status, opened, said = self.open("exchange", self.budget)
        self.assertEqual((status, opened), (DENIED, False), said)
        line, explained = self.explain_last()
        self.assertEqual((line["result"], line["missing_grant"], line["principal"]),
                         ("fault", "open_any", "dns:exchange.contoso.test"))
        self.assertIn("missing  grant open_any", explained)
        self.assertIn("open_any: {reason: WHY, until: YYYY-MM-DD}", explained)
        self.assertEqual(self.last_row()["missing-grant"], "open_any")

    def test_open_any_takes_two_and_is_seen(self):
        soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)).strftime("%Y-%m-%d")
        self.grant("exchange", f"grants: {{open_any: {{reason: legal hold 17, until: {soon}}}}}")
        self.assertIn("may open everything of the tenant", self.system.log("rms-connectord"))
        status, opened, said = self.open("exchange", self.budget)
        self.assertEqual((status, opened), (DENIED, False), said)
        self.assertEqual(self.explain_last()[0]["missing_grant"], "open_any_consent")

        self.consent("on")
        self.addCleanup(self.consent, "off")
        self.assertEqual(self.last_row()["request-type"], "AdminOpenAnyOn", "the consent is on record")
        status, opened, said = self.open("exchange", self.budget)
        self.assertEqual((status, opened), (0, True), said)
        line, explained = self.explain_last()
        self.assertEqual((line["result"], line["opened_any"]), ("allowed", 1))
        self.assertIn("only open_any allowed", explained)
        row = self.last_row()
        self.assertEqual((row["used-grant"], row["admin-action"]), ("open_any: legal hold 17", True))

        self.consent("off")
        self.assertEqual(self.open("exchange", self.budget)[:2], (DENIED, False), "from the next request on")

    def test_owners_and_templates_hold_whatever_rights_the_content_gives(self):
        plan = self.system.state / "sample" / "plan.ptxt"  # Exchange's, for SharePoint to view
        self.grant("sharepoint", "grants: {owners: [sharepoint@contoso.test]}")
        self.assertEqual(self.open("sharepoint", plan)[:2], (DENIED, False))
        self.assertEqual(self.explain_last()[0]["missing_grant"], "owners")
        self.grant("sharepoint", "grants: {owners: [contoso.test], templates: []}")
        self.assertEqual(self.open("sharepoint", plan)[:2], (DENIED, False))
        self.assertEqual(self.explain_last()[0]["missing_grant"], "templates")
        self.grant("sharepoint", "grants: {owners: [contoso.test], templates: [custom]}")
        self.assertEqual(self.open("sharepoint", plan)[:2], (0, True))

    def test_grants_end(self):
        self.grant("sharepoint", "grants: {until: 2020-01-01}")
        status, _, said = self.system.request("sharepoint", "POST", harness.LICENSE_PAGE, self.system.sample_request())
        self.assertEqual(status, 403)
        self.assertIn("grants_over", said)

    def test_a_server_with_an_identity_of_its_own_is_another_account(self):
        changed, found = re.subn(r"(?m)^(    mail: )sharepoint@contoso.test$",
                                 r'\1"{account}@servers.contoso.test"\n    identity: own', self.plain)
        self.assertEqual(found, 1)
        self.config.write_text(changed)
        self.system.adopt("rms-connectord")
        question = (harness.SOURCE / "tests/fuzz/seeds/soap_request/get_licensor_certificate").read_bytes()
        body = question[question.index(b"<?xml") if b"<?xml" in question else question.index(b"<"):]
        status, _, said = self.system.request("sharepoint", "POST", "/_wmcs/licensing/server.asmx", body)
        self.assertEqual(status, 200, said)
        row = self.last_row()
        self.assertEqual((row["user-id"], row["principal"]),
                         ("sharepoint.contoso.test@servers.contoso.test", "dns:sharepoint.contoso.test"))

    def test_what_was_signed_is_held_against_the_log(self):
        self.grant("sharepoint", "grants: {until: 2099-12-31}")
        self.assertEqual(self.open("sharepoint", self.system.state / "sample" / "plan.ptxt")[0], 0)
        self.assertIn("good: ", self.cloudctl("usage-log", "--last", 100000, "--verify"))
        store = re.search(r"(?m)^\s*sqlite:\s*(\S+)\s*$",
                          pathlib.Path(self.system.env["RMS_CLOUD_CONFIG"]).read_text())[1]
        database = sqlite3.connect(pathlib.Path(self.system.env["RMS_CLOUD_CONFIG"]).parent / store, timeout=10)
        row, = database.execute("SELECT row_id FROM usage_log WHERE principal = 'dns:sharepoint.contoso.test' "
                                "ORDER BY id DESC LIMIT 1").fetchone()
        with database:
            database.execute("UPDATE usage_log SET principal = 'dns:exchange.contoso.test' WHERE row_id = ?", (row,))
        said = self.cloudctl("usage-log", "--last", 100000, "--verify", status=1)
        self.assertRegex(said, rf"row {row} .*: the principal is not what the connector signed")
        with database:
            database.execute("UPDATE usage_log SET principal = 'dns:sharepoint.contoso.test' WHERE row_id = ?", (row,))
        database.close()


if __name__ == "__main__":
    harness.main()
