# SPDX-License-Identifier: Apache-2.0
"""The output of Google Benchmark as one table, with targets: medians of ours and of the peer."""
import argparse
import json
import platform
import sys

PEER = "one_after_the_other"
# Where ours must stay below: entries, groups of the caller, microseconds.
TARGETS = {(10_000, 1_000): 20.0}


def medians(results):
    """{(benchmark, entries, groups): microseconds}"""
    found = {}
    for row in results["benchmarks"]:
        if row.get("error_occurred"):
            sys.exit(f"{row['name']}: {row['error_message']}: no figures")
        if row.get("aggregate_name") == "median":
            name, entries, groups = row["run_name"].split("/")
            found[name, int(entries), int(groups)] = row["cpu_time"]
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("results")
    parser.add_argument("--json")
    arguments = parser.parse_args()
    with open(arguments.results) as file:
        results = json.load(file)
    found = medians(results)
    context = results["context"]
    machine = f"{platform.machine()}, {context['num_cpus']} x {context['mhz_per_cpu']} MHz"

    rows = []
    for (name, entries, groups), ours in sorted(found.items()):
        if name != "ours":
            continue
        target = TARGETS.get((entries, groups))
        rows.append({"name": f"authorizing, {entries} entries, {groups} groups", "unit": "us CPU", "ours": round(ours, 2),
                     PEER: round(found[PEER, entries, groups], 2), "target": target and f"<= {target:g}",
                     "met": target is None or ours <= target})
    if not rows:
        sys.exit("no figures")

    print(f"Medians of 5 on {machine}")
    print(f"{'':<44} {'unit':<8} {'ours':>10} {PEER:>20} {'target':>8}")
    for row in rows:
        print(f"{row['name']:<44} {row['unit']:<8} {row['ours']:>10.2f} {row[PEER]:>20.2f} {row['target'] or '':>8}"
              f"{'' if row['met'] else '  MISSED'}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"machine": machine, "rows": rows}, file, indent=1)
    sys.exit(0 if all(row["met"] for row in rows) else 1)


main()
