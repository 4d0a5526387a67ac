# SPDX-License-Identifier: Apache-2.0
"""The connector shows a proxy that asks for Negotiate the ticket of its account, got by its keytab from a real domain."""
import base64
import ctypes
import os
import pathlib
import re
import shutil
import subprocess
import unittest

import connect_proxy
import domain
import goes_through_proxies
import harness


class Buffer(ctypes.Structure):
    _fields_ = [("length", ctypes.c_size_t), ("value", ctypes.c_void_p)]


class Acceptor:
    """The proxy's side of Negotiate: the system's GSS-API."""

    def __init__(self, keytab):
        os.environ["KRB5_KTNAME"] = str(keytab)  # of this process only: the connector does not look at it
        self._gss = ctypes.CDLL("libgssapi_krb5.so.2")
        self.names = []

    def lets_in(self, shown):
        if not shown.startswith("Negotiate "):
            return False
        token = base64.b64decode(shown.split(" ")[1])
        given = Buffer(len(token), ctypes.cast(ctypes.c_char_p(token), ctypes.c_void_p))
        minor, context, name, answer, shown_name = ctypes.c_uint32(), ctypes.c_void_p(), ctypes.c_void_p(), Buffer(), Buffer()
        major = self._gss.gss_accept_sec_context(
            ctypes.byref(minor), ctypes.byref(context), None, ctypes.byref(given), None, ctypes.byref(name), None,
            ctypes.byref(answer), None, None, None)
        if major != 0:
            return False
        self._gss.gss_display_name(ctypes.byref(minor), name, ctypes.byref(shown_name), None)
        self.names.append(ctypes.string_at(shown_name.value, shown_name.length).decode())
        return True


class ProvesItselfToProxies(harness.SystemTest):
    errors = goes_through_proxies.GoesThroughProxies.errors
    ask = goes_through_proxies.GoesThroughProxies.ask

    @classmethod
    def setUpClass(cls):
        cls.domain = domain.Domain()
        cls.addClassCleanup(cls.domain.close)
        # Nothing but /etc/krb5.conf tells the connector where the KDC is. In this namespace only.
        etc = cls.domain.home / "etc"
        shutil.copytree("/etc", etc, symlinks=True)
        shutil.copy(cls.domain.krb5_config, etc / "krb5.conf")
        subprocess.run(["mount", "--bind", etc, "/etc"], check=True)
        cls.addClassCleanup(subprocess.run, ["umount", "/etc"], check=True)
        super().setUpClass()
        cls.config = pathlib.Path(cls.system.env["RMS_CONNECTOR_CONFIG"])
        cls.plain = cls.config.read_text()
        cls.keytab = cls.system.state / "client.keytab"
        cls.keytab.write_bytes(cls.domain.keytab("EXCH01$", "exch01.keytab").read_bytes())
        cls.keytab.chmod(0o600)
        cls.acceptor = Acceptor(cls.domain.keytab("HTTP/localhost", "proxy.keytab"))
        harness.wait_for(cls.domain.listening, "the domain controller listens")

    def setUp(self):
        self.proxy = connect_proxy.ConnectProxy()
        self.addCleanup(self.proxy.close)
        self.proxy.offers = ["Negotiate"]
        self.proxy.lets_in = self.acceptor.lets_in
        self.addCleanup(self.config.write_text, self.plain)

    def start(self, principal=f"EXCH01$@{domain.REALM}", ready=True):
        lines = f"""
  proxy:
    url: http://localhost:{self.proxy.port}
    authentication: negotiate
    principal: {principal}
    keytab: {self.keytab}"""
        text, found = re.subn(r"(?m)^cloud:$", lambda line: line[0] + lines, self.plain)
        self.assertEqual(found, 1)
        self.config.write_text(text)
        self.system.stop("rms-connectord")
        self.system.start("rms-connectord")
        if ready:
            harness.wait_for(self.system.ready, "the connector is ready")
        else:
            harness.wait_for(lambda: self.errors(), "the connector says what is wrong")

    def test_its_account_is_known_to_the_proxy(self):
        self.start()
        self.assertEqual(self.ask(), 200)
        self.assertEqual(set(self.acceptor.names), {f"EXCH01$@{domain.REALM}"})
        shown = [value for _, value in self.proxy.asked]
        self.assertEqual(len(shown), len(set(shown)), "each token once")

    def test_a_key_that_is_no_longer_the_accounts_is_told(self):
        self.domain.tool("user", "setpassword", "EXCH01$", "--newpassword=EXCH01.Passw0rd2")
        try:
            self.start(ready=False)
            self.assertIn("no Kerberos ticket for the proxy, HTTP/localhost: ", self.errors()[0])
            self.assertIn("the key in the keytab is not the one that EXCH01$@CONTOSO.TEST has now", self.errors()[0])
        finally:
            self.keytab.write_bytes(self.domain.keytab("EXCH01$", "exch01.keytab").read_bytes())

    def test_check_compares_the_keytab_with_the_principal(self):
        self.config.write_text(self.plain.replace("cloud:\n", f"""cloud:
  proxy: {{url: 'http://localhost:1', authentication: negotiate, principal: nobody@CONTOSO.TEST, keytab: {self.keytab}}}
"""))
        checked = subprocess.run([harness.PROGRAMS / "rms-connectord", "--config", self.config, "--check"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(checked.returncode, 78)
        self.assertIn("has no key of nobody@CONTOSO.TEST, but of EXCH01$@CONTOSO.TEST", checked.stderr)


if __name__ == "__main__":
    missing = domain.why_not()
    if missing:
        ProvesItselfToProxies = unittest.skip(missing)(ProvesItselfToProxies)
    else:
        domain.enter_namespace()
    harness.main()
