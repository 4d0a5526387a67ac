# SPDX-License-Identifier: Apache-2.0
"""A protected file opens for those who hold the right, for no one else, and not at all once it was altered."""
import harness

DENIED = 3


class OpensOnlyForHolders(harness.SystemTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("fci",):
            done = cls.system.rms(name, "bootstrap")
            assert done.returncode == 0, done.stderr
        cls.sample = cls.system.state / "sample" / "plan.ptxt"
        cls.plain = (cls.system.state / "sample" / "plan.txt").read_bytes()

    def open(self, name, path):
        output = self.system.state / "opened"
        output.unlink(missing_ok=True)
        done = self.system.rms(name, "open", str(path), "--output", str(output))
        return done, output.read_bytes() if output.exists() else None

    def test_a_holder_of_the_right_on_another_machine_opens_it(self):
        done, content = self.open("sharepoint", self.sample)
        self.assertEqual((done.returncode, content), (0, self.plain), done.stderr)
        self.assertIn("VIEW", done.stderr + done.stdout)

    def test_another_authorized_server_is_refused_and_told_by_whom(self):
        done, content = self.open("fci", self.sample)
        self.assertEqual((done.returncode, content), (DENIED, None))
        self.assertIn("no right", done.stderr.lower())

    def test_one_changed_byte_is_refused_with_a_reason(self):
        whole = self.sample.read_bytes()
        marks = {"licence": whole.index("<BODY".encode("utf-16le") if b"<\0B\0O\0" in whole else b"<BODY") + 40,
                 "first of the content": len(whole) - 48, "last of the content": len(whole) - 1}
        for where, position in marks.items():
            changed = self.system.state / "changed.ptxt"
            changed.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1:])
            done, content = self.open("sharepoint", changed)
            self.assertNotEqual(done.returncode, 0, where)
            self.assertIsNone(content, where)
            self.assertRegex(done.stderr, "altered|signature|digest|malformed|corrupt", where)

    def test_a_truncated_file_is_refused(self):
        whole = self.sample.read_bytes()
        for size in (0, 5, 17, 200, len(whole) - 16, len(whole) - 1):
            changed = self.system.state / "changed.ptxt"
            changed.write_bytes(whole[:size])
            done, content = self.open("sharepoint", changed)
            self.assertNotEqual(done.returncode, 0, size)
            self.assertIsNone(content, size)


if __name__ == "__main__":
    harness.main()
