# SPDX-License-Identifier: Apache-2.0
"""rms-cloudctl directory imports all of a file or nothing of it, says what it changes and where a file is wrong."""
import base64
import pathlib
import re
import resource
import struct
import subprocess
import tempfile
import unittest

import harness

SETTINGS = """\
version: 1
listen: {address: "127.0.0.1:0", certificate: none.pem, key: none.pem, client_ca: none.pem}
store: {sqlite: store.db}
keys: {encryption_key: kek}
"""


def sid(rid):
    """The bytes of S-1-5-21-1-2-3-<rid>, as Active Directory keeps them."""
    return base64.b64encode(bytes([1, 5]) + (5).to_bytes(6, "big") + struct.pack("<5I", 21, 1, 2, 3, rid)).decode()


class ImportsDirectories(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="rms-directory-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "rms-cloud.yaml").write_text(SETTINGS)
        self.done("key", "create", "kek")
        self.done("tenant", "create", "contoso.test", "--url", "https://rms.contoso.test")

    def ctl(self, *arguments):
        options = () if arguments[0] == "key" else ("--config", "rms-cloud.yaml")
        return subprocess.run([harness.PROGRAMS / "rms-cloudctl", *options, *arguments], cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=240)

    def done(self, *arguments):
        ended = self.ctl(*arguments)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stdout

    def directory(self, command, *arguments):
        return self.done("directory", command, "--tenant", "contoso.test", *arguments)

    def refused(self, *arguments):
        ended = self.ctl("directory", "import", "--tenant", "contoso.test", *arguments)
        self.assertEqual(ended.returncode, 1, ended.stdout)
        return ended.stderr

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def documented(self):
        """The two files that docs/directory.md shows."""
        text = (harness.SOURCE / "docs/directory.md").read_text(encoding="utf-8")
        users, groups = re.findall(r"```\n(mail,.*?)```", text, re.DOTALL)
        return "--users", self.write("users.csv", users), "--groups", self.write("groups.csv", groups)

    def test_the_files_of_the_documentation_are_imported(self):
        self.assertIn("2 new", self.directory("import", *self.documented()))
        shown = self.directory("show", "B.Baer@contoso.test")
        self.assertIn("User bob@contoso.test", shown)
        self.assertIn("Bär, Bob", shown)
        self.assertIn("groups   staff@contoso.test", shown)
        self.assertIn("groups   staff@contoso.test", self.directory("show", "contractors@contoso.test"))
        self.assertIn("exchange@contoso.test", self.directory("list"))

    def test_a_dry_run_changes_nothing(self):
        files = self.documented()
        self.assertIn("Nothing was changed", self.directory("import", *files, "--dry-run"))
        self.assertNotIn("bob", self.directory("list"))
        self.directory("import", *files)
        before = self.directory("list")
        fewer = self.write("fewer.csv", "mail,name,sid,aliases\ncarol@contoso.test,,,\n")
        said = self.directory("import", "--users", fewer, "--groups", "groups.csv", "--dry-run")
        self.assertIn("1 new, 0 changed, 2 gone", said)
        self.assertEqual(self.directory("list"), before)

    def test_a_file_that_is_wrong_at_its_end_changes_nothing(self):
        self.directory("import", *self.documented())
        before = self.directory("list")
        bad = self.write("bad.csv", "mail,name,sid,aliases\ncarol@contoso.test,,,\nno address,,,\n")
        self.assertIn('bad.csv:3:1: "no address" is no address', self.refused("--users", bad, "--groups", "groups.csv"))
        twice = self.write("twice.csv", "mail,name,sid,aliases\na@b.test,,,\nc@b.test,,,A@b.test\n")
        self.assertIn("twice.csv:3:1: the address A@b.test is that of a@b.test too",
                      self.refused("--users", twice, "--groups", "groups.csv"))
        self.assertIn("no user and no group", self.refused("--ldif", self.write("empty.ldif", "version: 1\n")))
        self.assertEqual(self.directory("list"), before)

    def test_active_directorys_ldif_is_imported(self):
        name = base64.b64encode("CN=Bob Bär,DC=contoso,DC=test".encode()).decode()
        ldif = self.write("contoso.ldif", f"""\
dn:: {name}
objectClass: user
cn: Bob
mail: bob@contoso.test
proxyAddresses: SMTP:bob@contoso.test
proxyAddresses: smtp:robert@conto
 so.test
objectSid:: {sid(1001)}

dn: CN=Inner,DC=contoso,DC=test
objectClass: group
cn: Inner
objectSid:: {sid(2001)}
member:: {name}

dn: CN=Outer,DC=contoso,DC=test
objectClass: group
mail: outer@contoso.test
member: CN=Inner,DC=contoso,DC=test

# search result
search: 2
result: 0 Success
""")
        self.directory("import", "--ldif", ldif)
        shown = self.directory("show", "S-1-5-21-1-2-3-1001")
        self.assertIn("aliases  robert@contoso.test", shown)
        self.assertIn("groups   S-1-5-21-1-2-3-2001, outer@contoso.test", shown)

    def test_a_hundred_thousand_users_are_imported_in_bounded_memory(self):
        users = "".join(f'user{i}@contoso.test,"User, {i}",S-1-5-21-1-2-3-{i},u{i}@contoso.test;u{i}@fabrikam.test\n'
                        for i in range(100_000))
        groups = "".join(f"g{g}@contoso.test,,,,"
                         + ";".join(f"user{(g * 100 + k) % 100_000}@contoso.test" for k in range(300))
                         + f";g{g - 1}@contoso.test\n" for g in range(1, 1_000))
        files = ("--users", self.write("users.csv", "mail,name,sid,aliases\n" + users),
                 "--groups", self.write("groups.csv", "mail,name,sid,aliases,members\n" + groups))
        ended = self.ctl("directory", "import", "--tenant", "contoso.test", *files)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertIn("100000 entries read", ended.stderr)
        self.assertIn("100000 new", ended.stdout)
        self.assertLess(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, 1024 * 1024, "KiB")
        self.assertIn("g999@contoso.test", self.directory("show", "u150@fabrikam.test"))
        self.assertIn("0 new, 0 changed, 0 gone", self.directory("import", *files))

    def test_usage_errors_exit_with_2(self):
        for arguments in ((), ("import",), ("import", "--tenant", "t"), ("import", "--tenant", "t", "--users", "u"),
                          ("import", "--tenant", "t", "--users", "u", "--groups", "g", "--ldif", "l"), ("show",)):
            self.assertEqual(self.ctl("directory", *arguments).returncode, 2, arguments)


if __name__ == "__main__":
    harness.main()
