# SPDX-License-Identifier: Apache-2.0
"""A journal that is written anew with a good chain, or cut off, is found by the heads that the service keeps; heads that
the service loses are found by their receipts in the journal."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import harness

PAGE = "/_wmcs/certification/ServerCertification.asmx"


def chained(lines, previous="0" * 64):
    """The same lines as one good chain, as whoever may write the file can make it."""
    text = []
    for line in lines:
        members = re.sub(r'"prev":"[0-9a-f]*","hash":"[0-9a-f]*"}$', "", line)
        content = f'{members}"prev":"{previous}"'
        previous = hashlib.sha256(content.encode()).hexdigest()
        text.append(f'{content},"hash":"{previous}"}}\n')
    return "".join(text)


class ExposesAChangedJournal(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.journal = cls.system.state / "audit"
        cls.journal.mkdir()
        cls.heads = cls.system.state / "heads.json"
        with open(cls.system.env["RMS_CONNECTOR_CONFIG"], "a") as config:
            config.write(f"\naudit: {{directory: {cls.journal}, send_heads_every: 1s}}\n")
        cls.system.adopt("rms-connectord")

    # ---- the programs

    def run_program(self, program, *arguments):
        """(exit status, what it said)"""
        ran = subprocess.run([harness.PROGRAMS / program, *map(str, arguments)], stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return ran.returncode, ran.stdout

    def verify(self, with_heads=True):
        return self.run_program("rms-connectorctl", "audit", "verify", self.journal,
                                *(["--heads", self.heads] if with_heads else []))

    def take_heads(self):
        """What the service keeps now, oldest first; left in self.heads."""
        status, said = self.run_program("rms-cloudctl", "--config", self.system.env["RMS_CLOUD_CONFIG"], "audit-heads",
                                        "--tenant", "contoso.test", "--format", "json")
        self.assertEqual(status, 0, said)
        self.heads.write_text(said)
        return json.loads(said)["heads"]

    # ---- the journal

    def file(self):
        return sorted(self.journal.glob("audit-*.jsonl"))[-1]

    def lines(self):
        return self.file().read_text().splitlines()

    def receipts(self):
        return [line for line in map(json.loads, self.lines()) if line["kind"] == "kept"]

    def decide_and_keep(self, times):
        """Each time: requests are answered, and the head after them is kept and acknowledged."""
        for _ in range(times):
            before = len(self.receipts())
            for _ in range(3):
                self.assertEqual(self.system.request("sharepoint", "GET", PAGE)[0], 200)
            harness.wait_for(lambda: len(self.receipts()) > before, "a receipt is in the journal")

    def stopped_with(self, change):
        """Has `change` make other lines of the journal's while the connector is stopped; what verify says without and
        with heads. All is as it was afterwards."""
        self.system.stop("rms-connectord")
        self.take_heads()
        file = self.file()
        good = file.read_bytes()
        try:
            file.write_text(change(good.decode().splitlines()))
            return self.verify(with_heads=False), self.verify()
        finally:
            file.write_bytes(good)
            self.system.start("rms-connectord")
            harness.wait_for(self.system.ready, "the connector is back")

    # ---- what is promised

    def test_heads_are_kept_while_requests_flow_and_each_has_its_receipt(self):
        self.decide_and_keep(3)
        self.system.stop("rms-connectord")
        heads = self.take_heads()
        lines = {line["seq"]: line for line in map(json.loads, self.lines())}
        receipts = [line for line in lines.values() if line["kind"] == "kept"]
        self.assertEqual([(head["sequence"], head["hash"]) for head in heads],
                         [(line["kept_seq"], line["kept_hash"]) for line in receipts])
        for head in heads:
            self.assertEqual(lines[head["sequence"]]["hash"], head["hash"])
        self.assertEqual([line["kind"] for line in lines.values()][-2:], ["kept", "stopped"], "the last one, too")
        for one, other in zip(receipts, receipts[1:]):
            between = range(one["kept_seq"] + 1, other["kept_seq"] + 1)
            self.assertTrue(any(lines[number]["kind"] != "kept" for number in between),
                            "nothing is sent because of receipts alone")
        status, said = self.verify()
        self.assertEqual(status, 0, said)
        self.assertIn(f"held against {len(heads)} heads", said)

        status, table = self.run_program("rms-cloudctl", "--config", self.system.env["RMS_CLOUD_CONFIG"], "audit-heads",
                                         "--tenant", "contoso.test", "--last", "1")
        self.assertEqual(status, 0, table)
        head = table.split()[-1]
        self.assertEqual(self.run_program("rms-connectorctl", "audit", "verify", self.journal, "--head", head)[0], 0)
        self.system.start("rms-connectord")
        harness.wait_for(self.system.ready, "the connector is back")

    def test_a_chain_written_anew_is_good_by_itself_and_named_by_the_heads(self):
        self.decide_and_keep(3)
        kept = [line["kept_seq"] for line in self.receipts()]
        at = kept[-2] + 2  # a line after the last but one that is kept
        numbers = [json.loads(line)["seq"] for line in self.lines()]

        def change(lines):
            changed = [line.replace('"peer":"', '"peer":"192.0.2.', 1) if number >= at else line
                       for number, line in zip(numbers + [numbers[-1] + 1] * 9, lines)]
            self.assertNotEqual(changed, lines)
            return chained(changed)

        (alone, said), (held, named) = self.stopped_with(change)
        self.assertEqual(alone, 0, said)
        self.assertEqual(held, 1, named)
        self.assertIn(f"{self.file()}:{kept[-1]}: is not the line {kept[-1]} whose hash the service kept", named)
        self.assertIn(f"written anew after line {kept[-2]}", named)

    def test_an_end_that_was_cut_off_is_found(self):
        self.decide_and_keep(2)
        kept = [line["kept_seq"] for line in self.receipts()][-1]
        (alone, said), (held, named) = self.stopped_with(lambda lines: "\n".join(lines[:kept - 1]) + "\n")
        self.assertEqual(alone, 0, said)
        self.assertEqual(held, 1, named)
        self.assertIn(f"{self.file()}:{kept - 1}: is the last line, and yet the service kept line", named)

    def test_a_past_that_was_put_aside_is_found(self):
        self.decide_and_keep(2)
        self.system.stop("rms-connectord")
        self.take_heads()
        file, lines = self.file(), self.lines()
        good, last = file.read_bytes(), json.loads(lines[-1])
        started = next(line for line in lines if '"kind":"started"' in line)
        number, forged = last["seq"] + 1, "f" * 64
        anew = [re.sub(r'"seq":\d+', f'"seq":{number}', started),
                f'{{"seq":{number + 1},"time":"{last["time"]}","kind":"removed","file":"{file.name}",'
                f'"last_seq":{last["seq"]},"last_hash":"{forged}",']
        beside = file.with_name(f"audit-{number:020}.jsonl")
        try:
            beside.write_text(chained(anew, forged))
            file.unlink()
            status, said = self.verify(with_heads=False)
            self.assertEqual(status, 0, said)
            status, said = self.verify()
            self.assertEqual(status, 1, said)
            self.assertIn("of none of the lines that are here", said)
            self.assertRegex(said, r"\d+ heads that the service kept are of lines before this one, which are not here")
        finally:
            beside.unlink(missing_ok=True)
            file.write_bytes(good)
            self.system.start("rms-connectord")
            harness.wait_for(self.system.ready, "the connector is back")

    def test_a_head_that_the_service_lost_is_found_by_its_receipt(self):
        self.decide_and_keep(2)
        receipt = self.receipts()[-1]
        config = pathlib.Path(self.system.env["RMS_CLOUD_CONFIG"])
        store = pathlib.Path(re.search(r"sqlite:\s*(\S+)", config.read_text()).group(1))
        with sqlite3.connect(config.parent / store, timeout=30) as database:
            row = database.execute("SELECT * FROM audit_heads WHERE sequence = ?", [receipt["kept_seq"]]).fetchone()
            self.assertIsNotNone(row)
            database.execute("DELETE FROM audit_heads WHERE sequence = ?", [receipt["kept_seq"]])
            database.commit()
            try:
                self.take_heads()
                status, said = self.verify()
                self.assertEqual(status, 1, said)
                self.assertIn(f"{self.file()}:{receipt['seq']}: is the receipt of {receipt['kept_time']} for line "
                              f"{receipt['kept_seq']}, which {self.heads} does not have", said)
                # The connector hears of it, too, with its next head.
                before = len(self.receipts())
                self.system.request("sharepoint", "GET", PAGE)
                harness.wait_for(lambda: len(self.receipts()) > before, "the next receipt")
                self.assertEqual(self.receipts()[-1].get("finding"), "forgotten")
                self.assertIn("event=2104", self.system.log("rms-connectord"))
            finally:
                database.execute(f"INSERT INTO audit_heads VALUES ({','.join('?' * len(row))})", row)
                database.commit()

    def test_the_journal_that_begins_anew_where_there_was_another_is_a_warning(self):
        self.decide_and_keep(1)
        self.assertNotIn("event=2105", self.system.log("rms-connectord"), "the first journal is no news")
        self.system.stop("rms-connectord")
        aside = self.journal.with_name("aside")
        self.journal.rename(aside)
        self.journal.mkdir()
        try:
            self.system.start("rms-connectord")
            harness.wait_for(lambda: self.journal_began() and self.receipts(), "the new journal's first receipt")
            self.assertEqual(self.receipts()[0].get("finding"), "anew")
            old = json.loads(sorted(aside.glob("audit-*.jsonl"))[-1].read_text().splitlines()[0])["journal"]
            warned = [line for line in self.system.log("rms-connectord").splitlines() if "event=2105" in line]
            self.assertEqual(len(warned), 1, warned)
            self.assertIn(f"other={old}", warned[0])
            self.system.stop("rms-connectord")
        finally:
            shutil.rmtree(self.journal)
            aside.rename(self.journal)
            self.system.start("rms-connectord")
            harness.wait_for(self.system.ready, "the connector is back")

    def journal_began(self):
        return any(self.journal.glob("audit-*.jsonl"))

    def test_a_service_that_does_not_answer_delays_no_stop(self):
        self.decide_and_keep(1)
        cloud = self.system.pid("rms-cloudd")
        os.kill(cloud, signal.SIGSTOP)  # the connections stay up
        try:
            self.system.request("sharepoint", "GET", PAGE)
            began = time.monotonic()
            self.system.stop("rms-connectord")
            self.assertLess(time.monotonic() - began, 10, "two seconds are for the last head")
        finally:
            os.kill(cloud, signal.SIGCONT)
        self.assertEqual(json.loads(self.lines()[-1])["kind"], "stopped")
        self.system.start("rms-connectord")
        harness.wait_for(self.system.ready, "the connector is back")


if __name__ == "__main__":
    harness.main()
