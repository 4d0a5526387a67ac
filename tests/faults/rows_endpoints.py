# SPDX-License-Identifier: Apache-2.0
"""One of two endpoints breaks, or all of them do."""
import time

import means
from parts import wait_for
from rows import row

ONE_OF_TWO = "0 requests fail; p99 is back to normal within 3 s"
WATCHED = 6.0  # seconds after the fault


def lose_one(world, fault, mend=None):
    """The load meets `fault`; nobody notices."""
    with world.connector() as connector, world.load(connector.url) as load:
        at = world.quiet(load)
        fault()
        time.sleep(WATCHED)
        ended = time.time()
        if mend:
            mend()
            time.sleep(2)
        return world.judge(load).none_failed().back_to_normal(at, ended).accounted()


@row("endpoint killed", ONE_OF_TWO)
def endpoint_killed(world):
    return lose_one(world, world.b.kill, world.b.start)


@row("endpoint drained (SIGTERM)", ONE_OF_TWO + "; it exits 0 within 30 s")
def endpoint_drained(world):
    with world.connector() as connector, world.load(connector.url) as load:
        at = world.quiet(load)
        status = world.b.program.end(35)
        took = time.time() - at
        time.sleep(max(0.0, WATCHED - took))
        verdict = world.judge(load).none_failed().back_to_normal(at)
        return verdict.accounted().say(f"drained in {took:.1f} s, exit {status}", status == 0 and took <= 30)


@row("endpoint black-holed", ONE_OF_TWO)
def endpoint_black_holed(world):
    return lose_one(world, lambda: world.b.wire.do("black-hole"), lambda: world.b.wire.do("pass"))


@row("endpoint slow (150 ms each way)", "0 requests fail; p50 is back to normal within 3 s")
def endpoint_slow(world):
    with world.connector() as connector, world.load(connector.url) as load:
        at = world.quiet(load)
        world.b.wire.do("delay 150")
        time.sleep(WATCHED)
        verdict = world.judge(load).none_failed()
        return verdict.back_to_normal(at, part=0.5).accounted()


@row("endpoint resetting", ONE_OF_TWO)
def endpoint_resetting(world):
    # Enough for a handshake and a few answers, then a reset, again and again.
    return lose_one(world, lambda: world.b.wire.do("reset 60000"), lambda: world.b.wire.do("pass"))


@row("endpoint half-open", ONE_OF_TWO)
def endpoint_half_open(world):
    def vanish():
        world.b.wire.do("half-open")
        world.b.kill()
        world.b.start()

    return lose_one(world, vanish)


@row("endpoint flapping", ONE_OF_TWO + " after it stays up")
def endpoint_flapping(world):
    with world.connector() as connector, world.load(connector.url) as load:
        began = world.quiet(load)
        for _ in range(6):
            world.b.wire.do("refuse")
            time.sleep(0.7)
            world.b.wire.do("pass")
            time.sleep(0.7)
        at = time.time()
        time.sleep(WATCHED)
        return world.judge(load).none_failed().back_to_normal(at, quiet_until=began).accounted()


@row("all endpoints down and back", "503 within 50 ms at p99; all well 35 s after the way is there again")
def all_endpoints_down(world):
    with world.connector() as connector, world.load(connector.url) as load:
        world.quiet(load)
        for service in world.services:
            service.wire.do("refuse")
        at = time.time()
        wait_for(lambda: not connector.ready(), "the connector says that it is not ready")
        time.sleep(8)
        back = time.time()
        for service in world.services:
            service.wire.do("pass")
        wait_for(connector.ready, "the connector is ready again", 40)
        time.sleep(3)
        verdict = world.judge(load).only_told_to_wait().fast_refusals(at + 1, back)
        return verdict.recovered(back, 35).accounted()


@row("all endpoints black-holed and back", "callers are answered by their deadline; 503 at once when that is known; all "
     "well 35 s after the way is there again")
def all_endpoints_black_holed(world):
    # Each caller may wait for five seconds.
    with world.connector(more="limits:\n  request_timeout: 5s\n") as connector, \
            world.load(connector.url, rate=30, callers=180) as load:
        at = world.quiet(load)
        for service in world.services:
            service.wire.do("black-hole")
        time.sleep(12)
        back = time.time()
        for service in world.services:
            service.wire.do("pass")
        wait_for(connector.ready, "the connector is ready again", 40)
        time.sleep(3)
        verdict = world.judge(load).only_told_to_wait()
        slowest = max(request.took for request in load.between(at))
        verdict.say(f"slowest answer {slowest:.1f} s", slowest < 5.5)
        return verdict.recovered(back, 35).accounted()


@row("DNS moved", "503 at worst; requests reach the new address within 35 s", needs=("namespaces",))
def dns_moved(world):
    """The name of the service means another address from now on, and the service at the old one drains."""
    with means.moving_service(world, "rights.contoso.test") as moving, world.connector(
            endpoints=[f"{moving.name}:{moving.port}"]) as connector, world.load(connector.url) as load:
        world.quiet(load)
        moving.move()
        at = time.time()
        status = moving.old.stop()
        wait_for(connector.ready, "the connector has found the new address", 40)
        time.sleep(3)
        verdict = world.judge(load).only_told_to_wait().recovered(at, 35)
        return verdict.say(f"the old one exits {status}", status == 0).accounted()


@row("connections end by age (GOAWAY)", "0 requests fail")
def goaway_rotation(world):
    """The services end each connection after a second or two."""
    with means.cloud_settings(world, "listen", "connection_age: 2s"), world.connector() as connector, \
            world.load(connector.url) as load:
        at = world.quiet(load)
        time.sleep(8)
        connects = sum(slot["connects"] for slot in connector.slots())
        verdict = world.judge(load).none_failed().back_to_normal(at)
        return verdict.say(f"{connects} connections were made", connects > 16).accounted()
