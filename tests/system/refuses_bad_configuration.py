# SPDX-License-Identifier: Apache-2.0
"""A daemon with a bad configuration says all that is wrong and exits with 78; a wrong command line with 2."""
import pathlib
import re
import subprocess

import harness


class RefusesBadConfiguration(harness.SystemTest):
    def run_daemon(self, *arguments):
        return subprocess.run([harness.PROGRAMS / arguments[0], *arguments[1:]], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)

    def check(self, text, name="changed.yaml"):
        path = pathlib.Path(self.system.env["RMS_CONNECTOR_CONFIG"]).with_name(name)
        path.write_text(text)
        return self.run_daemon("rms-connectord", "--config", str(path), "--check")

    def test_the_quickstarts_own_configurations_are_good(self):
        for program, key in (("rms-connectord", "RMS_CONNECTOR_CONFIG"), ("rms-cloudd", "RMS_CLOUD_CONFIG")):
            done = self.run_daemon(program, "--config", self.system.env[key], "--check")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_all_problems_are_reported_at_once_with_their_place(self):
        good = pathlib.Path(self.system.env["RMS_CONNECTOR_CONFIG"]).read_text()
        bad = good.replace("role: exchange", "role: exchnge").replace("ca: ../tls/ca.pem", "ca: ../tls/none.pem", 1) \
            + "limitz: {connections: 12}\n"
        done = self.check(bad)
        self.assertEqual(done.returncode, 78)
        for expected in ("exchnge", "none.pem", "limitz"):
            self.assertIn(expected, done.stderr)
        self.assertRegex(done.stderr, r"changed\.yaml:\d+:\d+: ")

    def test_a_key_that_the_world_can_read_is_refused(self):
        key = self.system.state / "tls" / "connector.key"
        key.chmod(0o644)
        try:
            done = self.run_daemon("rms-connectord", "--config", self.system.env["RMS_CONNECTOR_CONFIG"], "--check")
        finally:
            key.chmod(0o600)
        self.assertEqual(done.returncode, 78)
        self.assertIn("chmod", done.stderr)

    def test_a_certificate_that_tls_would_not_serve_is_refused_by_the_check_too(self):
        weak = self.system.state / "weak"
        weak.mkdir(mode=0o700)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-subj", "/CN=localhost",
                        "-keyout", weak / "weak.key", "-out", weak / "weak.pem"],
                       stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, timeout=30)
        good = pathlib.Path(self.system.env["RMS_CONNECTOR_CONFIG"]).read_text()
        bad, changed = re.subn(r"(?m)^( *)(certificate|key): .*$",
                               lambda line: f"{line[1]}{line[2]}: {weak}/weak." + {"certificate": "pem", "key": "key"}[line[2]],
                               good, count=2)
        self.assertEqual(changed, 2)
        done = self.check(bad)
        self.assertEqual(done.returncode, 78, done.stdout)
        self.assertIn("weak.pem", done.stderr)
        self.assertNotIn("good", done.stdout)

    def test_a_port_that_is_taken_is_an_error_that_names_it(self):
        done = self.run_daemon("rms-connectord", "--config", self.system.env["RMS_CONNECTOR_CONFIG"])
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(self.system.address[1]), done.stderr)
        self.assertNotIn("every request in hand", done.stderr)

    def test_usage_errors_exit_with_2(self):
        for program in ("rms-connectord", "rms-connectorctl", "rms-cloudd", "rms-cloudctl", "rms"):
            self.assertEqual(self.run_daemon(program, "--no-such-option").returncode, 2, program)

    def test_help_teaches(self):
        for program in ("rms-connectord", "rms-connectorctl", "rms-cloudd", "rms-cloudctl", "rms"):
            done = self.run_daemon(program, "--help")
            self.assertEqual(done.returncode, 0, program)
            self.assertGreater(len(done.stdout.splitlines()), 10, program)


if __name__ == "__main__":
    harness.main()
