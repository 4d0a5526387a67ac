# SPDX-License-Identifier: Apache-2.0
"""Between us and the cloud stands a corporate proxy, and it misbehaves."""
import contextlib
import subprocess
import time

from connect_proxy import ConnectProxy
from parts import wait_for
from rows import row

PROMISE = "503 within 50 ms at p99, {}; all well 35 s after it is mended"


@contextlib.contextmanager
def corporate_proxy(certificate=None):
    proxy = ConnectProxy(certificate)
    try:
        yield proxy
    finally:
        with contextlib.suppress(OSError):
            proxy.go_away()


def behind(world, proxy):
    return world.connector(cloud=f"  proxy:\n    url: http://127.0.0.1:{proxy.port}")


def misbehave(world, proxy, fault, mend, said):
    """The load meets `fault`; the log says `said`."""
    with behind(world, proxy) as connector, world.load(connector.url) as load:
        world.quiet(load)
        fault()
        at = time.time()
        wait_for(lambda: not connector.ready(), "the connector says that it is not ready")
        time.sleep(5)
        back = time.time()
        mend()
        wait_for(connector.ready, "the connector is ready again", 40)
        time.sleep(3)
        verdict = world.judge(load).only_told_to_wait().fast_refusals(at + 1, back).recovered(back, 35)
        return verdict.explains(connector, said).accounted()


@row("the proxy gone and back", PROMISE.format("the log names the proxy"))
def proxy_gone(world):
    with corporate_proxy() as proxy:
        return misbehave(world, proxy, proxy.go_away, proxy.come_back, "cannot connect to the proxy")


@row("the proxy wants credentials (407)", PROMISE.format("the log says 407"))
def proxy_wants_credentials(world):
    with corporate_proxy() as proxy:
        return misbehave(world, proxy, lambda: proxy.become("407"), lambda: proxy.become("pass"), "407")


@row("the proxy opens TLS (intercepts)", PROMISE.format("the log names who signed its certificate"))
def proxy_intercepts(world):
    issuer = "Contoso Inspection"
    tls = world.state / "tls"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    tls / "inspection.key", "-days", "1", "-subj", f"/CN={issuer}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                    "-out", tls / "inspection.pem"], check=True, stderr=subprocess.DEVNULL)
    with corporate_proxy((tls / "inspection.pem", tls / "inspection.key")) as proxy:
        return misbehave(world, proxy, lambda: proxy.become("intercept"), lambda: proxy.become("pass"), issuer)
