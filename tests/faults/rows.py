# SPDX-License-Identifier: Apache-2.0
"""The list of the fault table's rows: every module with rows adds its own by @row."""
import dataclasses
import os
import shutil
import subprocess
import typing


@dataclasses.dataclass
class Row:
    fault: str
    promise: str
    run: typing.Callable
    needs: tuple

    def why_not(self):
        """What this machine lacks for the row; empty if nothing."""
        for need in self.needs:
            if need == "namespaces":
                # table.py has entered one if it could: then mounts are ours alone.
                if os.environ.get("RMS_FAULTS_NAMESPACE") != "1":
                    return "needs mounts of its own: root, and unshare"
            elif shutil.which(need, path=os.environ["PATH"] + ":/usr/sbin") is None:
                return f"needs {need}"
        return ""


ROWS = []


def row(fault, promise, needs=()):
    """Adds a row: a function that breaks something in a World and gives a Verdict. `needs`: programs, or "namespaces"."""
    def add(function):
        ROWS.append(Row(fault, promise, function, tuple(needs)))
        return function
    return add


def can_have_namespaces():
    return subprocess.run(["unshare", "--mount", "true"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
