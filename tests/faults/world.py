# SPDX-License-Identifier: Apache-2.0
"""The world in which every fault happens: two rights services on one store, each behind a wire that can be broken, and
as many connectors as a row wants. A row breaks something and says what came of it."""
import contextlib
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time

from parts import (CAN_WAIT, Connector, Load, Service, harness, outcomes, percentile, wait_for)

# "Normal again": what a caller sees may be so much slower than in the quiet seconds of the same run. Two cores that
# are shared with a compiler do as much by themselves.
SLOWER, ANYWAY = 3.0, 0.060
QUIET_SECONDS = 4
SETTLING = 1.0  # of them: whatever is made at a first request is none of the fault's
BACK_TO_NORMAL = 3.0

CONNECTOR = """version: 1
listen:
  address: 127.0.0.1:0
  certificate: {state}/tls/connector.pem
  key: {state}/tls/connector.key
  client_ca: {state}/tls/ca.pem
admin:
  address: 127.0.0.1:0
cloud:
{endpoints}
  ca: {state}/tls/ca.pem
  certificate: {state}/tls/{own}.pem
  key: {state}/tls/{own}.key
{cloud}
{more}
servers:
  - name: sharepoint
    role: sharepoint
    match: {{dns: sharepoint.contoso.test}}
    mail: sharepoint@contoso.test
  - name: exchange
    role: exchange
    match: {{dns: exchange.contoso.test}}
    mail: exchange@contoso.test
"""


class World:
    def __init__(self, cloud_settings=""):
        self.system = harness.System()
        self.state = self.system.state
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rms-faults-"))
        self.system.stop("rms-connectord")
        self.system.stop("rms-cloudd")
        base = (self.state / "cloud/rms-cloud.yaml").read_text()
        address = next(line for line in base.splitlines() if line.strip().startswith("address:"))
        self.services = []
        for name in ("a", "b"):
            config = self.state / f"cloud/service-{name}.yaml"
            # A locked store is found out in half a second, and keys are not made beside the load.
            text = base.replace(address, "  address: 127.0.0.1:0").replace(
                "sqlite: rms-cloud.db", "sqlite: rms-cloud.db\n  busy_timeout: 500ms").replace(
                "tenant-keys.kek", "tenant-keys.kek\n  spare: 0")
            config.write_text(text + cloud_settings)
            self.services.append(Service(config, self.folder, f"service-{name}").start())
        self.a, self.b = self.services
        self._row = 0

    def close(self):
        for service in self.services:
            service.close()
        self.system.close()
        shutil.rmtree(self.folder)

    def heal(self):
        """Both services run, and both wires are whole."""
        for service in self.services:
            if not service.running():
                service.start()
            service.wire.do("pass")
            service.wire.do("retarget " + service.fact("address"))

    # ---- what a row uses

    @contextlib.contextmanager
    def connector(self, endpoints=None, cloud="", more="", own="connector-client", name="connector", env=None):
        """A connector of this row's own. `endpoints`: "host:port" each, by default both wires; `cloud`, `more`: lines of
        its settings; `own`: its certificate at the cloud."""
        self._row += 1
        folder = self.folder / f"{self._row}-{name}"
        folder.mkdir()
        endpoints = endpoints or [self.wire(service) for service in self.services]
        config = folder / "rms-connector.yaml"
        config.write_text(CONNECTOR.format(
            state=self.state, own=own, cloud=cloud, more=more,
            endpoints="  endpoints:\n" + "\n".join(f"    - address: {endpoint}" for endpoint in endpoints)))
        connector = Connector(config, folder, name, env)
        try:
            connector.start()
            wait_for(connector.ready, f"{name} is ready")
            yield connector
        finally:
            connector.stop()

    @staticmethod
    def wire(service):
        return f"127.0.0.1:{service.wire.port}"

    def load(self, url, **options):
        return Load(url, self.state, self.folder, **options)

    def quiet(self, load):
        """The seconds before the fault; gives the time at which it may come."""
        time.sleep(max(0.0, load.begun + QUIET_SECONDS - time.time()))
        return time.time()

    def certificate(self, name, names, usage, seconds_to_live=None):
        """tls/NAME.pem and .key of the throw-away CA. With `seconds_to_live` it soon expires."""
        tls = self.state / "tls"
        subprocess.run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                        tls / f"{name}.key", "-subj", f"/O=Contoso/CN={name}", "-out", tls / f"{name}.csr"],
                       check=True, stderr=subprocess.DEVNULL)
        (tls / f"{name}.ext").write_text(f"subjectAltName={names}\nextendedKeyUsage={usage}\n"
                                         "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n")
        made_ago = [] if seconds_to_live is None else ["faketime", "-f", f"-{24 * 3600 - seconds_to_live}s"]
        subprocess.run([*made_ago, "openssl", "x509", "-req", "-in", tls / f"{name}.csr", "-CA", tls / "ca.pem", "-CAkey",
                        tls / "ca.key", "-days", "1", "-extfile", tls / f"{name}.ext", "-out", tls / f"{name}.pem"],
                       check=True, stderr=subprocess.DEVNULL)
        return tls / f"{name}.pem"

    def keep_logs(self, folder):
        """Copies what this row's programs said."""
        folder.mkdir(parents=True, exist_ok=True)
        for file in [*self.folder.glob("*.log"), *self.folder.glob(f"{self._row}-*/*")]:
            if file.is_file():
                shutil.copy(file, folder)

    # ---- what a row says

    def judge(self, load):
        return Verdict(self, load)

    def usage_rows(self, store=None):
        """{correlation id: [result, ...]} of the services' usage log."""
        rows = {}
        file = store or self.state / "cloud/rms-cloud.db"
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as store:
            for identity, result in store.execute("SELECT correlation_id, result FROM usage_log"):
                rows.setdefault(identity, []).append(result)
        return rows


class Verdict:
    """What was measured, piece by piece, and whether all of it is as promised."""

    def __init__(self, world, load=None):
        self.world, self.load = world, load
        self.measured, self.broken = [], []
        self.late = []  # what is broken, but may be because the machine did something else meanwhile
        if load is not None:
            load.stop()

    @property
    def kept(self):
        return not self.broken and not self.late

    def say(self, text, good=True):
        self.measured.append(text)
        if not good:
            self.broken.append(text)
        return self

    def all_sent(self):
        """Callers were free for each request when it was due, give or take the last ones."""
        unsent = self.load.report["unsent"]
        return self if unsent < 10 else self.say(f"{unsent} never sent, for every caller still waited", False)

    def none_failed(self, start=0.0, end=float("inf")):
        failed = self.load.failed(start, end)
        return self.say(f"{len(self.load.between(start, end))} requests, {outcomes(failed) if failed else '0 failed'}",
                        not failed).all_sent()

    def only_told_to_wait(self, start=0.0, end=float("inf")):
        """Who was not answered was told so: 503, or 429; nothing was refused, nothing lost."""
        failed = self.load.failed(start, end)
        others = [request for request in failed if request.outcome not in CAN_WAIT]
        return self.say(f"{len(self.load.between(start, end))} requests, of them {outcomes(failed)}",
                        not others).all_sent()

    def back_to_normal(self, fault, end=None, within=BACK_TO_NORMAL, quiet_until=None, part=0.99):
        """`within` seconds after the fault the p99 (or another `part`) is what it was until then, or `quiet_until`."""
        quiet_until, end = quiet_until or fault, end or self.load.over
        quiet = [request for request in self.load.between(self.load.begun + SETTLING, quiet_until)
                 if request.begun + request.took < quiet_until]
        calm = self.load.between(fault + within, end)
        before, during, after = (percentile(requests, part)
                                 for requests in (quiet, self.load.between(fault, fault + within), calm))
        self.say(f"p{part * 100:.0f} {ms(before)} before, {ms(during)} in the first {within:g} s, {ms(after)} then")
        # Few requests would be good figures of a bad time.
        expected = self.load.rate * (end - fault - within) * 0.9
        if len(calm) < expected or len(quiet) < 100:
            return self.say(f"only {len(quiet)} requests before and {len(calm)} afterwards", False)
        if after > max(before * SLOWER, before + ANYWAY):
            self.late.append(self.measured[-1])
        return self

    def fast_refusals(self, start, end, limit=0.050):
        """From `start` to `end` callers are told 503 at once."""
        refused = [request for request in self.load.between(start, end) if request.outcome == "unavailable"]
        p99 = percentile(refused)
        return self.say(f"503 in {ms(p99)} at p99", bool(refused) and p99 <= limit)

    def recovered(self, since, within):
        """How long after `since` the first request that was answered began; all that began after `within` are."""
        good = [request.begun for request in self.load.between(since) if request.outcome == "good"]
        late = self.load.failed(since + within)
        return self.say(f"back after {good[0] - since:.1f} s" if good else "did not come back",
                        bool(good) and good[0] - since <= within and not late)

    def explains(self, connector, words):
        """The connector's log says `words`; if only /status does, that is said, and is not enough."""
        if words in connector.log():
            return self.say(f'the log says "{words}"')
        in_status = words in connector.admin("/status")[1]
        return self.say(f'the log does not say "{words}"' + (", /status does" if in_status else ""), False)

    def accounted(self, store=None):
        """Every request that was answered is in the usage log once, every other one at most once."""
        rows = self.world.usage_rows(store)
        good = [request for request in self.load.requests if request.outcome == "good"]
        missing = sum(1 for request in good if rows.get(request.id, []).count("Success") == 0)
        twice = sum(1 for request in self.load.requests if len(rows.get(request.id, [])) > 1)
        return self.say(f"usage log: {missing} missing, {twice} twice", missing == 0 and twice == 0)


def ms(seconds):
    return f"{seconds * 1000:.0f} ms"
