// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/nvml/gpu_reader.h"
#include "tests/fake_nvml/fake_nvml_control.h"

#include <string>

namespace weightroom::test {

inline const std::string kRecordedUuid = "GPU-00000000-0000-0000-0000-000000000001"; ///< of every recording

inline fake_nvml::Control& nvml() { return fake_nvml::fakeNvml(); }

/// Opens the double, finds the recorded GPU, and reads it.
inline engine::Result<engine::GpuReading> readRecorded(engine::ReadingScope scope = engine::ReadingScope::Full)
{
    const auto library = engine::NvmlLibrary::open(fake_nvml::libraryPath());
    if (!library)
        return engine::fail(library.error());
    const auto reader = engine::GpuReader::open(*library, kRecordedUuid);
    return reader ? reader->read(scope) : engine::Result<engine::GpuReading>{engine::fail(reader.error())};
}

} // namespace weightroom::test
