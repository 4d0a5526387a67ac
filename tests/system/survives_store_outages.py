# SPDX-License-Identifier: Apache-2.0
"""While the service's store is away callers are told 503, never that they have no right; afterwards all is as before."""
import contextlib
import pathlib
import re
import resource
import sqlite3

import harness


class SurvivesStoreOutages(harness.SystemTest):
    def setUp(self):
        config = pathlib.Path(self.system.env["RMS_CLOUD_CONFIG"])
        self.store = config.parent / re.search(r"(?m)^\s+sqlite: *(\S+)$", config.read_text()).group(1)
        self.assertEqual(self.ask(), 200)

    def ask(self):
        return self.system.request("sharepoint", "POST", harness.LICENSE_PAGE, self.system.sample_request())[0]

    def rows(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.store}?mode=ro", uri=True)) as store:
            return store.execute("SELECT count(*) FROM usage_log WHERE result = 'Success'").fetchone()[0]

    def away(self):
        """How long callers took to hear that it is away: that, and nothing else, is what they hear."""
        load = harness.Load(self.system)
        try:
            harness.wait_for(lambda: load.count(503) > 20, "callers are told 503")
        finally:
            answers = load.stop()
        # The first ones may have been in time.
        self.assertLessEqual({outcome for _, outcome in answers}, {200, 503})
        return [took for took, outcome in answers if outcome == 503]

    def back(self):
        harness.wait_for(lambda: self.ask() == 200, "licences are issued again", 10)

    def test_locked_by_another_process(self):
        with contextlib.closing(sqlite3.connect(self.store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            took = self.away()
            # The connector asks again when the service told it to, twice, and then says so.
            self.assertLess(sorted(took)[len(took) // 2], 5, "nobody waits for the end of his time")
            other.execute("ROLLBACK")
        self.back()

    def test_moved_away(self):
        aside = self.store.parent.with_name("aside")
        before = self.rows()
        self.store.parent.rename(aside)
        try:
            self.away()
        finally:
            aside.rename(self.store.parent)
        self.assertEqual(self.rows(), before, "what was not answered was not done")
        self.back()

    def test_disk_full(self):
        pid = self.system.pid("rms-cloudd")
        soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, hard))
        try:
            self.away()
            self.assertTrue(harness.alive(pid))
        finally:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))
        self.back()

    def test_each_answer_has_one_row(self):
        before = self.rows()
        load = harness.Load(self.system)
        try:
            harness.wait_for(lambda: load.count(200) > 100, "licences are issued")
        finally:
            load.stop()
        self.assertEqual(self.rows() - before, load.count(200))


if __name__ == "__main__":
    harness.main()
