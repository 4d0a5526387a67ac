# SPDX-License-Identifier: Apache-2.0
"""A SOAP client that a stock toolkit makes from the connector's WSDLs asks all that an Exchange server asks."""
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

import harness

HERE = pathlib.Path(__file__).parent / "third_party"
PAGES = ("certification/ServerCertification.asmx", "certification/server.asmx", "licensing/publish.asmx",
         "licensing/license.asmx", "licensing/templateDistribution.asmx")
OTHER_PAGES = ("certification/certification.asmx", "certification/Precertification.asmx",
               "certification/ServiceLocator.asmx", "licensing/server.asmx", "licensing/ServiceLocator.asmx")
RECIPIENTS = [f"recipient{i}@contoso.test" for i in range(100)]
VERIFIER = harness.SOURCE.parent / "shared/vectors/verify_xrml.py"


class ExchangeOrder(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.work = cls.system.state / "third-party"
        cls.work.mkdir()
        cls.make_client()
        cls.know_the_recipients()
        cls.publish()

    @classmethod
    def run_in_work(cls, *command):
        done = subprocess.run(command, cwd=cls.work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=600)
        if done.returncode != 0:
            raise AssertionError(f"{command[0]} failed:\n{done.stdout}")
        return done.stdout

    @classmethod
    def generate(cls, pages, folder="."):
        """What gSOAP makes from the descriptions of these pages."""
        wsdls = []
        for page in pages:
            status, _, text = cls.system.request("exchange", "GET", f"/_wmcs/{page}?wsdl")
            if status != 200:
                raise AssertionError(f"{page}?wsdl: {status}")
            wsdls.append(page.replace("/", "-") + ".wsdl")
            (cls.work / wsdls[-1]).write_text(text)
        cls.run_in_work("wsdl2h", "-P", "-t", HERE / "typemap.dat", "-o", "rms.h", *wsdls)
        (cls.work / folder).mkdir(exist_ok=True)
        cls.run_in_work("soapcpp2", "-j", "-C", "-x", "-L", "-c++11", "-d", folder, "rms.h")

    @classmethod
    def make_client(cls):
        """Generated, not edited, and compiled with our few lines that say what to ask."""
        cls.generate(PAGES)
        flags, libraries = (shlex.split(cls.run_in_work("pkg-config", kind, "gsoapssl++"))
                            for kind in ("--cflags", "--libs"))
        # Warnings in what gSOAP writes are none of ours.
        cls.run_in_work("c++", "-std=c++20", "-O0", "-w", *flags, "-I.", HERE / "exchange_client.cpp",
                        *sorted(path.name for path in cls.work.glob("soap*.cpp")), *libraries, "-o", "client")

    @classmethod
    def know_the_recipients(cls):
        users = ["mail,name,sid,aliases"]
        users += [f"{mail},Recipient {i},S-1-5-21-1-2-3-{1000 + i}," for i, mail in enumerate(RECIPIENTS)]
        users += ["outsider@contoso.test,Outsider,S-1-5-21-1-2-3-999,"]
        (cls.work / "users.csv").write_text("\n".join(users) + "\n")
        (cls.work / "groups.csv").write_text("mail,name,sid,aliases,members\n")
        cls.run_in_work(harness.PROGRAMS / "rms-cloudctl", "--config", cls.system.env["RMS_CLOUD_CONFIG"], "directory",
                        "import", "--tenant", "contoso.test", "--users", "users.csv", "--groups", "groups.csv")

    @classmethod
    def publish(cls):
        """What Exchange has before it asks: its machine certificate, and a licence that it made offline."""
        (cls.work / "mail.txt").write_text("Dear all, this is between us.\n")
        grants = [word for mail in RECIPIENTS for word in ("--to", f"{mail}:VIEW,REPLY")]
        for command in (["protect", str(cls.work / "mail.txt"), *grants, "--output", str(cls.work / "mail.ptxt")],
                        ["request", str(cls.work / "mail.ptxt"), "--output", str(cls.work / "request.xml")]):
            done = cls.system.rms("exchange", *command)
            if done.returncode != 0:
                raise AssertionError(f"rms {command[0]}: {done.stderr}")
        request = (cls.work / "request.xml").read_text()
        license = re.search(r"<IssuanceLicense>(.*?)</IssuanceLicense>", request, re.S).group(1)
        (cls.work / "license.xml").write_text("".join(harness.xrml_of(license)))
        # A certificate and its key in one file: so gSOAP wants it.
        identity = cls.work / "exchange.pem"
        identity.touch(mode=0o600)
        identity.write_text("".join(pathlib.Path(cls.system.env[name]).read_text()
                                    for name in ("RMS_EXCHANGE_CERT", "RMS_EXCHANGE_KEY")))
        (cls.work / "recipients").write_text("\n".join([*RECIPIENTS, "outsider@contoso.test", "nobody@contoso.test"]))

    def ask(self, version, folder=None):
        out = self.work / (folder or f"soap-1.{version}")
        out.mkdir()
        said = self.run_in_work(self.work / "client", "--url", self.system.env["RMS_CONNECTOR_URL"], "--ca",
                                self.system.env["RMS_CA_FILE"], "--identity", "exchange.pem", "--machine",
                                self.system.state / "clients/exchange/machine.xml", "--license", "license.xml",
                                "--recipients", "recipients", "--soap", str(version), "--out", out)
        print(f"{self.id()}: {said.strip()}", file=sys.stderr)
        return out

    def check_answers(self, out):
        for page in ("certification", "licensing"):
            info = (out / f"{page}-info.txt").read_text()
            self.assertEqual(re.findall(r'<ServerInfoRequest[^>]*Type="(\w+)"', info),
                             ["VersionInfo", "ServerFeatureInfo", "ServerLicensorCertificate", "ServiceLocations"], info)
            (out / f"{page}-server.xml").write_text("".join(harness.xrml_of(info)))
        self.assertIn('purpose="Content-License"', (out / "use-license.xml").read_text())
        self.assertGreaterEqual(len(list(out.glob("template-*.xml"))), 1)
        for i in range(len(RECIPIENTS)):
            self.assertIn('purpose="Content-License"', (out / f"prelicense-{i}.xml").read_text())
        refused = {100: "NoRightsForRequestedPrincipalException", 101: "AcquirePreLicenseInvalidLicenseeException"}
        for i, name in refused.items():
            text = (out / f"prelicense-{i}.xml").read_text()
            self.assertIn(name, text)
            self.assertRegex(text, rf"<(\w+:)?batchindex>{i}</")
            (out / f"prelicense-{i}.xml").unlink()

    def documents_in(self, out):
        documents = sorted(str(path) for path in out.glob("*.xml"))
        self.assertGreater(len(documents), len(RECIPIENTS) + 4)
        return documents

    def check_signatures(self, out):
        """Each document as it came, by the connector's client."""
        inspected = self.system.rms("exchange", "inspect", *self.documents_in(out))
        self.assertEqual(inspected.returncode, 0, inspected.stdout + inspected.stderr)

    def test_every_description_makes_a_client(self):
        for page in OTHER_PAGES:
            folder = page.replace("/", "-")
            self.generate([page], folder)
            self.assertEqual(len(list((self.work / folder).glob("soap*Proxy.cpp"))), 1, page)

    def test_in_soap_1_1(self):
        out = self.ask(1)
        self.check_answers(out)
        self.check_signatures(out)

    @unittest.skipUnless(VERIFIER.exists(), f"no verifier of somebody else's at {VERIFIER}")
    def test_somebody_elses_verifier_finds_every_signature_good(self):
        out = self.ask(1, "verified")
        self.check_answers(out)
        checked = subprocess.run([sys.executable, VERIFIER, *self.documents_in(out)], stdout=subprocess.PIPE, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout)
        self.assertNotIn("no signature", checked.stdout)

    def test_in_soap_1_2(self):
        out = self.ask(2)
        self.check_answers(out)
        self.check_signatures(out)


if __name__ == "__main__":
    harness.main()
