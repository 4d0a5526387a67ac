#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Half of capacity for a long time, with faults at random. tests/soak.sh builds what it needs and runs it."""
import argparse
import collections
import contextlib
import json
import pathlib
import random
import resource
import shutil
import sqlite3
import statistics
import sys
import threading
import time

from parts import outcomes
from world import World

CAPACITY_SECONDS = 8
SAMPLE_EVERY = 2.0
WARM_UP = 0.1       # of the run, before memory is looked at
CALLERS = 256       # connections; as many requests may be in hand while something is broken
RECOVERY = 35.0     # after all endpoints were away
GROWTH = 1.10       # of memory, from the first quarter of the run to the last one
GROWTH_KIB = 8192   # or that much
DESCRIPTORS, THREADS = 16, 4


class Faults:
    """What may happen, and what callers may notice of it."""

    def __init__(self, world, connector, dice):
        self.world, self.connector, self.dice = world, connector, dice
        self.settings = connector.config.read_text()
        self.counts = collections.Counter()
        self.excused = []  # (from, to): requests that begin then may be told to come back
        # Most break one of two endpoints: nobody may notice. One breaks both.
        self.all = [(3, self.kill), (3, self.drain), (3, self.black_hole), (2, self.slow), (3, self.reset), (3, self.half_open),
                    (2, self.flap), (3, self.reload), (1, self.all_away)]

    def one(self):
        return self.dice.choice(self.world.services)

    def next(self):
        weights, faults = zip(*self.all)
        fault = self.dice.choices(faults, weights)[0]
        began = time.time()
        fault()
        self.counts[fault.__name__.replace("_", " ")] += 1
        print(f"  {time.strftime('%H:%M:%S', time.localtime(began))} {fault.__name__.replace('_', ' ')} "
              f"({time.time() - began:.0f} s)", flush=True)

    def last(self, shortest=2, longest=8):
        time.sleep(self.dice.uniform(shortest, longest))

    def kill(self):
        service = self.one()
        service.kill()
        self.last()
        service.start()

    def drain(self):
        service = self.one()
        service.stop()
        self.last()
        service.start()

    def wire(self, command):
        service = self.one()
        service.wire.do(command)
        self.last()
        service.wire.do("pass")

    def black_hole(self):
        self.wire("black-hole")

    def slow(self):
        self.wire(f"delay {self.dice.randint(50, 300)}")

    def reset(self):
        self.wire(f"reset {self.dice.randint(0, 200_000)}")

    def half_open(self):
        service = self.one()
        service.wire.do("half-open")
        service.kill()
        service.start()
        self.last()
        service.wire.do("pass")

    def flap(self):
        service = self.one()
        for _ in range(self.dice.randint(2, 8)):
            service.wire.do("refuse")
            self.last(0.2, 1.5)
            service.wire.do("pass")
            self.last(0.2, 1.5)

    def reload(self):
        self.connector.config.write_text(
            self.settings.replace("servers:\n", f"limits:\n  idle_timeout: {self.dice.randint(60, 600)}s\nservers:\n", 1))
        self.connector.reload()
        self.last(1, 3)

    def all_away(self):
        began = time.time()
        for service in self.world.services:
            service.wire.do("refuse")
        self.last(1, 6)
        for service in self.world.services:
            service.wire.do("pass")
        self.excused.append((began, time.time() + RECOVERY))
        time.sleep(RECOVERY)

    def excuses(self, request):
        return request.outcome == "unavailable" and any(
            start - request.took <= request.begun < end for start, end in self.excused)


class Watch(threading.Thread):
    """Looks at the connector's memory, descriptors and threads now and then."""

    def __init__(self, connector, after):
        super().__init__(daemon=True)
        self.connector, self.after, self.samples, self._stop_asked = connector, after, [], threading.Event()

    def run(self):
        self._stop_asked.wait(self.after)
        while not self._stop_asked.wait(SAMPLE_EVERY):
            with contextlib.suppress(OSError):
                self.samples.append(self.connector.usage())

    def stop(self):
        self._stop_asked.set()
        self.join()

    def quarters(self, what):
        """Medians of the first and the last quarter."""
        values = [sample[what] for sample in self.samples] or [0]
        size = max(1, len(values) // 4)
        return statistics.median(values[:size]), statistics.median(values[-size:])


def measure_capacity(world, connector):
    load = world.load(connector.url, rate=0, callers=32, seconds=CAPACITY_SECONDS)
    time.sleep(CAPACITY_SECONDS)
    report = load.end()
    # Without the first second, in which everything is made.
    seconds = [second["good"] for second in report["by_second"][1:CAPACITY_SECONDS]]
    return statistics.mean(seconds), report


def account(world, load):
    """(answered requests without exactly one row of the usage log, others with more than one)."""
    with contextlib.closing(sqlite3.connect(f"file:{world.state}/cloud/rms-cloud.db?mode=ro", uri=True)) as store:
        store.execute("PRAGMA temp_store = FILE")
        store.execute("CREATE TEMP TABLE asked (id TEXT PRIMARY KEY, good INTEGER)")
        store.executemany("INSERT INTO asked VALUES (?, ?)", ((r.id, r.outcome == "good") for r in load.read()))
        store.execute("CREATE TEMP TABLE logged AS SELECT correlation_id AS id, count(*) AS total, "
                      "sum(result = 'Success') AS good FROM usage_log GROUP BY correlation_id")
        store.execute("CREATE INDEX temp.logged_by_id ON logged (id)")
        return store.execute(
            "SELECT coalesce(sum(asked.good AND coalesce(logged.good, 0) = 0), 0), coalesce(sum(logged.total > 1), 0) "
            "FROM asked LEFT JOIN logged USING (id)").fetchone()


def figures(world, faults, watch, load, capacity, rate, seed):
    """(rows of [what, measured, promised, kept], everything as a dictionary)"""
    failed = [request for request in load.read() if request.outcome != "good"]
    unexcused = [request for request in failed if not faults.excuses(request)]
    missing, twice = account(world, load)
    latency = load.report["latency_ms"]
    rss, descriptors, threads = (watch.quarters(what) for what in range(3))
    unsent = load.report["unsent"]
    table = [
        ["requests", f"{load.report['requests']} at {rate:.0f}/s (capacity {capacity:.0f}/s)", "", True],
        ["latency", f"p50 {latency['p50']:.1f} ms, p99 {latency['p99']:.1f} ms, max {latency['max']:.0f} ms", "", True],
        ["faults", ", ".join(f"{count} {name}" for name, count in faults.counts.most_common()), "", True],
        ["503 while both endpoints were away", outcomes([r for r in failed if faults.excuses(r)]), "unavailable only", True],
        ["failed beyond that", outcomes(unexcused), "0", not unexcused],
        ["due, but no caller was free to send it", str(unsent), "0", unsent < CALLERS],
        ["answered but not in the usage log", str(missing), "0", missing == 0],
        ["twice in the usage log", str(twice), "0", twice == 0],
        ["memory, first and last quarter", f"{rss[0] / 1024:.1f} and {rss[1] / 1024:.1f} MiB", "flat",
         rss[1] <= max(rss[0] * GROWTH, rss[0] + GROWTH_KIB)],
        ["descriptors, first and last quarter", f"{descriptors[0]:.0f} and {descriptors[1]:.0f}", "flat",
         descriptors[1] <= descriptors[0] + DESCRIPTORS],
        ["threads, first and last quarter", f"{threads[0]:.0f} and {threads[1]:.0f}", "flat",
         threads[1] <= threads[0] + THREADS],
    ]
    everything = {"seed": seed, "capacity": capacity, "rate": rate, "load": {**load.report, "by_second": None},
                  "faults": faults.counts, "excused": faults.excused,
                  "unexcused": [request._asdict() for request in unexcused[:100]],
                  "usage": [dict(zip(("rss_kib", "descriptors", "threads"), sample)) for sample in watch.samples],
                  "rows": [dict(zip(("what", "measured", "promised", "kept"), row)) for row in table]}
    return table, everything


def soak(world, minutes, seed):
    dice = random.Random(seed)
    with world.connector() as connector:
        capacity, _ = measure_capacity(world, connector)
        rate = max(1.0, capacity / 2)
        print(f"capacity {capacity:.0f}/s; {minutes:g} minutes at {rate:.0f}/s, seed {seed}", flush=True)
        faults, watch = Faults(world, connector, dice), Watch(connector, minutes * 60 * WARM_UP)
        end = time.time() + minutes * 60
        with world.load(connector.url, rate=rate, callers=CALLERS, seconds=minutes * 60 + 300) as load:
            watch.start()
            while time.time() < end:
                faults.next()
                faults.last(2, 10)
            watch.stop()
            load.end()
        return figures(world, faults, watch, load, capacity, rate, seed)


def main():
    parser = argparse.ArgumentParser(prog="tests/soak.sh", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--folder", metavar="DIR")
    arguments = parser.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    world = World()
    try:
        table, everything = soak(world, arguments.minutes, arguments.seed)
        if arguments.folder:
            shutil.copytree(world.folder, arguments.folder, dirs_exist_ok=True)
    finally:
        world.close()
    width = max(len(row[0]) for row in table)
    for what, measured, promised, kept in table:
        print(f"{what:{width}}  {measured}" + (f"  (promised: {promised})" if promised else "") + ("" if kept else "  BROKEN"))
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(everything, indent=1) + "\n")
    return 0 if all(row[3] for row in table) else 1


if __name__ == "__main__":
    sys.exit(main())
