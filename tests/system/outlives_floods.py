# SPDX-License-Identifier: Apache-2.0
"""Floods, churn and slow senders cost the connector nothing that lasts: who has something to ask is served meanwhile, and
afterwards descriptors, threads, memory and places are where they were."""
import contextlib
import os
import pathlib
import re
import resource
import socket
import subprocess
import threading
import time

import harness


class OutlivesFloods(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.config = pathlib.Path(cls.system.env["RMS_CONNECTOR_CONFIG"])
        cls.plain = cls.config.read_text()

    def limit(self, limits=""):
        """Starts the connector with these limits."""
        self.config.write_text(self.plain + (f"\nlimits: {{{limits}}}\n" if limits else ""))
        self.process = self.system.adopt("rms-connectord")
        self.logged = len(self.system.log("rms-connectord"))
        self.served()  # what is made at the first request is there

    def log(self):
        return self.system.log("rms-connectord")[self.logged:]

    def served(self, name="sharepoint"):
        status, _, text = self.system.request(name, "POST", harness.LICENSE_PAGE, self.system.sample_request(name))
        self.assertEqual(status, 200, text)

    def footprint(self):
        """(descriptors, threads) once nobody is connected, and the connector to the whole service."""
        def settled():
            status = self.system.status()
            return status["connections"] == 0 and all(slot["state"] == "ready" for slot in status["upstream"]["slots"])
        harness.wait_for(settled, "every connection has ended")
        of_process = pathlib.Path(f"/proc/{self.process.pid}")
        return len(list((of_process / "fd").iterdir())), len(list((of_process / "task").iterdir()))

    def assert_back_at(self, before):
        """No descriptor more, soon: the admin endpoint may not yet have closed the connection by which it was asked. gRPC
        makes a few threads late, whatever callers do."""
        harness.wait_for(lambda: self.footprint()[0] <= before[0], f"as many descriptors as before, {before[0]}")
        self.assertLessEqual(self.footprint()[1], before[1] + 3)

    def resident_kib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{self.process.pid}/status").read_text())[1])

    @contextlib.contextmanager
    def sockets(self, count, say=b""):
        """So many connections that say that, or nothing."""
        with contextlib.ExitStack() as held:
            for _ in range(count):
                connection = held.enter_context(socket.create_connection(self.system.address, 30))
                connection.sendall(say)
            yield

    def in_threads(self, count, work):
        """Runs work(number) in so many threads; fails if one does."""
        failures = []

        def guarded(number):
            try:
                work(number)
            except Exception as e:  # told below, by the test's own thread
                failures.append(repr(e))

        threads = [threading.Thread(target=guarded, args=(number,)) for number in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def secured(self, name):
        return self.system.tls(name).wrap_socket(socket.create_connection(self.system.address, 30),
                                                 server_hostname=self.system.address[0])

    # ---- connections

    def test_a_flood_of_handshakes_keeps_nobody_out(self):
        self.limit("handshakes: 4, handshake_timeout: 2s")
        before = self.footprint()
        failed = self.system.metric("rms_connector_tls_handshake_failures_total")
        with self.sockets(40), self.sockets(20, b"garbage garbage garbage"):
            for _ in range(5):
                self.served()
        self.assert_back_at(before)
        harness.wait_for(lambda: self.system.metric("rms_connector_tls_handshake_failures_total") == failed + 60,
                         "each of them is counted")

    def test_churn_leaves_nothing_behind(self):
        self.limit()

        def churn():
            """Six callers, a hundred connections each: some ask, some hang up, some say nothing."""
            def caller(number):
                for turn in range(100):
                    with self.secured("sharepoint") as connection:
                        if (number + turn) % 10 == 0:
                            connection.sendall(b"GET /_wmcs/licensing/license.asmx HTTP/1.1\r\nHost: h\r\n\r\n")
                            self.assertIn(b" 200 ", connection.recv(64))
            self.in_threads(6, caller)

        churn()
        before, resident = self.footprint(), self.resident_kib()
        handshakes = self.system.metric("rms_connector_tls_handshakes_total")
        churn()
        self.assert_back_at(before)
        # A connection costs about 80 KiB: were they kept, these 600 would be 48 MiB.
        self.assertLess(self.resident_kib() - resident, 4096)
        self.assertEqual(self.system.metric("rms_connector_tls_handshakes_total"), handshakes + 600)
        self.assertEqual(self.system.metric("rms_connector_inbound_connections"), 0)

    def test_it_outlives_a_want_of_descriptors(self):
        self.limit()
        before = self.footprint()
        usual = resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (64, usual[1]))
        with self.sockets(100):
            harness.wait_for(lambda: "cannot accept connections" in self.log(), "it is out of descriptors")
            cpu = self.cpu_seconds()
            time.sleep(1)
            self.assertLess(self.cpu_seconds() - cpu, 0.5, "it does not spin")
            self.assertIsNone(self.process.poll(), "it lives")
        harness.wait_for(lambda: self.system.admin("/healthz")[0] == 200, "it accepts again")
        self.served()
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, usual)
        self.assert_back_at(before)
        self.assertLessEqual(self.log().count("cannot accept connections"), 2, "once a door")

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def test_where_few_descriptors_are_allowed_it_takes_fewer_connections_and_says_so(self):
        self.limit()
        self.system.stop("rms-connectord")
        before = len(self.system.log("rms-connectord"))
        with open(self.system.state / "log/rms-connectord.log", "a") as log:
            process = subprocess.Popen(
                ["prlimit", "--nofile=128:128", harness.PROGRAMS / "rms-connectord", "--config", self.config],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        self.system.take_over("rms-connectord", process)
        harness.wait_for(self.system.ready, "the connector is ready")
        with self.sockets(200):
            harness.wait_for(lambda: self.system.status()["connections"] == 64, "half of them are for callers")
            self.assertEqual(self.system.admin("/healthz")[0], 200, "the other half is enough for the rest")
        log = self.system.log("rms-connectord")[before:]
        self.assertRegex(log, "warning .*LimitNOFILE")
        self.assertNotIn("cannot accept connections", log)
        self.served()

    # ---- requests

    def test_every_place_comes_back_whatever_becomes_of_callers(self):
        self.limit("in_flight: 3, queue: 1")  # four places
        body = self.system.sample_request("exchange")

        def caller(number):
            for turn in range(30):
                name = ("exchange", "sharepoint", "fci")[number % 3]
                with self.secured(name) as connection:
                    head = (f"POST {harness.LICENSE_PAGE} HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\n"
                            f"Content-Length: {len(body)}\r\n\r\n").encode()
                    connection.sendall(head + (body if turn % 2 else body[:100]))
                    # And away without a word, in the middle of whatever it was.

        self.in_threads(12, caller)
        harness.wait_for(lambda: self.system.status()["in_flight"] == 0, "nothing is in hand")
        with contextlib.ExitStack() as held:
            for taken, name in enumerate(("exchange", "exchange", "sharepoint", "fci"), 1):
                held.enter_context(self.half_a_request(name))
                harness.wait_for(lambda: self.system.status()["in_flight"] == taken, f"{taken} are in hand")
            status, headers, text = self.system.request("sharepoint", "POST", harness.LICENSE_PAGE,
                                                        self.system.sample_request("sharepoint"))
            self.assertEqual((status, text), (503, "Too many requests are in hand. Try again later.\n"))
            self.assertIn(int(headers["Retry-After"]), range(1, 6))
        harness.wait_for(lambda: self.system.status()["in_flight"] == 0, "nothing is in hand")
        self.served()

    def half_a_request(self, name):
        connection = self.secured(name)
        connection.sendall(f"POST {harness.LICENSE_PAGE} HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\n"
                           "Content-Length: 1000\r\n\r\n<half".encode())
        return connection

    def test_slow_heads_and_slow_bodies_are_ended_and_hold_up_nobody(self):
        self.limit("header_timeout: 1s, body_timeout: 1s")
        before = self.footprint()
        head = b"GET /_wmcs/licensing/license.asmx HTTP/1.1\r\nX-Slow: "
        body = (f"POST {harness.LICENSE_PAGE} HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\n"
                "Content-Length: 100000\r\n\r\n").encode()

        def slow(number):
            with self.secured("exchange") as connection:
                connection.sendall(head if number % 2 else body)
                connection.settimeout(0.1)
                until = time.monotonic() + 30
                while time.monotonic() < until:
                    with contextlib.suppress(TimeoutError):
                        self.assertIn(b" 408 ", connection.recv(64))
                        return
                    connection.sendall(b"x")
            raise AssertionError("nobody ended it")

        callers = threading.Thread(target=self.in_threads, args=(30, slow))
        callers.start()
        served = 0
        while callers.is_alive():
            self.served()
            served += 1
        callers.join()
        self.assertGreater(served, 0)
        self.assertEqual(self.system.metric('rms_connector_requests_rejected_total{reason="timeout"}'), 30)
        self.assert_back_at(before)


if __name__ == "__main__":
    harness.main()
