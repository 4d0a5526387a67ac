# SPDX-License-Identifier: Apache-2.0
"""A server that re-indexes cannot starve another's interactive request: not in the queue, not at the service, not when
the queue is full, and not by requests that it sends slowly. Proved by order and by counts, with the service stopped in
between so that nothing depends on speed."""
import concurrent.futures
import contextlib
import os
import pathlib
import re
import signal
import socket

import harness


class AdmitsFairly(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.config = pathlib.Path(cls.system.env["RMS_CONNECTOR_CONFIG"])
        cls.plain = cls.config.read_text()

    def limit(self, limits):
        """Starts the connector with these limits."""
        self.config.write_text(self.plain + f"\nlimits: {{queue_timeout: 1m, request_timeout: 2m, {limits}}}\n")
        self.system.adopt("rms-connectord")
        self.logged = len(self.system.log("rms-connectord"))

    @contextlib.contextmanager
    def service_stopped(self):
        pid = self.system.pid("rms-cloudd")
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)

    def ask(self, pool, name, count):
        return [pool.submit(self.system.request, name, "POST", harness.LICENSE_PAGE, self.system.sample_request(name))
                for _ in range(count)]

    def wait_metric(self, name, value):
        harness.wait_for(lambda: self.system.metric(name) == value,
                         f"{name} is {value} (is {self.system.metric(name)})")

    def served(self):
        """Who was answered, in order."""
        return re.findall(r" request .*\bentry=(\S+)", self.system.log("rms-connectord")[self.logged:])

    def test_in_the_queue_servers_take_turns(self):
        self.limit("in_flight: 1, per_server_in_flight: 1")
        with concurrent.futures.ThreadPoolExecutor(60) as pool:
            with self.service_stopped():
                many = self.ask(pool, "exchange", 40)
                self.wait_metric("rms_connector_requests_queued", 39)
                one = self.ask(pool, "sharepoint", 1)
                self.wait_metric("rms_connector_requests_queued", 40)
            self.assertEqual({answer.result()[0] for answer in many + one}, {200})
        order = self.served()
        self.assertEqual(len(order), 41)
        # One was on its way already, one had the turn.
        self.assertLessEqual(order.index("sharepoint"), 2, order)

    def test_one_server_has_its_share_at_the_service_and_the_rest_waits(self):
        self.limit("per_server_in_flight: 4")
        with concurrent.futures.ThreadPoolExecutor(60) as pool:
            with self.service_stopped():
                many = self.ask(pool, "exchange", 20)
                self.wait_metric("rms_connector_requests_queued", 16)
                self.assertEqual(self.system.metric("rms_connector_upstream_in_flight"), 4)
                one = self.ask(pool, "sharepoint", 1)
                self.wait_metric("rms_connector_upstream_in_flight", 5)
                self.assertEqual(self.system.metric("rms_connector_requests_queued"), 16)
            self.assertEqual({answer.result()[0] for answer in many + one}, {200})
        self.assertEqual(self.system.metric("rms_connector_requests_rejected_total"), 0)

    def test_whoever_fills_the_queue_makes_room_for_another(self):
        self.limit("in_flight: 8, per_server_in_flight: 1, queue: 2")
        with concurrent.futures.ThreadPoolExecutor(60) as pool:
            with self.service_stopped():
                many = self.ask(pool, "exchange", 3)
                self.wait_metric("rms_connector_requests_queued", 2)
                others = self.ask(pool, "sharepoint", 2)
                harness.wait_for(lambda: any(answer.done() for answer in many), "one of exchange's made room")
                self.assertEqual(self.system.metric("rms_connector_requests_queued"), 2)
            answers = [answer.result() for answer in many]
            self.assertEqual(sorted(status for status, _, _ in answers), [200, 200, 503])
            refused = next(answer for answer in answers if answer[0] == 503)
            self.assertIn(int(refused[1]["Retry-After"]), range(2, 7))
            self.assertEqual({answer.result()[0] for answer in others}, {200})
        self.assertEqual(self.system.metric('rms_connector_requests_rejected_total{reason="queue_full"}'), 1)
        self.assertIn("outcome=overloaded", self.system.log("rms-connectord")[self.logged:])

    def test_a_server_over_its_share_is_told_to_come_back(self):
        # Four places in hand: two for one server alone.
        self.limit("in_flight: 1, queue: 3")
        with concurrent.futures.ThreadPoolExecutor(60) as pool:
            with self.service_stopped():
                many = self.ask(pool, "exchange", 2)
                self.wait_metric("rms_connector_requests_queued", 1)
                status, headers, text = self.system.request(
                    "exchange", "POST", harness.LICENSE_PAGE, self.system.sample_request("exchange"))
                self.assertEqual(status, 503)
                self.assertIn("This server has too many requests in hand", text)
                self.assertIn(int(headers["Retry-After"]), range(1, 6))
                one = self.ask(pool, "sharepoint", 1)
                self.wait_metric("rms_connector_requests_queued", 2)
            self.assertEqual({answer.result()[0] for answer in many + one}, {200})
        self.assertEqual(self.system.metric('rms_connector_requests_rejected_total{reason="server_share"}'), 1)
        log = self.system.log("rms-connectord")[self.logged:]
        self.assertIn("event=2101", log)
        self.assertNotIn("event=2001", log, "nobody was denied anything")

    def test_slow_bodies_of_one_server_leave_room_for_another(self):
        self.limit("in_flight: 2, queue: 6")
        with contextlib.ExitStack() as held:
            slow = [held.enter_context(self.half_a_request("exchange")) for _ in range(4)]
            harness.wait_for(lambda: self.system.status()["in_flight"] == 4, "four are in hand")
            self.assertEqual(self.system.status()["callers"],
                             [{"principal": "dns:exchange.contoso.test", "in_flight": 4}])
            status, _, text = self.system.request("exchange", "POST", harness.LICENSE_PAGE,
                                                  self.system.sample_request("exchange"))
            self.assertEqual(status, 503, text)
            status, _, text = self.system.request("sharepoint", "POST", harness.LICENSE_PAGE,
                                                  self.system.sample_request("sharepoint"))
            self.assertEqual(status, 200, text)
            self.assertEqual(len(slow), 4)
        harness.wait_for(lambda: self.system.status()["in_flight"] == 0, "their places are free again")

    def half_a_request(self, name):
        connection = self.system.tls(name).wrap_socket(socket.create_connection(self.system.address, 30),
                                                       server_hostname=self.system.address[0])
        connection.sendall(f"POST {harness.LICENSE_PAGE} HTTP/1.1\r\nHost: h\r\nContent-Type: text/xml\r\n"
                           "Content-Length: 1000\r\n\r\n<half".encode())
        return connection


if __name__ == "__main__":
    harness.main()
