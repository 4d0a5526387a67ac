# SPDX-License-Identifier: Apache-2.0
"""A server of a Windows domain is known by its ticket, and every way in which a ticket fails has its name."""
import json
import pathlib
import re
import socket
import ssl
import subprocess
import threading
import unittest

import domain
import harness

PAGE = "/_wmcs/certification/ServerCertification.asmx"


class AuthenticatesByKerberos(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        cls.domain = domain.Domain()
        cls.addClassCleanup(cls.domain.close)
        super().setUpClass()
        group = cls.domain.sid("group", "All Mail")
        cls.keytab = cls.system.state / "connector.keytab"
        cls.install(cls.domain.keytab("HTTP/localhost", "first.keytab"))
        config = pathlib.Path(cls.system.env["RMS_CONNECTOR_CONFIG"])
        text = config.read_text()
        entry = f"""
  - name: domain-exchange
    role: exchange
    match: {{group_sid: {group}}}
    mail: exchange@contoso.test
"""
        text, found = re.subn(r"(?m)^servers:.*\n", lambda line: line[0].rstrip() + entry, text)
        assert found == 1, text
        text, found = re.subn(r"(?m)^( *)client_ca: .*$", r"\g<0>\n\1unsafe_http_address: 127.0.0.1:0", text)
        assert found == 1, text
        config.write_text(text + f"""
authentication:
  kerberos:
    keytab: {cls.keytab}
    trusted_domains: [{group.rsplit('-', 1)[0]}]
""")
        cls.system.adopt("rms-connectord")
        harness.wait_for(cls.domain.listening, "the domain controller listens")

    @classmethod
    def install(cls, keytab):
        """Puts it in place in one step."""
        beside = cls.keytab.with_suffix(".next")
        beside.write_bytes(keytab.read_bytes())
        beside.chmod(0o600)
        beside.rename(cls.keytab)

    def curl(self, environment, *more, host="localhost", url=None):
        """(status, body) of a GET by curl with Negotiate; by HTTPS unless another URL is given."""
        port = self.system.address[1]
        answer = subprocess.run(
            [*more, "curl", "-sS", "--max-time", "30", "--cacert", self.system.env["RMS_CA_FILE"], "--negotiate", "-u", ":",
             "--resolve", f"{host}:{port}:127.0.0.1",
             "-w", "\n%{http_code}", (url or f"https://{host}:{port}") + PAGE],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        body, _, status = answer.stdout.rpartition("\n")
        return int(status), body

    def lines_since(self, before):
        return self.system.log("rms-connectord")[len(before):].splitlines()

    def refused(self, reason, ask):
        """Asserts that `ask` is refused for `reason`; returns the line of the log."""
        before = self.system.log("rms-connectord")
        status, body = ask()
        self.assertEqual(status, 401, body)
        self.assertIn(reason, body)
        lines = [line for line in self.lines_since(before) if f"outcome={reason}" in line]
        self.assertEqual(len(lines), 1, self.lines_since(before))
        self.assertIn("detail=", lines[0])
        return lines[0]

    def send(self, authorization):
        """(status, body) of a GET with this header."""
        context = ssl.create_default_context(cafile=self.system.env["RMS_CA_FILE"])
        with socket.create_connection(self.system.address, 30) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as connection:
            connection.sendall(f"GET {PAGE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n"
                               "Connection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
        return int(answer.split()[1]), answer

    # ---- who gets in

    def test_a_computer_is_allowed_through_a_nested_group_and_refused_once_it_is_no_member(self):
        before = self.system.log("rms-connectord")
        self.assertEqual(self.curl(self.domain.log_on("EXCH01"))[0], 200)
        allowed = [line for line in self.lines_since(before) if "status=200" in line]
        self.assertIn("mechanism=kerberos", allowed[-1])
        self.assertIn(self.domain.sid("computer", "EXCH01"), allowed[-1])
        self.assertIn("entry=domain-exchange", allowed[-1])
        self.domain.tool("group", "removemembers", "Exchange Servers", "EXCH01$")
        try:
            self.assertEqual(self.curl(self.domain.log_on("EXCH01"))[0], 403)
        finally:
            self.domain.tool("group", "addmembers", "Exchange Servers", "EXCH01$")
        self.assertEqual(self.curl(self.domain.log_on("EXCH01"))[0], 200)

    def test_a_computer_of_no_group_is_refused_by_name(self):
        before = self.system.log("rms-connectord")
        self.assertEqual(self.curl(self.domain.log_on("STRANGER"))[0], 403)
        self.assertTrue(any("STRANGER$@CONTOSO.TEST" in line and "event=2001" in line for line in self.lines_since(before)))

    def test_who_shows_nothing_is_asked_for_a_ticket(self):
        status, answer = self.send("None")
        self.assertEqual(status, 401)
        self.assertIn("WWW-Authenticate: Negotiate\r\n", answer)

    def test_certificates_are_still_good(self):
        self.assertEqual(self.system.request("exchange", "GET", PAGE)[0], 200)

    # ---- plain HTTP

    def test_plain_http_takes_tickets_and_tells_of_each_account_once(self):
        port = json.loads(self.system.admin("/status")[1])["http"].rsplit(":", 1)[1]
        url, before, member = f"http://localhost:{port}", self.system.log("rms-connectord"), self.domain.log_on("EXCH01")
        events = lambda number: [line for line in self.lines_since(before) if f"event={number} " in line]
        for _ in range(2):
            self.assertEqual(self.curl(member, url=url)[0], 200)
        self.assertEqual(len(events(2002)), 1)
        self.assertIn("EXCH01$@CONTOSO.TEST", events(2002)[0])
        self.assertTrue(any("scheme=http" in line and "status=200" in line for line in self.lines_since(before)))
        for _ in range(2):
            self.assertEqual(self.curl(member)[0], 200)
        self.assertEqual(len(events(1003)), 1)
        self.assertEqual(self.curl(member, url=url)[0], 200)
        self.assertEqual(len(events(2002)), 2, "it went back")
        checked = subprocess.run([harness.PROGRAMS / "rms-connectord", "--check", "--config",
                                  self.system.env["RMS_CONNECTOR_CONFIG"]], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=30)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn("warning: listen.unsafe_http_address: plain HTTP is on", checked.stderr)
        self.assertIn("plain HTTP is on", self.system.log("rms-connectord"), "at the start, too")

    # ---- keys

    def test_a_new_password_refuses_nobody_and_an_old_key_is_named(self):
        first = self.domain.keytab("HTTP/localhost", "before.keytab")
        old = self.domain.log_on("EXCH01")
        self.assertEqual(self.curl(old)[0], 200)
        statuses, stop = [], threading.Event()

        def caller():
            while not stop.is_set():
                statuses.append(self.curl(old)[0])

        thread = threading.Thread(target=caller)
        thread.start()
        try:
            self.domain.set_service_password("Svc.Passw0rd2")
            # Only the old keys are there: who comes with a new ticket is told so by name.
            line = self.refused("no_key_for_kvno", lambda: self.curl(self.domain.log_on("EXCH01")))
            self.assertRegex(line, r"key version \d+; the keytab has versions")
            second = self.domain.keytab("HTTP/localhost", "after.keytab")
            both = self.domain.home / "both.keytab"
            self.domain._run("ktutil", stdin=None, input=f"rkt {first}\nrkt {second}\nwkt {both}\nq\n")
            self.install(both)
            self.assertEqual(self.curl(self.domain.log_on("EXCH01"))[0], 200)
        finally:
            stop.set()
            thread.join()
        self.assertTrue(statuses)
        self.assertEqual(set(statuses), {200}, "callers with tickets of the old key")

    # ---- every failure by its name

    def test_a_clock_that_is_wrong_is_named_with_the_difference(self):
        environment = self.domain.log_on("EXCH01")
        self.assertEqual(self.curl(environment)[0], 200)  # now the ticket is there
        line = self.refused("clock_skew", lambda: self.curl(environment, "faketime", "-f", "+20m"))
        self.assertRegex(line, r"caller's clock is 1(19|20)\d s ahead of ours")

    def test_a_ticket_for_another_account_is_a_wrong_spn(self):
        self.domain.tool("user", "create", "svc-other", "Svc.Passw0rd9")
        self.domain.tool("spn", "add", "HTTP/rmsconnector.contoso.test", "svc-other")
        self.domain.modify("CN=svc-other,CN=Users", "msDS-SupportedEncryptionTypes", "24")
        self.domain.tool("user", "setpassword", "svc-other", "--newpassword=Svc.Passw0rd10")
        line = self.refused("wrong_spn", lambda: self.curl(self.domain.log_on("EXCH01"), host="rmsconnector.contoso.test"))
        self.assertIn("HTTP/rmsconnector.contoso.test@CONTOSO.TEST", line)

    def test_a_token_that_comes_twice_is_a_replay(self):
        environment = self.domain.log_on("EXCH01")
        shown = subprocess.run(
            ["curl", "-sv", "--max-time", "30", "--cacert", self.system.env["RMS_CA_FILE"], "--negotiate", "-u", ":",
             f"https://localhost:{self.system.address[1]}{PAGE}"],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True).stderr
        token = re.search(r"> Authorization: (Negotiate \S+)", shown)[1]
        self.refused("replayed", lambda: self.send(token))

    def test_ntlm_is_told_how_to_set_the_spn(self):
        line = self.refused("ntlm_offered", lambda: self.send("Negotiate TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA="))
        self.assertIn("setspn -S HTTP/localhost ACCOUNT", line)


if __name__ == "__main__":
    missing = domain.why_not()
    if missing:
        AuthenticatesByKerberos = unittest.skip(missing)(AuthenticatesByKerberos)
    else:
        domain.enter_namespace()
    harness.main()
