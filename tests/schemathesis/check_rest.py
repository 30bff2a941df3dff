#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves an empty library by REST and lets schemathesis compare the door with its own OpenAPI document.

    check_rest.py WEIGHTROOMCTL

Paths that it makes up lie in a folder of the run (rest_hooks.py): the engine does what it is asked to, and reads and writes where it
is told.
"""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "support"))
from served_rest import ServedRest  # noqa: E402: found by the line above

EXAMPLES = 8
"""Made-up requests for each operation, beside those that cover each limit of its document."""

LEFT_OUT = {
    # Would change which folders are scanned, and with them what all others answer; the folders of rest_hooks.py are
    # scanned by the operations that name one.
    "settings.post_settings_update",
    # Writes 100 MB each time.
    "library.post_sample_library",
}

CHECKS_LEFT_OUT = {
    # A document of JSON schemas cannot say which models there are, or that two fields do not go together: what is
    # valid by it may still be refused, with a status that it lists.
    "positive_data_acceptance",
}


def run_schemathesis(served: ServedRest, folder: Path) -> int:
    program = Path(sys.executable).with_name("schemathesis")
    here = Path(__file__).parent
    command = [
        str(program), "--config-file", str(here / "schemathesis.toml"),
        "run", f"{served.url}/api/openapi.json",
        "--header", f"Authorization: Bearer {served.token}",
        "--max-examples", str(EXAMPLES),
        "--generation-deterministic",
        "--phases", "examples,coverage,fuzzing",
        "--exclude-checks", ",".join(sorted(CHECKS_LEFT_OUT)),
        "--request-timeout", "30",
        "--warnings", "off",
        # Python 3.11 now and then fails to parse code on two threads at once, which hypothesis does.
        "--workers", "1",
        "--no-color",
    ]
    for operation in sorted(LEFT_OUT):
        command += ["--exclude-operation-id", operation]
    environment = os.environ | {
        "SCHEMATHESIS_HOOKS": "rest_hooks",
        "PYTHONPATH": str(here),
        "PYTHONDONTWRITEBYTECODE": "1",
        "WEIGHTROOM_TEST_FOLDER": str(folder / "made-up"),
    }
    return subprocess.run(command, env=environment, cwd=folder, check=False).returncode


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="weightroom-rest-") as name:
        folder = Path(name)
        (folder / "made-up").mkdir()
        served = ServedRest(sys.argv[1], folder)
        try:
            status = run_schemathesis(served, folder)
        finally:
            wrong = served.end()
        if wrong:
            print(wrong, file=sys.stderr)
        return status or int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
