// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/json.h"
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/fake_nvml/fake_nvml_control.h"
#include "tests/support/temporary_folder.h"

#include <fstream>
#include <string>
#include <unistd.h>

namespace weightroom::test {

/// The fake NVML, which says of the GPU of the fake CUDA what that has given out: both doubles are one machine.
class FakeGpuView {
public:
    static constexpr engine::Bytes kReserved = engine::kMiB * 16;
    static constexpr engine::Bytes kContext = engine::kMiB * 48; ///< of this process beside its slabs

    /// Plays a recording (tests/data/nvml), as that of the GPU with this UUID. False when it cannot be read.
    [[nodiscard]] bool play(const std::string& uuid, const std::string& name = "h100-driver-580")
    {
        std::ifstream recording{WEIGHTROOM_TEST_DATA_DIR "/nvml/" + name + ".json"};
        engine::Json document = engine::Json::parse(recording, nullptr, false);
        if (document.is_discarded())
            return false;
        document["uuid"] = uuid.starts_with("GPU-") ? uuid : "GPU-" + uuid;
        return fake_nvml::fakeNvml().play(m_folder.write("recording.json", document.dump()));
    }
    /// What the driver sees now: other programs have what the fake machine says, of which `process` has `ofProcess`.
    void update(const fake_cuda::Machine& machine, unsigned process = 0, engine::Bytes ofProcess = {})
    {
        auto& nvml = fake_nvml::fakeNvml();
        const std::uint64_t ours = fake_cuda::fakeCuda().live().memory + kContext.value;
        const std::uint64_t used = ours + machine.foreignUse;
        const std::string memory = "nvmlDeviceGetMemoryInfo_v2";
        const std::uint64_t total = machine.memory + kReserved.value + kContext.value;
        nvml.set(memory, "total", total);
        nvml.set(memory, "reserved", kReserved.value);
        nvml.set(memory, "used", used);
        nvml.set(memory, "free", total - kReserved.value - used);
        const std::string list = "nvmlDeviceGetComputeRunningProcesses_v3";
        nvml.refuse(list, 0); // forgets those that were there
        nvml.addProcess(list, static_cast<unsigned>(::getpid()), ours);
        if (process != 0)
            nvml.addProcess(list, process, ofProcess.value);
    }

private:
    TemporaryFolder m_folder;
};

} // namespace weightroom::test
