# SPDX-License-Identifier: Apache-2.0
"""How rows break what is not a wire: a store, a disk, a certificate, a name. Each as a context that mends it again."""
import contextlib
import pathlib
import socket
import sqlite3
import subprocess
import time

from parts import Service, harness


@contextlib.contextmanager
def locked_store(world):
    """Somebody else has the store for himself."""
    store = sqlite3.connect(world.state / "cloud/rms-cloud.db", timeout=10, isolation_level=None)
    store.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        store.execute("ROLLBACK")
        store.close()


@contextlib.contextmanager
def cloud_settings(world, section, line):
    """Both services with one more line in a section of their settings."""
    before = {service: service.config.read_text() for service in world.services}
    try:
        for service, text in before.items():
            service.stop()
            start = f"\n{section}:\n"
            text = text.replace(start, f"{start}  {line}\n") if start in text else text + f"{start}  {line}\n"
            service.config.write_text(text)
            service.start()
        yield
    finally:
        for service, text in before.items():
            service.stop()
            service.config.write_text(text)
            service.start()


class SmallDisk:
    """A file system of a few megabytes, in this run's own mount namespace."""

    def __init__(self, folder, name, megabytes=16):
        self.path = pathlib.Path(folder) / name
        self.path.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", self.path], check=True)

    def fill(self):
        with open(self.path / "filler", "wb", buffering=0) as filler:
            with contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(4096))

    def free(self):
        (self.path / "filler").unlink()

    def close(self):
        subprocess.run(["umount", self.path], check=True)
        self.path.rmdir()


@contextlib.contextmanager
def small_disk(world, name):
    disk = SmallDisk(world.folder, name)
    try:
        yield disk
    finally:
        disk.close()


@contextlib.contextmanager
def another_service(world, name, replacements):
    """A service besides the two, whose settings are theirs with `replacements`: its own port, its own wire."""
    text = world.a.config.read_text()
    address = world.a.fact("address")
    text = text.replace(f"address: {address}", "address: 127.0.0.1:0")
    for old, new in replacements.items():
        if old not in text:
            raise AssertionError(f"the settings of a service have no '{old}'")
        text = text.replace(old, new)
    config = world.state / f"cloud/{name}.yaml"
    config.write_text(text)
    service = Service(config, world.folder, name)
    try:
        yield service.start()
    finally:
        service.close()


@contextlib.contextmanager
def service_on(world, disk):
    """A service whose store, a copy of the others', is on that disk."""
    store = disk.path / "rms-cloud.db"
    with contextlib.closing(sqlite3.connect(world.state / "cloud/rms-cloud.db")) as source, \
            contextlib.closing(sqlite3.connect(store)) as copy:
        source.backup(copy)
    store.chmod(0o600)
    with another_service(world, "service-disk", {"sqlite: rms-cloud.db": f"sqlite: {store}"}) as service:
        service.store = store
        yield service


@contextlib.contextmanager
def short_lived_certificate(world, service, seconds_to_live):
    """The service with a certificate that soon expires; gives the time at which."""
    before = service.config.read_text()
    service.stop()
    expires = time.time() + seconds_to_live
    world.certificate("cloud-short", "DNS:localhost,IP:127.0.0.1", "serverAuth", seconds_to_live)
    service.config.write_text(before.replace("tls/cloud.", "tls/cloud-short."))
    service.start()
    try:
        yield expires
    finally:
        service.stop()
        service.config.write_text(before)
        service.start()


class OwnCertificate:
    """A connector's certificate at the cloud, which soon expires; renew() puts a new one in its place."""

    NAME = "connector-client-short"

    def __init__(self, world, seconds_to_live):
        self.world = world
        self.expires = time.time() + seconds_to_live
        self._make(seconds_to_live)

    def _make(self, seconds_to_live=None):
        certificate = self.world.certificate(self.NAME, "DNS:connector-1.contoso.test", "clientAuth", seconds_to_live)
        # Known to the service by its fingerprint.
        subprocess.run([harness.PROGRAMS / "rms-cloudctl", "--config", self.world.a.config, "connector", "add",
                        f"connector-{time.time_ns()}", "--tenant", "contoso.test", "--certificate", certificate],
                       check=True, stdout=subprocess.DEVNULL)

    def renew(self):
        self._make()


class MovingService:
    """Two services of one name and port on two loopback addresses, 127.0.0.2 and .3; the name means one of them."""

    def __init__(self, world, name):
        self.name, self.world = name, world
        self._hosts = world.folder / "hosts"
        self._point_to("127.0.0.2")
        subprocess.run(["mount", "--bind", self._hosts, "/etc/hosts"], check=True)
        text = world.a.config.read_text().replace("tls/cloud.", "tls/cloud-dns.")
        self.port = free_port_on_both()
        self.services = []
        for address in ("127.0.0.2", "127.0.0.3"):
            config = world.state / f"cloud/{address}.yaml"
            config.write_text(text.replace(f"address: {world.a.fact('address')}", f"address: {address}:{self.port}"))
            service = Service(config, world.folder, address)
            service.PORTS = ()
            self.services.append(service.start())
        self.old, self.new = self.services

    # In place: another file would not be seen through the mount.
    def _point_to(self, address):
        with open(self._hosts, "w") as hosts:
            hosts.write(f"127.0.0.1 localhost\n{address} {self.name}\n")

    def move(self):
        self._point_to("127.0.0.3")

    def close(self):
        for service in self.services:
            service.close()
        subprocess.run(["umount", "/etc/hosts"], check=True)


@contextlib.contextmanager
def moving_service(world, name):
    world.certificate("cloud-dns", f"DNS:{name}", "serverAuth")
    moving = MovingService(world, name)
    try:
        yield moving
    finally:
        moving.close()


def free_port_on_both():
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.2", 0))
        two.bind(("127.0.0.3", one.getsockname()[1]))
        return one.getsockname()[1]
