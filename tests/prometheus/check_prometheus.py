#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves a library with a loaded model and lets Prometheus watch it, with the alerting rules and the queries of docs/monitoring.

Another workstation is played here: it has GPUs, and tells everything that can be told (tests/data/metrics/full.txt).

    check_prometheus.py WEIGHTROOMCTL PROMETHEUS PROMTOOL
"""
from __future__ import annotations

import http.server
import json
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, Callable

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from served_rest import PATIENCE, ServedRest  # noqa: E402: found by the line above

DOCUMENTS = HERE.parent.parent / "docs/monitoring"
RULES = DOCUMENTS / "weightroom-alerts.yml"
EVERYTHING = HERE.parent / "data/metrics/full.txt"

CONFIGURATION = """
global: {{scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: weightroom
    authorization: {{credentials_file: "{token}"}}
    static_configs:
      - targets: ["{target}"]
        labels: {{instance: ws-07}}
      - targets: ["{played}"]
        labels: {{instance: ws-08}}
"""

DEVICE = '{instance="ws-07", device="HOST_0"}'
HOLDS = [
    # The owners add up, and so do the lines of the components.
    "sum without (owner) (weightroom_device_memory_bytes) == weightroom_device_memory_size_bytes",
    "sum without (model, model_name, component) (weightroom_component_memory_bytes)"
    ' == on (instance, device) weightroom_device_memory_bytes{owner="component"}',
    "sum without (owner) (weightroom_cache_memory_bytes) == weightroom_cache_memory_size_bytes",
    'weightroom_device_memory_bytes{instance="ws-07", device="HOST_0", owner="component"} > 0',
    'weightroom_loads_total{instance="ws-07", device="HOST_0", result="succeeded"} == 1',
    'weightroom_loads_total{instance="ws-07", device="HOST_0", result="failed"} == 0',
    f"weightroom_load_bytes_total{DEVICE} > 0",
    f"weightroom_load_seconds_total{DEVICE} > 0",
    'weightroom_cache_misses_total{instance="ws-07"} > 0',
    f"weightroom_device_up{DEVICE} == 1",
    'weightroom_device_info{instance="ws-07", device="HOST_0", kind="host"} == 1',
    'weightroom_build_info{instance="ws-07", version=~"[0-9.]+"} == 1',
    'weightroom_host_memory_available_bytes{instance="ws-07"} < weightroom_host_memory_size_bytes',
    'weightroom_engine_memory_bytes{instance="ws-07"} > 0',
    'time() - weightroom_snapshot_timestamp_seconds{instance="ws-07"} < 60',
    'up{job="weightroom", instance="ws-07"} == 1',
    'ALERTS{alertname="WeightroomDeviceLost", instance="ws-08", device="GPU_1", alertstate="firing"}',
]
"""What Prometheus says: each of these has a result. ws-07 is the engine, with one model on HOST_0."""


class PlayedWorkstation(http.server.ThreadingHTTPServer):
    """Answers everything with EVERYTHING, at any free port of loopback."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
            self.end_headers()
            self.wfile.write(EVERYTHING.read_bytes())

        def log_message(self, *_: object) -> None:
            pass

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Prometheus:
    """A server of its own: any free port of loopback, its storage in `folder`."""

    def __init__(self, program: str, folder: Path, target: str, played: str, token: Path) -> None:
        self.log = folder / "prometheus.log"
        configuration = folder / "prometheus.yml"
        configuration.write_text(CONFIGURATION.format(rules=RULES, token=token, target=target, played=played))
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [program, f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'prometheus'}",
                 "--web.listen-address=127.0.0.1:0"],
                stdout=log, stderr=log)
        self.url = "http://" + wait_for("Prometheus listens", self.address)
        wait_for("Prometheus is ready", lambda: "is ready to receive" in self.log.read_text())

    def address(self) -> str:
        """Where it listens; empty: nowhere yet."""
        assert self.process.poll() is None, self.log.read_text()
        found = re.search(r'msg="Listening on" address=(\S+)', self.log.read_text())
        return found[1] if found else ""

    def ask(self, path: str, **parameters: str) -> Any:
        return json.loads(get(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))["data"]

    def query(self, expression: str) -> list[Any]:
        return self.ask("query", query=expression)["result"]

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)


def wait_for(what: str, look: Callable[[], Any]) -> Any:
    """What `look` sees, as soon as it is something."""
    end = time.monotonic() + PATIENCE
    while not (seen := look()):
        assert time.monotonic() < end, f"not so after {PATIENCE} s: {what}"
        time.sleep(0.1)
    return seen


def get(url: str, token: str = "") -> str:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=PATIENCE) as answer:
        return answer.read().decode()


def run(*command: object, given: str | None = None) -> None:
    done = subprocess.run([str(word) for word in command], input=given, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout}{done.stderr}"


def in_the_older_format(text: str) -> str:
    """OpenMetrics as the text format before it, in which a family has the name of its samples.

    `promtool check metrics` reads nothing else.
    """
    suffixes = {"counter": "_total", "info": "_info"}
    types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE))
    lines = []
    for line in text.splitlines():
        words = line.split(" ", 3)
        if words[0] == "#" and words[1] in ("TYPE", "HELP"):
            words[2] += suffixes.get(types[words[2]], "")
            lines.append(" ".join(words).replace(" info", " gauge") if words[1] == "TYPE" else " ".join(words))
        elif words[0] != "#":
            lines.append(line)
    return "\n".join(lines) + "\n"


def dashboard_queries() -> list[str]:
    """Those of its panels, with all that its variables can be."""
    dashboard = json.loads((DOCUMENTS / "grafana-dashboard.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    assert len(queries) >= 20
    return [re.sub(r"\$(instance|device)", ".*", query).replace("$__rate_interval", "5m") for query in queries]


def check_answers(prometheus: Prometheus) -> None:
    for expression in HOLDS:
        wait_for(expression, lambda expression=expression: prometheus.query(expression))
    # Of all devices, and not of some; of one that is lost nobody knows how large it is.
    assert len(prometheus.query(HOLDS[0])) == len(prometheus.query("weightroom_device_up == 1"))
    of_memory = prometheus.ask("metadata", metric="weightroom_device_memory_bytes")["weightroom_device_memory_bytes"]
    assert {(row["type"], row["unit"]) for row in of_memory} == {("gauge", "bytes")}, of_memory
    for expression in dashboard_queries():
        wait_for(expression, lambda expression=expression: prometheus.query(expression))
    rules = wait_for("the rules were evaluated", lambda: rules_of(prometheus))
    assert len(rules) >= 6 and set(rules.values()) == {"ok"}, rules
    assert prometheus.query('ALERTS{instance="ws-07"}') == []


def rules_of(prometheus: Prometheus) -> dict[str, str]:
    """How each of them is; empty until all have been evaluated."""
    rules = {rule["name"]: rule["health"] for group in prometheus.ask("rules")["groups"] for rule in group["rules"]}
    return {} if "unknown" in rules.values() else rules


def load_a_model(program: str, served: ServedRest) -> None:
    run(program, "make-sample", served.library, "--type", "lora", "--socket-folder", served.sockets)
    model = min(served.library.rglob("*.safetensors"))
    run(program, "load", model, "--device", "HOST_0", "--socket-folder", served.sockets)


def check(program: str, prometheus_program: str, promtool: str, folder: Path) -> None:
    run(promtool, "check", "rules", RULES)
    run(promtool, "test", "rules", HERE / "alerts_test.yml")
    served = ServedRest(program, folder)
    try:
        load_a_model(program, served)
        metrics = get(f"{served.url}/metrics", served.read_token_file.read_text().strip())
        run(promtool, "check", "metrics", given=in_the_older_format(metrics))
        run(promtool, "check", "metrics", given=in_the_older_format(EVERYTHING.read_text()))
        target = served.url.removeprefix("http://")
        played = f"127.0.0.1:{PlayedWorkstation().server_port}"
        prometheus = Prometheus(prometheus_program, folder, target, played, served.read_token_file)
        try:
            check_answers(prometheus)
        finally:
            prometheus.end()
    finally:
        wrong = served.end()
    assert not wrong, wrong


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="weightroom-prometheus-") as name:
        check(*sys.argv[1:4], Path(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
