# SPDX-License-Identifier: Apache-2.0
"""Started with its standard error in systemd's journal, the connector writes records with a field for each fact.

A real journald, in a mount namespace of its own: that needs root, and is skipped without.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import unittest

import harness

JOURNALD = "/lib/systemd/systemd-journald"

# What systemd does for a service: its standard error is a stream of the journal, and JOURNAL_STREAM says which one.
SCRIPT = r"""
set -eu
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/journald.conf.d /run/log/journal
printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\nForwardToSyslog=no\nForwardToWall=no\n' \
  > /run/systemd/journald.conf.d/test.conf
"$JOURNALD" 2> "$OUT/journald.log" &
journald=$!
until [ -S /run/systemd/journal/stdout ]; do kill -0 $journald; done
for config in "$BROKEN" "$GOOD"; do
  systemd-cat sh -c 'export JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2); exec "$@"' sh \
    "$PROGRAM" --config "$config" &
  echo $! > "$OUT/pid"
  wait $! || echo $? >> "$OUT/failures"
done
journalctl --sync
journalctl --no-pager -o json > "$OUT/journal.json"
kill $journald
wait $journald || true
"""


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare") and shutil.which("systemd-cat")
                     and pathlib.Path(JOURNALD).exists(), "needs root and journald")
class ReportsToTheJournal(harness.SystemTest):
    def test_events_are_records_with_fields(self):
        system = self.system
        system.stop("rms-connectord")
        out = system.state / "journal"
        out.mkdir()
        good = pathlib.Path(system.env["RMS_CONNECTOR_CONFIG"])
        broken = good.with_name("broken.yaml")
        broken.write_text(good.read_text() + "limitz: {}\n")
        environment = {**os.environ, "OUT": str(out), "JOURNALD": JOURNALD, "BROKEN": str(broken), "GOOD": str(good),
                       "PROGRAM": str(harness.PROGRAMS / "rms-connectord")}
        running = subprocess.Popen(["unshare", "-m", "sh", "-c", SCRIPT], env=environment, stdin=subprocess.DEVNULL)
        try:
            harness.wait_for(lambda: running.poll() is not None or system.ready(), "the connector is ready")
            self.assertIsNone(running.poll(), "the script goes on")
            self.assertEqual(system.request("sharepoint", "POST", harness.LICENSE_PAGE, system.sample_request())[0], 200)
            correlation = "0f45fd50-383b-43ee-90a4-ed013cd0cfe5"
            status = system.request("stranger", "POST", harness.LICENSE_PAGE, system.sample_request(),
                                    {"client-request-id": correlation})[0]
            self.assertEqual(status, 403)
            os.kill(int((out / "pid").read_text()), signal.SIGTERM)
            self.assertEqual(running.wait(60), 0)
        finally:
            if running.poll() is None:
                running.kill()
                running.wait(10)

        self.assertEqual((out / "failures").read_text().split(), ["78"], "only the broken configuration failed")
        records = [json.loads(line) for line in (out / "journal.json").read_text().splitlines()]
        ours = [record for record in records if record.get("SYSLOG_IDENTIFIER") == "rms-connectord"]
        events = {record["RMS_EVENT"]: record for record in ours if "RMS_EVENT" in record}
        for number in ("1000", "1001", "1002", "1004", "1100", "2001", "3001"):
            self.assertIn(number, events)
        self.assertTrue(all(record["_TRANSPORT"] == "journal" for record in ours))

        refused = events["2001"]
        self.assertEqual(refused["PRIORITY"], "4")
        self.assertEqual(refused["RMS_REASON"], "no_entry")
        self.assertEqual(refused["RMS_CORRELATION_ID"], correlation)
        self.assertTrue(refused["RMS_PRINCIPAL"].startswith("dns:stranger"))
        self.assertIn("event=2001", refused["MESSAGE"])
        self.assertEqual(events["1002"]["RMS_ENTRY"], "sharepoint")
        self.assertEqual(events["3001"]["PRIORITY"], "3")
        self.assertIn("limitz", events["3001"]["RMS_ERROR"])


if __name__ == "__main__":
    harness.main()
