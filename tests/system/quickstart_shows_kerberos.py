# SPDX-License-Identifier: Apache-2.0
"""The quickstart with --kerberos shows servers of a real Windows domain, and leaves nothing of it behind."""
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

import domain
import harness

QUICKSTART = harness.SOURCE / "deploy/quickstart.sh"


class QuickstartShowsKerberos(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rms-quickstart-test-")
        self.addCleanup(folder.cleanup)
        self.temporary = pathlib.Path(folder.name)

    def processes(self):
        """Those that work in our folder, or name it: Samba hides its command line."""
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().decode(errors="replace") + os.readlink(process / "cwd")
            except OSError:
                continue
            if self.temporary.name in words:
                found.append(words)
        return found

    def as_told(self, env, name):
        """The status of a request by curl in an ordinary shell that has read DIR/env."""
        script = f"""set -eu
. {env}
export KRB5_CONFIG=$RMS_KRB5_CONFIG KRB5CCNAME=FILE:$RMS_STATE_DIR/krb5/test-{name}
kinit -k -t "$RMS_{name}_KEYTAB" "$RMS_{name}_PRINCIPAL"
kvno -q "$RMS_CONNECTOR_SPN"
curl -sS --max-time 30 --cacert "$RMS_CA_FILE" --negotiate -u : -o /dev/null -w '%{{http_code}}' \\
  -H 'Content-Type: text/xml' --data-binary "@$RMS_STATE_DIR/sample/acquire-license-exch01.xml" \\
  "$RMS_CONNECTOR_URL/_wmcs/licensing/license.asmx"
"""
        asked = subprocess.run(["sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True, timeout=60)
        self.assertEqual(asked.returncode, 0, asked.stdout + asked.stderr)
        return asked.stdout

    def test_it_shows_each_step_and_can_be_asked_afterwards_and_stopped(self):
        state = self.temporary / "state"
        done = subprocess.run([QUICKSTART, "--kerberos", "--keep", "--state", state], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=200)
        try:
            self.assertEqual(done.returncode, 0, done.stdout)
            for sentence in ("match: {group_sid: S-1-5-21-", "EXCH01 bootstraps by its Kerberos ticket",
                             "EXCH01 opens plan", "HTTP 200", "STRANGER$@CONTOSO.TEST", "outcome=ntlm_offered",
                             "exchange-servers  EXCH01$@CONTOSO.TEST  AcquireLicense  Success",
                             "exchange-servers  EXCH02$@CONTOSO.TEST  ServerCertify  Success",
                             "sharepoint is refused board"):  # what it shows without a domain is shown, too
                self.assertIn(sentence, done.stdout)
            self.assertEqual(self.as_told(state / "env", "EXCHANGE"), "200")
            self.assertEqual(self.as_told(state / "env", "STRANGER"), "403")
            self.assertEqual(len(self.processes()), 3, self.processes())
        finally:
            stopped = subprocess.run([QUICKSTART, "--stop", "--state", state], stdout=subprocess.PIPE, text=True, timeout=120)
        self.assertIn("Stopped samba", stopped.stdout)
        self.assertEqual(self.processes(), [])

    def test_ctrl_c_stops_the_controller_too(self):
        process = subprocess.Popen([QUICKSTART, "--kerberos"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, start_new_session=True,
                                   env=dict(os.environ, TMPDIR=str(self.temporary)))
        for line in process.stdout:
            if "Its controller has Kerberos and LDAP" in line:
                break
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130, said)
        self.assertEqual(self.processes(), [])
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_a_taken_port_is_named(self):
        with socket.create_server(("0.0.0.0", 389)):
            done = subprocess.run([QUICKSTART, "--kerberos"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=60,
                                  env=dict(os.environ, TMPDIR=str(self.temporary)))
        self.assertEqual(done.returncode, 1)
        self.assertIn("port 389 is taken", done.stdout)
        self.assertEqual(list(self.temporary.iterdir()), [])


if __name__ == "__main__":
    missing = domain.why_not()
    if missing:
        QuickstartShowsKerberos = unittest.skip(missing)(QuickstartShowsKerberos)
    else:
        domain.enter_namespace()
    harness.main()
