# SPDX-License-Identifier: Apache-2.0
"""SIGTERM under load: requests in hand are finished, the exit status is 0, and nothing above info is logged."""
import signal

import harness


class DrainsOnSigterm(harness.SystemTest):
    def loud(self, program, offset):
        return [line for line in self.system.log(program)[offset:].splitlines()
                if line.split(" ")[1:2] and line.split(" ")[1] in ("warning", "error")]

    def test_the_connector_finishes_what_it_has_in_hand(self):
        process = self.system.adopt("rms-connectord")
        offset = len(self.system.log("rms-connectord"))
        load = harness.Load(self.system)
        try:
            harness.wait_for(lambda: load.count(200) > 20, "licences are issued")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(30), 0)
        finally:
            answers = load.stop()
        # What was sent is answered; afterwards connections are refused.
        self.assertEqual({outcome for _, outcome in answers if isinstance(outcome, int)}, {200})
        self.assertEqual(load.lost(), [])
        self.assertEqual(self.loud("rms-connectord", offset), [])
        self.system.start("rms-connectord")
        harness.wait_for(self.system.ready, "the connector is back")

    def test_the_service_finishes_what_it_has_in_hand(self):
        process = self.system.adopt("rms-cloudd")
        offset = len(self.system.log("rms-cloudd"))
        load = harness.Load(self.system)
        try:
            harness.wait_for(lambda: load.count(200) > 20, "licences are issued")
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(40), 0)
        finally:
            answers = load.stop()
        self.assertEqual({outcome for _, outcome in answers}, {200, 503})
        self.assertEqual(self.loud("rms-cloudd", offset), [])
        self.system.start("rms-cloudd")
        harness.wait_for(self.system.ready, "the connector has found the service again")


if __name__ == "__main__":
    harness.main()
