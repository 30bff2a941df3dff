#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests the layering check on small trees that it makes itself."""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import check_layering  # noqa: E402

GOOD = {
    "model_engine/core/result.h": "#include <tl/expected.hpp>\n#include <string>\n",
    "model_engine/core/quick.h": "#include <queue>\n#include <sys/queue.h>\n",
    "model_engine/formats/gguf.cpp": '#include "model_engine/formats/gguf.h"\n#include "model_engine/core/result.h"\n',
    "model_engine/device/cuda/cuda_driver.h": "#include <cuda.h>\n#include <nvml.h>\n",
    "model_engine/loader/torch/convert.cpp": "#include <torch/torch.h>\n#include <c10/cuda/CUDAStream.h>\n",
    "model_engine/engine.h": '#include "model_engine/server/socket.h"\n',
    "ui/bridge/engine_bridge.h": '#include <QObject>\n#include "model_engine/engine.h"\n',
    "ui/models/model_list.cpp": '#include <QtCharts/QChart>\n#include "ui/bridge/text/units.h"\n#include "ui/pages/page.h"\n'
                                '#include "model_list.moc"\n',
    "ui/main_window.cpp": '#include "ui/pages/library/library_page.h"\n',
    "app/weightroom/main.cpp": '#include "ui/main_window.h"\n#include "model_engine/engine.h"\n',
    "tests/model_engine/core/test_result.cpp": '#include "model_engine/server/socket.h"\n#include <QTest>\n'
                                               '#include "test_result.moc"\n',
    "tests/fake_cuda/driver.cpp": "#include <cuda.h>\n",
    "tests/model_engine/device/test_cuda.cpp": "#include <cuda.h>\n",
}

# file, its text, the line and the rule that the check must name
BAD = [
    ("model_engine/core/a.cpp", '// x\n#include "model_engine/formats/b.h"\n', 2, "order"),
    ("model_engine/memory/a.cpp", '#include "model_engine/device/b.h"\n', 1, "order"),
    ("model_engine/server/a.cpp", '#include "model_engine/engine.h"\n', 1, "order"),
    ("model_engine/core/a.cpp", '#include "model_engine/engine.h"\n', 1, "order"),
    ("model_engine/engine.cpp", '#include "ui/bridge/engine_bridge.h"\n', 1, "order"),
    ("model_engine/core/a.cpp", '#include "tests/support/clock.h"\n', 1, "order"),
    ("model_engine/unheard/a.cpp", '#include "model_engine/core/result.h"\n', 1, "order"),
    ("model_engine/core/a.cpp", '#include "model_engine/unheard/a.h"\n', 1, "order"),
    ("ui/bridge/a.cpp", '#include "ui/models/b.h"\n', 1, "order"),
    ("ui/pages/a.cpp", '#include "app/weightroom/main.h"\n', 1, "order"),
    ("ui/pages/a.cpp", '#  include "model_engine/core/bytes.h"\n', 1, "engine"),
    ("ui/main_window.cpp", '#include "model_engine/engine.h"\n', 1, "engine"),
    ("model_engine/core/a.cpp", "#include <QString>\n", 1, "qt"),
    ("model_engine/core/a.cpp", "#include <QtCore/QString>\n", 1, "qt"),
    ("model_engine/core/a.cpp", "#include <qglobal.h>\n", 1, "qt"),
    ("model_engine/memory/a.cpp", "#include <cuda.h>\n", 1, "cuda"),
    ("model_engine/monitor/a.cpp", "#include <nvml.h>\n", 1, "cuda"),
    ("ui/pages/a.cpp", "#include <cuda_runtime_api.h>\n", 1, "cuda"),
    ("tests/model_engine/loader/a.cpp", "#include <cuda.h>\n", 1, "cuda"),
    ("model_engine/loader/a.cpp", "#include <torch/torch.h>\n", 1, "torch"),
    ("tests/a.cpp", "#include <ATen/ATen.h>\n", 1, "torch"),
    ("model_engine/core/a.cpp", '#include "result.h"\n', 1, "path"),
    ("model_engine/formats/a.cpp", '#include "../core/result.h"\n', 1, "path"),
    ("model_engine/formats/a.cpp", '#include "model_engine/core/../server/a.h"\n', 1, "path"),
    ("model_engine/loader/torch/a.cpp", "auto t = torch" + "::load(x);\n", 1, "pickle"),
    ("app/weightroomctl/a.cpp", "\n\nauto t = torch::jit" + "::load(x);\n", 3, "pickle"),
    ("tests/a.cpp", "auto t = torch::pickle" + "_load(x);\n", 1, "pickle"),
]


def problems_of(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return list(check_layering.check_tree(folder))


class CheckLayeringTest(unittest.TestCase):
    def test_good_tree_has_no_problem(self):
        self.assertEqual(problems_of(GOOD), [])

    def test_each_bad_include_is_found_at_its_line(self):
        for file, text, line, rule in BAD:
            with self.subTest(file=file, text=text):
                problems = problems_of({**GOOD, file: text})
                self.assertEqual(len(problems), 1, problems)
                self.assertTrue(problems[0].startswith(f"{file}:{line}: {rule}: "), problems[0])

    def test_program_fails_on_a_bad_tree(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model_engine/core/a.cpp")
            path.parent.mkdir(parents=True)
            path.write_text("#include <QString>\n", encoding="utf-8")
            run = subprocess.run([sys.executable, check_layering.__file__, folder], capture_output=True, text=True)
        self.assertEqual(run.returncode, 1)
        self.assertIn("model_engine/core/a.cpp:1: qt:", run.stdout)


if __name__ == "__main__":
    unittest.main()
