# SPDX-License-Identifier: Apache-2.0
"""When the service asks for new connections every second, under load, no request fails."""
import pathlib
import re
import time

import harness


class RenewsConnections(harness.SystemTest):
    def test_no_request_fails(self):
        config = pathlib.Path(self.system.env["RMS_CLOUD_CONFIG"])
        text, count = re.subn(r"(?m)^listen:\n", "listen:\n  connection_age: 1s\n", config.read_text())
        self.assertEqual(count, 1, text)
        config.write_text(text)
        self.system.adopt("rms-cloudd")
        connects = self.connects()
        load = harness.Load(self.system)
        try:
            time.sleep(8)  # not to wait for something: this long it is asked
        finally:
            answers = load.stop()
        print(f"{len(answers)} requests, {self.connects() - connects} new connections")
        self.assertEqual({outcome for _, outcome in answers}, {200})
        self.assertGreater(len(answers), 100)
        self.assertGreater(self.connects() - connects, 8, "connections were made anew")

    def connects(self):
        text = self.system.admin("/metrics")[1]
        return sum(float(value) for value in re.findall(r"(?m)^rms_connector_upstream_connects_total\S* (\S+)$", text))


if __name__ == "__main__":
    harness.main()
