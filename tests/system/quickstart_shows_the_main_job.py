# SPDX-License-Identifier: Apache-2.0
"""The quickstart shows the main job, can be run again, and cleans up after itself."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness

QUICKSTART = harness.SOURCE / "deploy/quickstart.sh"


def run(*arguments, **options):
    return subprocess.run([QUICKSTART, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=120, **options)


class QuickstartShowsTheMainJob(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="rms-quickstart-test-")
        self.addCleanup(self.folder.cleanup)
        self.temporary = pathlib.Path(self.folder.name)

    def daemons(self):
        found = []
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            if self.folder.name in words and "quickstart" not in words.split("\0")[0]:
                found.append(words)
        return found

    def test_it_shows_each_step_and_leaves_nothing_behind(self):
        done = run(env=dict(os.environ, TMPDIR=self.folder.name))
        self.assertEqual(done.returncode, 0, done.stdout)
        for sentence in ("exchange bootstraps", "protects plan.txt offline", "sharepoint opens plan",
                         "sharepoint is refused board", "Confidential \\ All Employees",
                         "sharepoint opens memo", "alice@contoso.test: ", "a stranger with a valid certificate is refused",
                         "AcquireLicense", "AcquirePreLicense"):
            self.assertIn(sentence, done.stdout)
        self.assertEqual(list(self.temporary.iterdir()), [])
        self.assertEqual(self.daemons(), [])

    def test_it_can_be_run_again_over_a_running_one_and_stopped(self):
        state = str(self.temporary / "state")
        for _ in range(2):
            done = run("--state", state, "--keep")
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertEqual(len(self.daemons()), 2)
        self.assertEqual(run("--stop", "--state", state).returncode, 0)
        self.assertEqual(self.daemons(), [])
        self.assertEqual(run("--stop", "--state", state).returncode, 0)

    def test_it_stops_a_connector_that_was_started_again_by_hand_and_no_other(self):
        state, other = self.temporary / "state", self.temporary / "other"
        self.assertEqual(run("--state", state, "--keep").returncode, 0)
        environment = dict(line.split("=", 1) for line in (state / "env").read_text().splitlines())
        opened = subprocess.run([environment["RMS_BIN_DIR"] + "/rms", "open", state / "sample/plan.ptxt", "--output",
                                 self.temporary / "plan.txt"], env={**os.environ, **environment}, timeout=60)
        self.assertEqual(opened.returncode, 0, "what DIR/env says is enough for rms")

        os.kill(int(environment["RMS_CONNECTOR_PID"]), signal.SIGTERM)
        harness.wait_for(lambda: len(self.daemons()) == 1, "the connector has stopped")
        for folder in ("connector", "tls"):
            shutil.copytree(state / folder, other / folder)
        program, started = pathlib.Path(environment["RMS_BIN_DIR"]) / "rms-connectord", []
        for place, config in ((state, "connector/rms-connector.yaml"), (other, f"{state}/run/../connector/rms-connector.yaml"),
                              (other, "connector/rms-connector.yaml")):
            text = re.sub(r"(?m)^  socket: .*\n", "", pathlib.Path(place, config).read_text())  # one for each at most
            pathlib.Path(place, config).write_text(re.sub(r"(?m)^(\s*(?:admin_)?address: 127.0.0.1):\d+$", r"\1:0", text))
            ready = self.temporary / f"ready-{len(started)}"
            started.append(subprocess.Popen([program, "--config", config, "--ready-file", ready], cwd=place,
                                            stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
            self.addCleanup(started[-1].kill)
            harness.wait_for(ready.exists, "the connector is ready")
        self.assertEqual(run("--stop", "--state", state).returncode, 0)
        self.assertEqual([each.wait(30) for each in started[:2]], [0, 0])
        self.assertIsNone(started[2].poll(), "it serves another file")
        started[2].terminate()
        self.assertEqual(started[2].wait(30), 0)

    def test_it_does_not_touch_a_folder_that_it_did_not_make(self):
        (self.temporary / "mine").write_text("keep")
        done = run("--state", self.folder.name)
        self.assertEqual(done.returncode, 1)
        self.assertEqual((self.temporary / "mine").read_text(), "keep")

    def test_a_wrong_command_line_exits_with_2_and_shows_the_usage(self):
        for arguments, word in ((["--stop"], "--state"), (["--state"], "folder"), (["--frob"], "--frob")):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, done.stdout)
            self.assertIn(word, done.stdout.splitlines()[0])
            self.assertIn("usage: ", done.stdout)

    def test_it_says_which_program_is_not_where_it_was_told_to_look(self):
        for folder, word in ((self.folder.name, "there is no rms-connectord"), ("/no/such/folder", "is no folder")):
            done = run(env=dict(os.environ, RMS_PROGRAMS=folder))
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(word, done.stdout)
            self.assertIn(folder, done.stdout)

    def test_ctrl_c_in_the_middle_cleans_up(self):
        process = subprocess.Popen([QUICKSTART], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True, start_new_session=True,
                                   env=dict(os.environ, TMPDIR=self.folder.name))
        for line in process.stdout:
            if "rms-connectord, the connector, is ready" in line:
                break
        os.killpg(process.pid, signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("quickstart: interrupted", said)
        self.assertNotIn("--- the end of", said)  # nothing failed: no logs
        self.assertEqual(self.daemons(), [])
        self.assertEqual(list(self.temporary.iterdir()), [])


if __name__ == "__main__":
    harness.main()
