# SPDX-License-Identifier: Apache-2.0
"""A file of 2 GiB is protected and opened in under 64 MiB of memory."""
import hashlib
import os
import subprocess
import time

import harness

SIZE = 2 * 1024 * 1024 * 1024
MOST_KIB = 64 * 1024


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else \
            subprocess.run(["sha256sum", path], stdout=subprocess.PIPE, text=True).stdout.split()[0]


class StreamsLargeFiles(harness.SystemTest):
    def rms(self, *arguments):
        """Runs rms as exchange; (exit status, peak resident KiB of that process alone, seconds)."""
        environment = dict(os.environ, RMS_CONNECTOR_URL=self.system.env["RMS_CONNECTOR_URL"],
                           RMS_CA_FILE=self.system.env["RMS_CA_FILE"],
                           RMS_CLIENT_CERT=self.system.env["RMS_EXCHANGE_CERT"],
                           RMS_CLIENT_KEY=self.system.env["RMS_EXCHANGE_KEY"],
                           RMS_HOME=str(self.system.state / "clients/exchange"))
        began = time.monotonic()
        process = subprocess.Popen([harness.PROGRAMS / "rms", *arguments], env=environment, stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, usage.ru_maxrss, time.monotonic() - began

    def test_two_gib_in_under_64_mib(self):
        folder = self.system.state / "large"
        folder.mkdir()
        plain, protected, opened = folder / "mail.dat", folder / "mail.dat.pfile", folder / "opened.dat"
        with open(plain, "wb") as file:  # Sparse, but for its ends: the disk of a test machine is small.
            file.write(b"begin")
            file.seek(SIZE - 3)
            file.write(b"end")
        before = digest(plain)
        status, peak, took = self.rms("protect", str(plain), "--to", "alice@contoso.test:VIEW",
                                      "--output", str(protected))
        print(f"protect: {took:.1f} s, {peak / 1024:.1f} MiB")
        self.assertEqual(status, 0)
        self.assertLess(peak, MOST_KIB)
        plain.unlink()
        status, peak, took = self.rms("open", str(protected), "--output", str(opened))
        print(f"open: {took:.1f} s, {peak / 1024:.1f} MiB")
        self.assertEqual(status, 0)
        self.assertLess(peak, MOST_KIB)
        protected.unlink()
        self.assertEqual(digest(opened), before)
        opened.unlink()


if __name__ == "__main__":
    harness.main()
