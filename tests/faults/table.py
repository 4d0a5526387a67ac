#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The fault table: each row breaks something under load and holds what came of it against its promise. tests/faults/run.sh
builds what it needs and runs it."""
import argparse
import fnmatch
import json
import os
import pathlib
import sys
import time
import traceback

import rows
# Their order is the table's.
import rows_endpoints  # noqa: F401,I001
import rows_store  # noqa: F401
import rows_proxies  # noqa: F401
import rows_time  # noqa: F401
import rows_connector  # noqa: F401

MARKS = "<!-- fault table: begin -->", "<!-- fault table: end -->"


# A row that is only too slow is tried again: the machine may have done something else in those seconds. A request that
# failed has failed.
MOST_ATTEMPTS = 3


def run(row, world):
    """{"fault", "promise", "measured", "kept"}; kept is None if the row could not be run here."""
    entry = {"fault": row.fault, "promise": row.promise, "measured": "", "kept": None}
    reason = row.why_not()
    if reason:
        entry["measured"] = "skipped: " + reason
        return entry
    try:
        for attempt in range(1, MOST_ATTEMPTS + 1):
            world.heal()
            verdict = row.run(world)
            entry["measured"], entry["kept"] = "; ".join(verdict.measured), verdict.kept
            entry["attempts"], entry["broken"] = attempt, verdict.broken + verdict.late
            if verdict.broken or not verdict.late:
                break
    except Exception as e:  # Whatever happens in one row, the others are still to be tried.
        traceback.print_exc()
        entry["measured"], entry["kept"] = f"{type(e).__name__}: {e}".splitlines()[0], False
    return entry


def word(kept):
    return {True: "kept", False: "BROKEN", None: "skipped"}[kept]


def markdown(entries):
    lines = ["| fault | promise | measured | |", "|---|---|---|---|"]
    lines += [f"| {e['fault']} | {e['promise']} | {e['measured']} | {word(e['kept'])} |" for e in entries]
    return "\n".join(lines) + "\n"


def write_markdown(file, entries):
    """Puts the table between its marks in the page."""
    text = pathlib.Path(file).read_text()
    before, rest = text.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    pathlib.Path(file).write_text(before + MARKS[0] + "\n" + markdown(entries) + MARKS[1] + after)


def main():
    parser = argparse.ArgumentParser(prog="tests/faults/run.sh", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help='also write {"rows": [{"fault", "promise", "measured", "kept"}]}')
    parser.add_argument("--markdown", metavar="FILE", help="also put the table into this page, between its marks")
    parser.add_argument("--row", action="append", metavar="PATTERN", help='only these, as "endpoint*"; may be repeated')
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--keep-logs", metavar="DIR", help="where logs of broken rows go (default: nowhere)")
    arguments = parser.parse_args()
    chosen = [row for row in rows.ROWS
              if not arguments.row or any(fnmatch.fnmatch(row.fault, pattern) for pattern in arguments.row)]
    if arguments.list:
        print("\n".join(row.fault for row in chosen))
        return 0
    if not chosen:
        parser.error("there is no such row; --list names them")
    if arguments.markdown and arguments.row:
        parser.error("--markdown writes the whole table, so it does not go with --row")
    if os.environ.get("RMS_FAULTS_NAMESPACE") != "1" and rows.can_have_namespaces():
        os.environ["RMS_FAULTS_NAMESPACE"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, "-B", *sys.argv])

    from world import World
    entries = []
    world = World()
    try:
        for row in chosen:
            began = time.monotonic()
            entry = run(row, world)
            entries.append(entry)
            print(f"{word(entry['kept']):8}{entry['fault']} ({time.monotonic() - began:.0f} s)\n"
                  f"        promise:  {entry['promise']}\n        measured: {entry['measured']}", flush=True)
            if entry["kept"] is False and arguments.keep_logs:
                world.keep_logs(pathlib.Path(arguments.keep_logs) / row.fault.replace(" ", "-").replace("/", "-"))
    finally:
        world.close()
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps({"rows": entries}, indent=1) + "\n")
    if arguments.markdown:
        write_markdown(arguments.markdown, entries)
    counts = [sum(1 for entry in entries if entry["kept"] is kept) for kept in (True, False, None)]
    print(f"\n{counts[0]} kept, {counts[1]} broken, {counts[2]} skipped")
    return 1 if counts[1] else 0


if __name__ == "__main__":
    sys.exit(main())
