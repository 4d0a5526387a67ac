# SPDX-License-Identifier: Apache-2.0
"""docs/reliability.md has a row for each fault that tests/faults/ makes, with the promise that it is held against."""
import os
import pathlib
import sys
import unittest

SOURCE = pathlib.Path(os.environ["RMS_SOURCE_DIR"])
sys.path.insert(0, str(SOURCE / "tests/faults"))
import table  # noqa: E402

# What must be tried out, whatever else is.
FAULTS = """killed drained black-holed slow resetting half-open flapping expires moved down locked full jumps reload GOAWAY
HAProxy 407 intercepts gone""".split()


class TellsOfEveryFault(unittest.TestCase):
    def test_the_page_has_the_rows_of_the_table(self):
        page = (SOURCE / "docs/reliability.md").read_text()
        shown = page.split(table.MARKS[0])[1].split(table.MARKS[1])[0].strip().splitlines()[2:]
        self.assertEqual([[cell.strip() for cell in line.strip("|").split("|")][:2] for line in shown],
                         [[row.fault, row.promise] for row in table.rows.ROWS],
                         "run tests/faults/run.sh --markdown docs/reliability.md")

    def test_the_page_shows_no_broken_promise(self):
        page = (SOURCE / "docs/reliability.md").read_text()
        self.assertNotIn(table.word(False), page)

    def test_there_is_a_row_for_each_kind_of_fault(self):
        names = " ".join(row.fault for row in table.rows.ROWS)
        self.assertEqual([fault for fault in FAULTS if fault not in names], [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
