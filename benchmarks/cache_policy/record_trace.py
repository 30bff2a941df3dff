#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records a trace of loads from weightroomctl itself, for weightroom_bench_cache_policy: real loads of real files in
real time, in the order of a script. Nobody works here: it is what a script says that somebody does.

    record_trace.py WEIGHTROOMCTL LIBRARY OUTPUT [--runs 2] [--rounds 3] [--pause 7] [--seed 1]

LIBRARY: a folder of models, such as `weightroomctl make-sample` writes. Each run is an engine of its own, with the
cache empty and with what was learned in the runs before. A round is a piece of work of one kind: one base model with
other models after each other, two base models in turn, or a walk through everything. After each load there is a pause, in
which the engine has idle time (it begins after five seconds).
"""
import argparse
import json
import random
import subprocess
import tempfile
import time

BASES = ("checkpoint", "diffusion-model")
EXTRAS = ("lora", "embedding", "controlnet", "vae", "text-encoder")


class Session:
    """One engine, driven line by line; answers come as one JSON document a line."""

    def __init__(self, program, library, home, cache):
        options = ["--json", "--no-cuda", "--settings", f"{home}/settings.json", "--data-folder", home, "--folder",
                   library, "--cache", cache]
        self.process = subprocess.Popen([program, *options, "session"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)

    def call(self, operation, fields=None):
        line = f"call {operation} '{json.dumps(fields or {})}'\n"
        self.process.stdin.write(line)
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{operation} failed; what was wrong stands above")
        return json.loads(answer)

    def end(self):
        self.process.stdin.close()
        if self.process.wait() != 0:
            raise RuntimeError("the session ended with an error")


def ids_by_type(session):
    models = {}
    for model in session.call("model.get_available_models")["models"]:
        if model["components"]:
            models.setdefault(model["model_type"], []).append(model["model_id"])
    return models


def of_types(models, types):
    return [model for kind in types for model in models.get(kind, [])]


def one_round(models, choice):
    """The models of one piece of work, in their order."""
    bases, extras = of_types(models, BASES), of_types(models, EXTRAS)
    everything = [model for kind in sorted(models) for model in models[kind]]
    kind = choice.random()
    if kind < 0.5 and bases:
        base = choice.choice(bases)
        return [base] + [model for _ in range(4) for model in (choice.choice(extras or bases), base)]
    if kind < 0.85 and len(bases) > 1:
        return choice.sample(bases, 2) * 4
    return everything


def run(session, models, choice, arguments):
    for _ in range(arguments.rounds):
        for model in one_round(models, choice):
            session.call("model.post_model_cache", {"model_id": model})
            time.sleep(arguments.pause * choice.uniform(0.5, 1.5))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("library")
    parser.add_argument("output")
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="pieces of work in each run")
    parser.add_argument("--pause", type=float, default=7, help="seconds after a load, give or take half")
    parser.add_argument("--cache", default="8GiB", help="budget of the RAM cache")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    choice = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as home:
        for number in range(arguments.runs):
            session = Session(arguments.program, arguments.library, home, arguments.cache)
            run(session, ids_by_type(session), choice, arguments)
            patterns = session.call("worker.analyze_cache_patterns", {"period_hours": 720, "include_trace": True})
            session.end()
            print(f"run {number + 1}: {len(patterns['trace'])} events so far")
    with open(arguments.output, "w", encoding="utf-8") as output:
        rows = ",\n".join(json.dumps(event) for event in patterns["trace"])
        output.write(f'{{"trace": [\n{rows}\n]}}\n')


if __name__ == "__main__":
    main()
