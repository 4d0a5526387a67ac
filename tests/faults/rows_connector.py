# SPDX-License-Identifier: Apache-2.0
"""What happens to the connector itself: killed, drained, reloaded, one of two, out of disk."""
import signal
import time

import means
from balancer import Balancer
from parts import ask_once, outcomes, wait_for
from rows import row


@row("connector killed (-9), started again", "only what was in hand is lost; all well 5 s after the start")
def connector_killed(world):
    with world.connector() as connector, world.load(connector.url) as load:
        world.quiet(load)
        at = time.time()
        connector.kill()
        time.sleep(0.5)
        back = time.time()
        connector.start()
        time.sleep(4)
        verdict = world.judge(load)
        lost = [request for request in load.failed() if request.outcome == "lost"]
        in_hand = [request for request in load.between(0, at + 0.1) if request.begun + request.took > at - 0.1]
        verdict.say(f"{len(lost)} lost, {outcomes(load.failed(at, back))} while it was away",
                    len(lost) <= max(len(in_hand), 1))
        return verdict.recovered(back, 5).accounted()


@row("connector drained (SIGTERM) under load", "0 lost, exit 0 within 30 s")
def connector_drained(world):
    with world.connector() as connector, world.load(connector.url) as load:
        at = world.quiet(load)
        connector.program.send(signal.SIGTERM)
        status = connector.program.process.wait(35)
        took = time.time() - at
        verdict = world.judge(load)
        bad = [request for request in load.failed() if request.outcome != "not_connected"]
        verdict.say(f"{len(load.between(0, at))} requests before, {outcomes(bad)} lost; "
                    f"{len(load.failed()) - len(bad)} came later and were not let in", not bad)
        return verdict.say(f"drained in {took:.1f} s, exit {status}", status == 0 and took <= 30).accounted()


@row("reload under load (10 × SIGHUP)", "0 requests fail")
def connector_reloaded(world):
    with world.connector() as connector, world.load(connector.url) as load:
        at = world.quiet(load)
        text = connector.config.read_text()
        for turn in range(10):
            # Each time something else: limits, and one endpoint or two.
            changed = text.replace("servers:\n", f"limits:\n  idle_timeout: {60 + turn}s\nservers:\n")
            if turn % 2:
                changed = changed.replace(f"    - address: {world.wire(world.b)}\n", "")
            connector.config.write_text(changed)
            connector.reload()
            time.sleep(0.5)
        time.sleep(1)
        reloads = connector.log().count("event=1110 ")
        verdict = world.judge(load).none_failed().back_to_normal(at)
        # Signals that come while one reload is at work are one.
        return verdict.say(f"{reloads} reloads", reloads >= 5).accounted()


@row("reload with a broken file under load", "0 requests fail; the old settings stay in force")
def connector_reloaded_badly(world):
    with world.connector() as connector, world.load(connector.url) as load:
        world.quiet(load)
        connector.config.write_text("version: 1\nlisten: nonsense\n")
        connector.reload()
        wait_for(lambda: "event=2110" in connector.log(), "the connector says why it keeps its settings", 10)
        time.sleep(2)
        return world.judge(load).none_failed().say("event 2110", connector.running())


@row("two connectors behind HAProxy, one killed", "only what it had in hand is lost; all well 3 s later", needs=("haproxy", "curl"))
def connector_killed_behind_haproxy(world):
    with world.connector(name="connector-1") as one, world.connector(name="connector-2") as two, \
            Balancer(world.folder, [one, two]) as balancer, world.load(balancer.url) as load:
        world.quiet(load)
        at = time.time()
        in_hand = one.status()["in_flight"]
        one.kill()
        time.sleep(6)
        verdict = world.judge(load)
        failed, late = load.failed(), load.failed(at + 3)
        # With 80 requests a second a handful is in hand at any time; those on a connection that died before they were
        # written are lost, too.
        verdict.say(f"{len(load.requests)} requests, {outcomes(failed)} failed, {len(late)} of them later",
                    len(failed) <= max(in_hand, 8) and not late)
        return verdict.back_to_normal(at).accounted()


@row("two connectors behind HAProxy, one drained", "0 requests fail", needs=("haproxy", "curl"))
def connector_drained_behind_haproxy(world):
    """The maintenance of every month. shutdown.announce gives HAProxy the time to notice."""
    with world.connector(name="connector-1", more="shutdown:\n  announce: 4s\n") as one, \
            world.connector(name="connector-2") as two, Balancer(world.folder, [one, two]) as balancer, \
            world.load(balancer.url) as load:
        at = world.quiet(load)
        status = one.program.end(35)
        took = time.time() - at
        time.sleep(2)
        verdict = world.judge(load).none_failed().back_to_normal(at)
        return verdict.say(f"drained in {took:.1f} s, exit {status}", status == 0 and took <= 30).accounted()


@row("disk full: the audit journal", "503 while nothing can be recorded; all well 5 s after there is room", needs=("namespaces",))
def journal_disk_full(world):
    with means.small_disk(world, "journal") as disk, world.connector(
            more=f"audit:\n  directory: {disk.path}\n  rotate_bytes: 64KiB\n") as connector, \
            world.load(connector.url, rate=40) as load:
        world.quiet(load)
        disk.fill()
        wait_for(lambda: ask_once(connector.url, world.state)[0] == 503, "callers are told 503")
        time.sleep(3)
        disk.free()
        back = time.time()
        time.sleep(6)
        return world.judge(load).only_told_to_wait().recovered(back, 5)
