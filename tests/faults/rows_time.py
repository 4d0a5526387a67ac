# SPDX-License-Identifier: Apache-2.0
"""Certificates that expire, and clocks that jump."""
import pathlib
import time

import means
from parts import ask_once, wait_for
from rows import row

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


@row("an endpoint's certificate expires", "0 requests fail; the log names the reason", needs=("faketime",))
def endpoint_certificate_expires(world):
    """Connections that are there go on; the next ones cannot be made. Mended by a restart with a new certificate."""
    with means.short_lived_certificate(world, world.b, seconds_to_live=12) as expires:
        with world.connector() as connector, world.load(connector.url) as load:
            world.quiet(load)
            time.sleep(max(0.0, expires + 1 - time.time()))
            # Now every connection has to be made anew.
            at = time.time()
            world.b.wire.do("refuse")
            world.b.wire.do("pass")
            time.sleep(6)
            verdict = world.judge(load).none_failed().back_to_normal(at)
            return verdict.explains(connector, "expired").accounted()


@row("the connector's own certificate at the cloud expires", "503, the log names the reason; a reload with a new one, and all "
     "is well within 35 s", needs=("faketime",))
def own_certificate_expires(world):
    own = means.OwnCertificate(world, seconds_to_live=12)
    with world.connector(own=own.NAME) as connector, world.load(connector.url, rate=40) as load:
        world.quiet(load)
        time.sleep(max(0.0, own.expires + 1 - time.time()))
        for service in world.services:
            service.wire.do("refuse")
            service.wire.do("pass")
        wait_for(lambda: ask_once(connector.url, world.state)[0] == 503, "callers are told 503")
        own.renew()
        back = time.time()
        connector.reload()
        wait_for(connector.ready, "the connector is ready again", 40)
        time.sleep(3)
        return world.judge(load).only_told_to_wait().recovered(back, 35).explains(connector, "expired").accounted()


class FakeClock:
    """The wall clock of a process, moved while it runs; time that passes (CLOCK_MONOTONIC) stays true, as it does when
    an administrator or NTP sets a clock."""

    def __init__(self, folder):
        self.file = pathlib.Path(folder) / "clock"
        self.jump(0)
        self.env = {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_CACHE_DURATION": "1",
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}

    def jump(self, seconds):
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}s\n")
        new.rename(self.file)


@row("the connector's clock jumps (3 minutes, both ways)", "0 requests fail", needs=("faketime",))
def small_clock_jump(world):
    clock = FakeClock(world.folder)
    with world.connector(env=clock.env) as connector, world.load(connector.url) as load:
        at = world.quiet(load)
        for seconds in (180, -180, 0):
            clock.jump(seconds)
            time.sleep(3)
        return world.judge(load).none_failed().back_to_normal(at).accounted()


@row("the connector's clock jumps (6 hours, and back)", "it serves or says 503, nobody is refused; all well 35 s after the clock "
     "is right", needs=("faketime",))
def large_clock_jump(world):
    clock = FakeClock(world.folder)
    with world.connector(env=clock.env) as connector, world.load(connector.url, rate=40) as load:
        world.quiet(load)
        for seconds in (6 * 3600, -6 * 3600):
            clock.jump(seconds)
            time.sleep(4)
        clock.jump(0)
        back = time.time()
        time.sleep(4)
        verdict = world.judge(load).only_told_to_wait()
        return verdict.recovered(back, 35).say("it runs", connector.running())
