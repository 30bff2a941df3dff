#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails when an error code is provoked by no test: check_error_codes.py ROOT

A code counts as provoked where a test of the engine, of the programs or of the Python client expects it: by its
enumerator (ErrorCode::DiskFull) or by its name in an answer ("disk_full"). The tests of the catalogue itself, which walk
over all codes, do not count. Unknown is what nobody sets.
"""
import re
import sys
from pathlib import Path

CATALOGUE_TESTS = {"test_error.cpp", "test_error_text.cpp", "test_json.cpp", "test_rest_status.cpp"}
NEVER_SET = {"Unknown"}


def codes_of(header):
    """Enumerators of ErrorCode, in their order."""
    body = re.search(r"enum class ErrorCode[^{]*\{(.*?)\n\};", header, re.DOTALL).group(1)
    without_comments = re.sub(r"//[^\n]*", "", body)
    return [code for code in re.findall(r"\b([A-Z]\w*)\b(?=\s*(?:=[^,]*)?,)", without_comments)]


def name_of(code):
    """Its name as it crosses boundaries: DiskFull, disk_full."""
    return re.sub(r"(?<!^)([A-Z])", r"_\1", code).lower()


def unprovoked(codes, texts):
    """Codes that none of the texts expects."""
    return [
        code
        for code in codes
        if code not in NEVER_SET
        and not any(re.search(rf"\bErrorCode::{code}\b|[\"']{name_of(code)}[\"']", text) for text in texts)
    ]


def main(root):
    codes = codes_of((root / "model_engine/core/error.h").read_text())
    if len(codes) < 2:
        sys.exit("error.h has no codes that this understands")
    files = [
        file
        for folder in ("tests/model_engine", "tests/app", "clients/python/tests")
        for file in (root / folder).rglob("test_*")
        if file.suffix in (".cpp", ".py") and file.name not in CATALOGUE_TESTS
    ]
    missing = unprovoked(codes, [file.read_text() for file in files])
    for code in missing:
        print(f"no test provokes {code} ({name_of(code)})")
    print(f"error codes: {len(codes)}, without a test: {len(missing)}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
