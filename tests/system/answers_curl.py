# SPDX-License-Identifier: Apache-2.0
"""The connector answers anyone who has curl and a certificate, and says no in the way that callers understand."""
import http.client
import pathlib
import ssl
import subprocess
import sys
import threading

import harness
from harness import LICENSE_PAGE


class AnswersCurl(harness.SystemTest):
    def curl(self, name, *arguments):
        env = self.system.env
        identity = [] if name is None else ["--cert", env[f"RMS_{name.upper()}_CERT"],
                                            "--key", env[f"RMS_{name.upper()}_KEY"]]
        return subprocess.run(["curl", "-sS", "--max-time", "30", "--cacert", env["RMS_CA_FILE"], *identity,
                               "-w", "\n%{http_code}", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)

    def post(self, name, data, path=LICENSE_PAGE):
        answer = self.curl(name, "-H", "Content-Type: text/xml", "--data-binary", data,
                           self.system.env["RMS_CONNECTOR_URL"] + path)
        body, _, status = answer.stdout.rpartition("\n")
        return int(status), body

    def test_the_sample_brings_a_use_licence_whose_signature_verifies(self):
        for name in ("exchange", "sharepoint"):
            status, body = self.post(name, f"@{self.system.state}/sample/acquire-license-{name}.xml")
            self.assertEqual(status, 200, body)
            documents = harness.xrml_of(body)
            self.assertIn('purpose="Content-License"', documents[0])
            answer = pathlib.Path(self.system.state, "answer.xml")
            answer.write_text("".join(documents))
            inspected = self.system.rms(name, "inspect", str(answer))
            self.assertEqual(inspected.returncode, 0, inspected.stderr)
            verifier = harness.SOURCE.parent / "shared/vectors/verify_xrml.py"
            if verifier.exists():
                checked = subprocess.run([sys.executable, verifier, answer], stdout=subprocess.PIPE, text=True)
                self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_a_stranger_gets_403_and_one_log_line_that_names_it(self):
        before = self.system.log("rms-connectord")
        status, _ = self.post("stranger", f"@{self.system.state}/sample/acquire-license-exchange.xml")
        self.assertEqual(status, 403)
        lines = [line for line in self.system.log("rms-connectord")[len(before):].splitlines() if "stranger" in line]
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("event=2001", lines[0])
        self.assertIn("dns:stranger.contoso.test", lines[0])

    def test_a_caller_without_a_certificate_is_refused_in_the_handshake(self):
        answer = self.curl(None, self.system.env["RMS_CONNECTOR_URL"] + LICENSE_PAGE)
        self.assertNotEqual(answer.returncode, 0)
        self.assertIn("certificate required", answer.stderr)

    def test_an_unknown_path_is_404(self):
        self.assertEqual(self.post("exchange", "x", "/_wmcs/licensing/other.asmx")[0], 404)
        self.assertEqual(self.post("exchange", "x", "/")[0], 404)

    def test_paths_match_without_regard_to_case(self):
        self.assertEqual(self.post("sharepoint", f"@{self.system.state}/sample/acquire-license-sharepoint.xml",
                                   "/_WMCS/Licensing/License.asmx")[0], 200)

    def test_a_body_of_20_mib_is_413(self):
        big = self.system.state / "big"
        big.write_bytes(b"x" * (20 * 1024 * 1024))
        self.assertEqual(self.post("exchange", f"@{big}")[0], 413)

    def test_junk_is_a_fault_that_says_what_was_expected(self):
        for junk in ("junk", "<a/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"):
            status, body = self.post("exchange", junk)
            self.assertEqual(status, 500)
            self.assertIn("<faultcode>", body)
            self.assertRegex(body, "expected|must|refused")

    def test_the_health_page_has_the_title_that_administrators_look_for(self):
        answer = self.curl("exchange", self.system.env["RMS_CONNECTOR_URL"] +
                           "/_wmcs/certification/ServerCertification.asmx")
        self.assertTrue(answer.stdout.endswith("\n200"))
        self.assertIn("<title>ServerCertificationWebService", answer.stdout)

    def test_1000_requests_at_concurrency_50_are_all_answered_200(self):
        body, statuses, lock = self.system.sample_request(), [], threading.Lock()

        def caller():
            connection = self.system.connect("sharepoint", timeout=60)
            for _ in range(20):
                connection.request("POST", LICENSE_PAGE, body=body, headers={"Content-Type": "text/xml"})
                answer = connection.getresponse()
                answer.read()
                with lock:
                    statuses.append(answer.status)
            connection.close()

        callers = [threading.Thread(target=caller) for _ in range(50)]
        for thread in callers:
            thread.start()
        for thread in callers:
            thread.join()
        self.assertEqual(statuses, [200] * 1000)

    def test_a_certificate_of_another_authority_is_refused_in_the_handshake(self):
        key, pem = self.system.state / "other.key", self.system.state / "other.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", pem, "-days", "1", "-subj", "/CN=exchange",
                        "-addext", "subjectAltName=DNS:exchange.contoso.test"], check=True, stderr=subprocess.DEVNULL)
        context = ssl.create_default_context(cafile=self.system.env["RMS_CA_FILE"])
        context.load_cert_chain(pem, key)
        connection = http.client.HTTPSConnection(*self.system.address, context=context, timeout=10)
        self.addCleanup(connection.close)
        with self.assertRaises((ssl.SSLError, ConnectionError, http.client.RemoteDisconnected)):
            connection.request("GET", LICENSE_PAGE)
            connection.getresponse()


if __name__ == "__main__":
    harness.main()
