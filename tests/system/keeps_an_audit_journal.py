# SPDX-License-Identifier: Apache-2.0
"""The audit journal: each outcome leaves one line, a kill leaves a good chain, and tampering is found and named."""
import collections
import json
import os
import signal
import subprocess
import uuid

import harness

PAGE = "/_wmcs/certification/ServerCertification.asmx"


class KeepsAnAuditJournal(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.system.state / "audit"
        cls.journal.mkdir()
        with open(cls.system.env["RMS_CONNECTOR_CONFIG"], "a") as config:
            config.write(f"\naudit: {{directory: {cls.journal}, rotate_bytes: 64KiB}}\n")
        cls.system.adopt("rms-connectord")

    def ctl(self, *arguments):
        """(exit status, what it said)"""
        ran = subprocess.run([harness.PROGRAMS / "rms-connectorctl", *map(str, arguments)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return ran.returncode, ran.stdout

    def lines(self):
        return [json.loads(line) for file in sorted(self.journal.glob("audit-*.jsonl"))
                for line in file.read_text().splitlines()]

    def assert_good(self):
        status, said = self.ctl("audit", "verify", self.journal)
        self.assertEqual(status, 0, said)

    def ask(self, name, method, path, body=None):
        """(correlation id, HTTP status)"""
        correlation = str(uuid.uuid4())
        status, _, _ = self.system.request(name, method, path, body, {"client-request-id": correlation})
        return correlation, status

    def test_each_outcome_leaves_one_line(self):
        sample = self.system.sample_request()
        asked = [
            (*self.ask("sharepoint", "POST", harness.LICENSE_PAGE, sample), 200, "allowed", "allowed"),
            (*self.ask("stranger", "POST", harness.LICENSE_PAGE, sample), 403, "refused", "no_entry"),
            (*self.ask("sharepoint", "POST", harness.LICENSE_PAGE, b"junk"), 500, "malformed", "malformed_envelope"),
            (*self.ask("sharepoint", "GET", "/nothing"), 404, "malformed", "no_such_page")]
        self.system.stop("rms-cloudd")
        try:
            asked.append((*self.ask("sharepoint", "POST", harness.LICENSE_PAGE, sample), 503, "could_not_ask",
                          "unavailable"))
        finally:
            self.system.start("rms-cloudd")
            harness.wait_for(self.system.ready, "the connector has found the service again")

        lines = self.lines()
        for correlation, status, expected_status, result, reason in asked:
            with self.subTest(reason=reason):
                self.assertEqual(status, expected_status)
                mine = [line for line in lines if line.get("correlation_id") == correlation]
                self.assertEqual([(line["kind"], line["result"], line["reason"], line["status"]) for line in mine],
                                 [("decision", result, reason, status)])
                code, said = self.ctl("explain", correlation, "--config", self.system.env["RMS_CONNECTOR_CONFIG"])
                self.assertEqual(code, 0, said)
                self.assertIn(f"{result}: {reason}", said)
        self.assert_good()

    def test_what_the_service_decides_is_a_fault_by_its_name(self):
        self.assertEqual(self.system.rms("fci", "bootstrap").returncode, 0)
        before = len(self.lines())
        self.assertEqual(self.system.rms("fci", "open", str(self.system.state / "sample" / "plan.ptxt"), "--output",
                                         str(self.system.state / "opened")).returncode, 3)
        decided = [line for line in self.lines()[before:] if line.get("operation") == "AcquireLicense"]
        self.assertEqual([(line["result"], line["reason"], line["entry"]) for line in decided],
                         [("fault", "service_refused_item", "fci")])
        self.assertIn("NoRightsForRequestedPrincipalException", decided[0]["outcome"])
        code, said = self.ctl("explain", decided[0]["correlation_id"], "--audit", self.journal)
        self.assertEqual(code, 0, said)
        self.assertIn("NoRightsForRequestedPrincipalException", said)

    def test_a_refusal_names_the_smallest_change_before_anything_happens(self):
        config = self.system.env["RMS_CONNECTOR_CONFIG"]
        code, said = self.ctl("explain", "--config", config, "--as", "dns:sharepoint.contoso.test",
                              "--operation", "acquire_pre_license")
        self.assertEqual(code, 0, said)
        self.assertIn("would be refused: operation_not_granted", said)
        self.assertRegex(said, r"in the grants: of the entry .* operations: \[.*, acquire_pre_license\]")
        code, said = self.ctl("explain", "--config", config, "--as", "dns:sharepoint.contoso.test",
                              "--operation", "acquire_license")
        self.assertIn("would be allowed", said)
        code, said = self.ctl("check", config)
        self.assertEqual(code, 0, said)

    def test_a_kill_under_load_leaves_a_good_chain_with_every_answer_in_it(self):
        answered = collections.Counter()
        for _ in range(3):
            load = harness.Load(self.system)
            try:
                harness.wait_for(lambda: load.count(200) > 60, "licences are issued")
                pid = self.system.pid("rms-connectord")
                os.kill(pid, signal.SIGKILL)
                harness.wait_for(lambda: not harness.alive(pid), "the connector is gone")
            finally:
                answered.update(outcome for _, outcome in load.stop() if isinstance(outcome, int))
            self.system.start("rms-connectord")
            harness.wait_for(self.system.ready, "the connector is back")
        self.assert_good()
        allowed = sum(1 for line in self.lines()
                      if line.get("result") == "allowed" and line.get("operation") == "AcquireLicense")
        self.assertGreaterEqual(allowed, answered[200])
        self.assertGreater(len(list(self.journal.glob("audit-*.jsonl"))), 1, "it has rotated")

    def test_tampering_is_found_and_named(self):
        for _ in range(3):
            self.ask("sharepoint", "GET", PAGE)
        file = sorted(self.journal.glob("audit-*.jsonl"))[-1]
        self.system.stop("rms-connectord")
        self.assert_good()
        good = file.read_bytes()
        lines = good.splitlines(keepends=True)
        at = len(lines) - 2
        try:
            for what, tampered, found in [
                    ("changed", [*lines[:at], lines[at].replace(b'"time":"2', b'"time":"3', 1), *lines[at + 1:]], at + 1),
                    ("removed", [*lines[:at], *lines[at + 1:]], at + 1),
                    ("reordered", [*lines[:at], lines[at + 1], lines[at]], at + 1),
                    ("cut", [*lines[:-1], lines[-1][:40]], len(lines))]:
                with self.subTest(what):
                    file.write_bytes(b"".join(tampered))
                    status, said = self.ctl("audit", "verify", self.journal)
                    self.assertEqual(status, 1, said)
                    self.assertIn(f"{file}:{found}: ", said)
        finally:
            file.write_bytes(good)
            self.system.start("rms-connectord")
            harness.wait_for(self.system.ready, "the connector is back")
        self.assert_good()


if __name__ == "__main__":
    harness.main()
