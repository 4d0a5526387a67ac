# SPDX-License-Identifier: Apache-2.0
"""The service's store is away, or its disk is full: nobody could be asked, which is not a refusal."""
import time

import means
from parts import ask_once, wait_for
from rows import row


@row("the store locked for 6 s", "callers wait or are told 503, nobody is refused; all well 5 s after it is free")
def store_locked(world):
    with world.connector() as connector, world.load(connector.url, rate=40) as load:
        world.quiet(load)
        with means.locked_store(world):
            time.sleep(6)
        back = time.time()
        time.sleep(7)
        return world.judge(load).only_told_to_wait().recovered(back, 5).accounted()


@row("disk full: the store", "503, nobody is refused; all well 5 s after there is room", needs=("namespaces",))
def store_disk_full(world):
    with means.small_disk(world, "store") as disk, means.service_on(world, disk) as service, \
            world.connector(endpoints=[world.wire(service)]) as connector, world.load(connector.url, rate=40) as load:
        world.quiet(load)
        disk.fill()
        wait_for(lambda: ask_once(connector.url, world.state)[0] == 503, "callers are told 503")
        time.sleep(3)
        disk.free()
        back = time.time()
        time.sleep(7)
        return world.judge(load).only_told_to_wait().recovered(back, 5).accounted(service.store)
