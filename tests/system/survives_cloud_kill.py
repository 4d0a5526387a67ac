# SPDX-License-Identifier: Apache-2.0
"""When the rights service is killed under load, every caller is answered in time, and it recovers by itself."""
import os
import signal
import time

import harness

DEADLINE = 20  # limits.request_timeout


class SurvivesCloudKill(harness.SystemTest):
    def test_every_caller_is_answered_and_requests_succeed_again(self):
        load = harness.Load(self.system)
        try:
            harness.wait_for(lambda: load.count(200) > 20, "licences are issued")
            os.kill(self.system.pid("rms-cloudd"), signal.SIGKILL)
            harness.wait_for(lambda: load.count(503) > 20, "callers are told 503")
            harness.wait_for(lambda: not self.system.ready(), "the connector says that it is not ready")

            restarted = time.monotonic()
            process = self.system.start("rms-cloudd")
            before = load.count(200)
            harness.wait_for(lambda: load.count(200) > before, "licences are issued again", 5)
            recovered = time.monotonic() - restarted
        finally:
            answers = load.stop()
        harness.wait_for(self.system.ready, "the connector is ready again")

        print(f"recovered {recovered:.2f} s after the restart; slowest answer {max(took for took, _ in answers):.2f} s")
        self.assertEqual({outcome for _, outcome in answers}, {200, 503})
        self.assertLess(max(took for took, _ in answers), DEADLINE + 1)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(40), 0)

    def tearDown(self):
        # The next start of the service must find a whole store: leave one running for the System's stop.
        if not harness.alive(self.system.pid("rms-cloudd")):
            self.system.start("rms-cloudd")


if __name__ == "__main__":
    harness.main()
