# SPDX-License-Identifier: Apache-2.0
"""A real Active Directory for a test: a domain controller of Samba, in a network namespace of its own, because its ports
are fixed. Python's standard library only."""
import fcntl
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile

import harness

REALM = "CONTOSO.TEST"
NEEDED = ("samba", "samba-tool", "ldbmodify", "kinit", "klist", "ktutil", "faketime", "curl", "ip", "unshare")


def why_not():
    """What is missing on this machine; empty if nothing is."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        return "not here: " + ", ".join(missing)
    if "SPNEGO" not in subprocess.run(["curl", "--version"], stdout=subprocess.PIPE, text=True).stdout:
        return "this curl knows no Negotiate"
    if subprocess.run(["unshare", "--net", "--mount", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        return "no network namespace of its own can be made here (that needs root)"
    return ""


def enter_namespace():
    """Starts this program again in a namespace where nobody else has ports, and where its mounts are its own."""
    if os.environ.get("RMS_TEST_NAMESPACE") != "1":
        os.environ["RMS_TEST_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, "-B", *sys.argv])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


class Domain:
    """CONTOSO.TEST, with the group All Mail, in it the group Exchange Servers, in it EXCH01$; the account svc-rms, which
    has HTTP/localhost; and STRANGER$, which is in no group. With `dns` the controller is this namespace's name server, and
    dc1.contoso.test has an address."""

    def __init__(self, dns=False):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="rms-domain-"))
        self._replaced = []
        self.config = self.home / "dc/etc/smb.conf"
        provisioned = self._provisioned()
        self._run("cp", "-a", provisioned, self.home / "dc")
        # By default Samba takes no tickets within TLS. (As an option of provision it is not heard.)
        more = "ldap server require strong auth = allow_sasl_over_tls" if dns else "server services = -dns"
        # The only file that says where it is.
        text = self.config.read_text().replace(str(provisioned), str(self.home / "dc"))
        self.config.write_text(text.replace("[global]", f"[global]\n{more}"))
        if dns:
            # Samba's name server knows who the controllers are, but gives nobody an address of loopback.
            self._replace("/etc/resolv.conf", "nameserver 127.0.0.1\n")
            self._replace("/etc/hosts", "127.0.0.1 localhost dc1.contoso.test\n")
        with open(self.home / "samba.log", "w") as log:
            self._controller = subprocess.Popen(["samba", "-i", "-M", "single", "-s", self.config],
                                                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        for group in ("Exchange Servers", "All Mail"):
            self.tool("group", "add", group)
        for computer in ("EXCH01", "STRANGER"):
            self.tool("computer", "create", computer)
            self.tool("user", "setpassword", computer + "$", f"--newpassword={computer}.Passw0rd1")
        self.tool("group", "addmembers", "Exchange Servers", "EXCH01$")
        self.tool("group", "addmembers", "All Mail", "Exchange Servers")
        self.tool("user", "create", "svc-rms", "Svc.Passw0rd0")
        self.tool("spn", "add", "HTTP/localhost", "svc-rms")
        # Keys of AES are made when the password is set after this.
        self.modify("CN=svc-rms,CN=Users", "msDS-SupportedEncryptionTypes", "24")
        self.set_service_password("Svc.Passw0rd1")
        self.krb5_config = self.home / "krb5.conf"
        self.krb5_config.write_text(f"""[libdefaults]
  default_realm = {REALM}
  dns_lookup_kdc = false
  rdns = false
  dns_canonicalize_hostname = false
[realms]
  {REALM} = {{
    kdc = 127.0.0.1
  }}
[domain_realm]
  localhost = {REALM}
  rmsconnector.contoso.test = {REALM}
""")

    @classmethod
    def _provisioned(cls):
        """A domain as it is made, which nobody ever starts: made once, beside the programs, in a quarter of a minute."""
        version = subprocess.run(["samba", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.split()[-1]
        made = harness.PROGRAMS.parent / f"test-domain-{version}"
        with open(f"{made}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (made / "complete").exists():
                shutil.rmtree(made, ignore_errors=True)
                cls._run("samba-tool", "domain", "provision", f"--realm={REALM}", "--domain=CONTOSO", "--server-role=dc",
                         "--dns-backend=SAMBA_INTERNAL", "--adminpass=Adm1n.Passw0rd", f"--targetdir={made}",
                         "--host-name=dc1", "--host-ip=127.0.0.1", "--option=interfaces=lo",
                         "--option=bind interfaces only=yes")
                (made / "complete").touch()
        return made

    def close(self):
        self._controller.terminate()
        self._controller.wait(30)
        for file in self._replaced:
            self._run("umount", file)
        shutil.rmtree(self.home)

    @staticmethod
    def _run(*command, **more):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                              **{"stdin": subprocess.DEVNULL, **more})
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, command))}\n{done.stdout}")
        return done.stdout

    def _replace(self, file, content):
        """In this namespace only."""
        ours = self.home / pathlib.Path(file).name
        ours.write_text(content)
        self._run("mount", "--bind", ours, file)
        self._replaced.append(file)

    def tool(self, *command):
        return self._run("samba-tool", *command, "-H", self.home / "dc/private/sam.ldb", "-s", self.config)

    def modify(self, name, attribute, value):
        self._run("ldbmodify", "-H", self.home / "dc/private/sam.ldb", stdin=None, input=(
            f"dn: {name},DC=contoso,DC=test\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n"))

    def set_service_password(self, password):
        self.tool("user", "setpassword", "svc-rms", f"--newpassword={password}")

    def keytab(self, principal, name):
        """A new keytab with the keys that this principal has now."""
        file = self.home / name
        file.unlink(missing_ok=True)
        self._run("samba-tool", "domain", "exportkeytab", file, f"--principal={principal}", "-s", self.config)
        return file

    def sid(self, kind, name):
        shown = self.tool(kind, "show", name, "--attributes=objectSid")
        return next(line.split(": ")[1] for line in shown.splitlines() if line.startswith("objectSid: "))

    @staticmethod
    def listening(ports=(88,)):
        for port in ports:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) != 0:
                    return False
        return True

    def answers_ldap(self):
        return self.listening((88, 389, 636))

    def log_on(self, computer):
        """An environment with a new ticket-granting ticket of that computer."""
        cache = tempfile.mktemp(prefix="cache-", dir=self.home)
        environment = {**os.environ, "KRB5_CONFIG": str(self.krb5_config), "KRB5CCNAME": f"FILE:{cache}"}
        self._run("kinit", f"{computer}$@{REALM}", env=environment, stdin=None, input=f"{computer}.Passw0rd1\n")
        return environment
