#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fails when a translation is out of date: a text of the sources that it does not list, or one without its translation.

    check_translations.py LUPDATE ROOT

Runs lupdate on copies, so that nothing in the tree changes. Warnings of lupdate (a class without Q_OBJECT, a text that it
cannot read) fail too: such texts would never be translated.
"""
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def sources_of(root):
    files = [*root.glob("ui/**/*.cpp"), *root.glob("ui/**/*.h"), *root.glob("app/weightroom/*.cpp")]
    return sorted(str(file) for file in files)


def messages_of(file):
    """Each message as (context, source, comment) with whether all of its forms are translated."""
    found = {}
    for context in ElementTree.parse(file).getroot().findall("context"):
        for message in context.findall("message"):
            key = (context.findtext("name"), message.findtext("source"), message.findtext("comment") or "")
            translation = message.find("translation")
            forms = translation.findall("numerusform") or [translation]
            is_done = translation.get("type") is None and all((form.text or "").strip() for form in forms)
            found[key] = is_done
    return found


def run_lupdate(lupdate, root, target, options):
    command = [lupdate, "-I", str(root), *options, "-no-obsolete", "-locations", "none", *sources_of(root), "-ts", str(target)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    return [line for line in result.stderr.splitlines() if line.strip()]


def check(lupdate, root, translation, folder):
    """Yields what is wrong with one .ts file."""
    copy = Path(folder) / translation.name
    shutil.copy(translation, copy)
    options = ["-pluralonly"] if translation.stem.endswith("_en") else []
    for warning in run_lupdate(lupdate, root, copy, options):
        yield f"lupdate: {warning}"
    before = messages_of(translation)
    for key, is_done in messages_of(copy).items():
        if key not in before:
            yield f"{translation.name} does not list {key}: run the target update_translations"
        elif not is_done:
            yield f"{translation.name} has no translation of {key}"
    for key in before.keys() - messages_of(copy).keys():
        yield f"{translation.name} lists {key}, which the sources do not have"


def main(lupdate, root):
    translations = sorted((root / "translations").glob("*.ts"))
    problems = [] if translations else ["there is no translation"]
    with tempfile.TemporaryDirectory() as folder:
        for translation in translations:
            problems += check(lupdate, root, translation, folder)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
