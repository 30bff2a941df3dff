// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/support/temporary_folder.h"

#include <QByteArray>
#include <QtGlobal>

#include <fstream>
#include <iterator>
#include <string>

namespace weightroom::test {

/// A test double of the Python that is the peer of benchmarks: a program of the shell that speaks its protocol, named
/// by WEIGHTROOM_PYTHON while this lives. No figure of it is a measurement.
class ScriptedPython {
public:
    /// `body`: where "$1" is the device and the files follow; `ready` and `loaded BYTES` print the usual answers.
    explicit ScriptedPython(const std::string& body)
        : m_before(qgetenv(kVariable))
    {
        const auto program = m_folder.write("python", "#!/bin/sh\n" + std::string{kPrologue} + body + "\n");
        std::filesystem::permissions(program, std::filesystem::perms::owner_all);
        qputenv(kVariable, program.c_str());
    }
    ~ScriptedPython() { m_before.isNull() ? qunsetenv(kVariable) : qputenv(kVariable, m_before); }
    ScriptedPython(const ScriptedPython&) = delete;
    ScriptedPython& operator=(const ScriptedPython&) = delete;

    [[nodiscard]] const TemporaryFolder& folder() const { return m_folder; } ///< "$folder" in the body
    /// A line for each start: the GPUs that it sees, its options, the device and the files.
    [[nodiscard]] std::string starts() const
    {
        std::ifstream file{m_folder / "starts"};
        return {std::istreambuf_iterator<char>{file}, {}};
    }

    /// Loads so many bytes whenever it is asked.
    [[nodiscard]] static std::string loading(std::size_t bytes)
    {
        return "ready; while read -r line; do loaded " + std::to_string(bytes) + "; done";
    }

    static constexpr const char* kVariable = "WEIGHTROOM_PYTHON";

private:
    static constexpr const char* kPrologue = R"(folder=${0%/*}
options="$1 $2"
shift 3
echo "$CUDA_VISIBLE_DEVICES|$options|$*" >> "$folder/starts"
ready() { echo '{"ready": true, "safetensors": "9.9.9", "torch": "9.0"}'; }
loaded() { echo "{\"seconds\": 0.25, \"bytes\": $1}"; }
)";

    const TemporaryFolder m_folder;
    const QByteArray m_before;
};

} // namespace weightroom::test
