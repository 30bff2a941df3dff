# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that uses a pipeline: told by lines on its standard input what to do, it answers with one line of JSON each.

    python pipeline_user.py SOCKET FOLDER
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Optional

PATIENCE = 120.0


class PipelineUser:
    """Such a process, to those who start it."""

    def __init__(self, socket: Path, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(socket), str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"},
            text=True,
        )

    @property
    def process_id(self) -> int:
        return self._process.pid

    def ask(self, wish: str) -> Any:
        """Send a wish, and wait for its answer."""
        self.begin(wish)
        return self.answer()

    def begin(self, wish: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(wish + "\n")
        self._process.stdin.flush()

    def answer(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the process has ended"
        return json.loads(line)

    def close(self) -> None:
        """Let it end."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(PATIENCE)


class _Worker:
    def __init__(self, socket: str, folder: str) -> None:
        import weightroom

        self._client = weightroom.Client(socket)
        self._folder = folder
        self._weights: dict[str, Any] = {}
        self._pipeline: Optional[Any] = None

    def ready(self) -> int:
        """Import all that is needed, and use it once: what libraries take for themselves is taken now."""
        from weightroom.diffusers import load_component

        load_component(self._folder, "text_encoder", client=self._client)
        gc.collect()
        return os.getpid()

    def attach(self) -> int:
        """Attach all weights, and read every page."""
        from weightroom.torch import lease_on, views_of

        model_id = self._client.model.get_model_of_file(path=self._folder)["model_id"]
        lease = lease_on(self._client, model_id, None, None, as_stored=True)
        names = (f"{tensor.component_id}/{tensor.name}" for tensor in lease.tensors)
        self._weights = dict(zip(names, views_of(lease)))
        for tensor in self._weights.values():
            tensor.float().sum() if tensor.dtype.itemsize < 4 else tensor.sum()
        gc.collect()
        return sum(tensor.nbytes for tensor in self._weights.values())

    def weights(self) -> str:
        from sdxl_pipeline import digest_of_weights

        return digest_of_weights(self._weights)

    def outputs(self) -> dict[str, str]:
        from sdxl_pipeline import digests_of
        from weightroom.diffusers import load_pipeline

        if self._pipeline is None:
            self._pipeline = load_pipeline(self._folder, client=self._client)
        return digests_of(self._pipeline)

    def change(self) -> bool:
        """Change weights of the UNet where they lie, as a LoRA is merged."""
        import torch

        assert self._pipeline is not None
        with torch.no_grad():
            for parameter in self._pipeline.unet.parameters():
                parameter.add_(0.01)
        return True


def main() -> None:
    worker = _Worker(sys.argv[1], sys.argv[2])
    for line in sys.stdin:
        print(json.dumps(getattr(worker, line.strip())()), flush=True)


if __name__ == "__main__":
    main()
