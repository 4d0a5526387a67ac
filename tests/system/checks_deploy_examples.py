# SPDX-License-Identifier: Apache-2.0
"""The examples of deploy/ for HAProxy and keepalived are what these programs accept, and what the pages say."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["RMS_SOURCE_DIR"])


def find(program):
    return shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


class ChecksDeployExamples(unittest.TestCase):
    def test_haproxy_accepts_its_configuration(self):
        if find("haproxy") is None:
            self.skipTest("no haproxy here")
        checked = subprocess.run([find("haproxy"), "-c", "-f", SOURCE / "deploy/haproxy/haproxy.cfg"],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout)
        self.assertNotIn("WARNING", checked.stdout)

    def test_keepalived_accepts_its_configuration(self):
        if find("keepalived") is None:
            self.skipTest("no keepalived here")
        in_namespace = ["unshare", "--net"]
        if os.geteuid() != 0 or subprocess.run([*in_namespace, "true"], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("keepalived wants to see the interface of its configuration: that needs root")
        folder = SOURCE / "deploy/keepalived"
        text = (folder / "keepalived.conf").read_text().replace("/usr/lib/rms-connector", str(folder))
        # An account of its own is made when it is installed.
        text = text.replace("script_user keepalived_script", "script_user root")
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
            config.write(text)
            config.flush()
            checked = subprocess.run(
                [*in_namespace, "sh", "-c", "ip link add eth0 type veth peer name other && exec \"$@\"", "sh",
                 find("keepalived"), "--config-test", "--use-file", config.name],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(checked.returncode, 0, checked.stdout)

    def test_the_agent_is_where_its_unit_looks(self):
        unit = (SOURCE / "deploy/haproxy/rms-connector-agent@.service").read_text()
        program = re.search(r"^ExecStart=(.*)$", unit, re.M).group(1)
        self.assertTrue(os.access(SOURCE / "deploy/haproxy" / pathlib.Path(program).name, os.X_OK))
        self.assertIn(f"install -m 0755 deploy/haproxy/{pathlib.Path(program).name} {pathlib.Path(program).parent}/",
                      (SOURCE / "docs/high-availability.md").read_text())

    @unittest.skipUnless(find("systemd-analyze"), "no systemd-analyze here")
    def test_systemd_knows_every_word_of_the_units(self):
        with tempfile.TemporaryDirectory() as folder:
            units = []
            for name in ("rms-connector-agent.socket", "rms-connector-agent@.service"):
                text = (SOURCE / "deploy/haproxy" / name).read_text().replace(
                    "/usr/lib/rms-connector/", str(SOURCE / "deploy/haproxy") + "/")
                units.append(pathlib.Path(folder) / name)
                units[-1].write_text(text)
            checked = subprocess.run(["systemd-analyze", "verify", "--man=no", units[0]], stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for complaint in ("Unknown key", "Unknown section", "Failed to parse"):
            self.assertNotIn(complaint, checked.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
