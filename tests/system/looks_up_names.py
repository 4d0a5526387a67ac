# SPDX-License-Identifier: Apache-2.0
"""An administrator finds the SIDs of a Windows domain by name, and is told what to do when that fails."""
import json
import os
import socket
import subprocess
import unittest

import domain
import harness

SERVER = "ldap://dc1.contoso.test"


class LooksUpNames(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.domain = domain.Domain(dns=True)
        cls.addClassCleanup(cls.domain.close)
        cls.domain.tool("user", "create", "alice", "Al1ce.Passw0rd", "--mail-address=alice@contoso.test")
        harness.wait_for(cls.domain.answers_ldap, "the domain controller answers")
        cls.ticket = cls.domain.log_on("EXCH01")
        cls.computer = cls.domain.sid("computer", "EXCH01")
        cls.group = cls.domain.sid("group", "Exchange Servers")
        cls.outer = cls.domain.sid("group", "All Mail")

    def lookup(self, *arguments, server=SERVER, environment=None, before=(), status=0):
        """(standard output, standard error) of one look-up."""
        done = subprocess.run(
            [*before, harness.PROGRAMS / "rms-connectorctl", "lookup", *arguments, *(["--server", server] if server else [])],
            env={**self.ticket, **(environment or {})}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout, done.stderr

    # ---- what is found

    def test_a_computer_has_one_sid_by_all_of_its_names(self):
        names = ("EXCH01$", "EXCH01", r"CONTOSO\EXCH01$", "EXCH01$@CONTOSO.TEST", self.computer)
        shown, _ = self.lookup("--json", *names)
        found = json.loads(shown)
        self.assertEqual([each["found"][0]["sid"] for each in found["names"]], [self.computer] * len(names))
        self.assertEqual(found["domain"]["sid"], self.computer.rsplit("-", 1)[0])

    def test_a_computer_is_shown_with_nested_groups_and_the_line_for_the_settings(self):
        shown, _ = self.lookup("EXCH01$")
        for line in ("EXCH01$ is a computer\n", "EXCH01$@CONTOSO.TEST\n", "CONTOSO\\EXCH01$\n",
                     f"match: {{sid: {self.computer}}}\n", f"{self.group}  Exchange Servers\n", f"{self.outer}  All Mail\n",
                     f"trusted_domains: [{self.computer.rsplit('-', 1)[0]}]\n"):
            self.assertIn(line, shown)

    def test_a_group_is_shown_with_the_groups_that_hold_it(self):
        shown, _ = self.lookup("Exchange Servers")
        self.assertIn("Exchange Servers is a group (global)\n", shown)
        self.assertIn(f"match: {{group_sid: {self.group}}}\n", shown)
        self.assertIn(f"{self.outer}  All Mail\n", shown)

    def test_a_person_is_found_by_a_mail_address(self):
        self.assertIn("alice is a user\n", self.lookup("alice@contoso.test")[0])

    def test_dns_names_the_controller(self):
        self.assertIn(self.computer, self.lookup("EXCH01$", server=None)[0])
        self.assertIn(self.computer, self.lookup("EXCH01$", "--domain", "contoso.test", server=None)[0])
        _, said = self.lookup("EXCH01$", "--domain", "nowhere.contoso.test", server=None, status=1)
        self.assertIn("DNS names no controller of nowhere.contoso.test (_ldap._tcp.nowhere.contoso.test)", said)

    # ---- what is not

    def test_not_found_says_what_was_searched_where(self):
        shown, said = self.lookup("EXCH01$", "EXCH99$", status=1)
        self.assertIn(self.computer, shown)
        self.assertIn("EXCH99$: not found; searched as account name in all of CONTOSO.TEST (CONTOSO) at " + SERVER, said)
        _, said = self.lookup(self.computer + "0", status=1)
        self.assertIn("searched as SID", said)
        _, said = self.lookup(r"FABRIKAM\EXCH01$", status=1)
        self.assertIn("of another domain", said)

    def test_hostile_names_mean_themselves(self):
        for name in ("*", "EXCH*", "x)(objectClass=*", "CONTOSO\\2a", "EXCH01$)(cn=*"):
            self.assertIn("not found", self.lookup(name, status=1)[1])

    def test_several_of_one_name_are_all_shown_and_ambiguous(self):
        self.domain.tool("user", "create", "EXCH01", "Exch.Passw0rd1")
        self.addCleanup(self.domain.tool, "user", "delete", "EXCH01")
        shown, said = self.lookup("EXCH01", status=1)
        self.assertIn("EXCH01$ is a computer\n", shown)
        self.assertIn("EXCH01 is a user\n", shown)
        self.assertIn("EXCH01: ambiguous, 2 have that name", said)

    # ---- TLS

    def test_over_tls_the_certificate_must_be_good_whatever_the_environment_says(self):
        own = self.domain.home / "dc/private/tls/ca.pem"
        name = "ldaps://dc1.contoso.test"
        shown, _ = self.lookup("EXCH01$", "--ca", own, server=name)
        self.assertIn(self.computer, shown)
        other = self.domain.home / "other.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", "/dev/null", "-subj", "/CN=other", "-out", other], check=True, stderr=subprocess.DEVNULL)
        blind = {"LDAPTLS_REQCERT": "never", "LDAPTLS_CACERT": str(own)}
        for ca, server in ((other, name), (own, "ldaps://localhost")):
            _, said = self.lookup("EXCH01$", "--ca", ca, server=server, environment=blind, status=1)
            self.assertIn("certificate is not good", said)

    # ---- failures name their cure

    def test_without_a_ticket_kinit_is_named(self):
        _, said = self.lookup("EXCH01$", environment={"KRB5CCNAME": f"FILE:{self.domain.home}/none"}, status=1)
        self.assertIn("there is no Kerberos ticket; get one with: kinit", said)

    def test_an_old_ticket_is_named(self):
        _, said = self.lookup("EXCH01$", before=("faketime", "-f", "+11h"), status=1)
        self.assertIn("get a new one with: kinit EXCH01$@CONTOSO.TEST", said)

    def test_a_wrong_clock_is_named(self):
        fresh = self.domain.log_on("EXCH01")
        _, said = self.lookup("EXCH01$", before=("faketime", "-f", "+20m"),
                              environment={"KRB5CCNAME": fresh["KRB5CCNAME"]}, status=1)
        self.assertIn("clocks", said)

    def test_a_library_without_kerberos_names_the_package(self):
        _, said = self.lookup("EXCH01$", environment={"SASL_PATH": str(self.domain.home)}, status=1)
        self.assertIn("libsasl2-modules-gssapi-mit", said)

    def test_a_name_that_the_domain_does_not_know_is_named(self):
        _, said = self.lookup("EXCH01$", server="ldap://127.0.0.1", status=1)
        self.assertIn("give --server the controller's whole name", said)

    def test_a_server_that_is_not_there_or_says_nothing_ends_in_time(self):
        _, said = self.lookup("EXCH01$", server="ldap://localhost:1", status=1)
        self.assertIn("cannot be reached", said)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            silent_server = f"{SERVER}:{silent.getsockname()[1]}"
            _, said = self.lookup("EXCH01$", "--timeout", "1", server=silent_server, status=1)
        self.assertRegex(said, "in time|within 1 s")

    def test_the_daemon_knows_no_ldap(self):
        self.assertNotIn(b"libldap", (harness.PROGRAMS / "rms-connectord").read_bytes())
        self.assertIn(b"libldap", (harness.PROGRAMS / "rms-connectorctl").read_bytes())


if __name__ == "__main__":
    missing = domain.why_not()
    if missing:
        LooksUpNames = unittest.skip(missing)(LooksUpNames)
    else:
        domain.enter_namespace()
    harness.main()
