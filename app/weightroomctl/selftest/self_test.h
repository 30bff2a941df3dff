// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/core/settings/settings.h"
#include "model_engine/core/system/log.h"

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace weightroom::ctl {

/// One check of the self-test.
struct SelfTestRow {
    engine::DeviceId device;
    std::string name;
    std::optional<engine::Error> error{}; ///< absent: passed, or skipped
    std::string skipped{}; ///< why it could not be run here; empty when it was
    std::optional<double> bytesPerSecond{}; ///< what was measured; absent where nothing was
};

struct SelfTestReport {
    std::vector<SelfTestRow> rows;
    [[nodiscard]] bool isPassed() const;
};

/// What to test, and with what.
struct SelfTestRequest {
    engine::Settings settings;
    engine::DeviceId only{}; ///< empty: all devices
    /// A model to load, from the disk whose limit is measured; empty: a sample of some MB in the temporary folder,
    /// which is removed afterwards, and no limit of a disk.
    std::filesystem::path model{};
};

/// For every device: the promises of Device (device_contract.h), a compaction of its memory, LibTorch reading it in
/// place, the limits of this machine; then, in an engine of its own, a whole load with its bytes read back, the same
/// from the cache, and an unload that gives everything back. A GPU that cannot be used is a row that failed, with the
/// reason. Rows are printed to `out` (if there is one) as they come. Errors: DeviceNotFound; ModelNotFound; Cancelled;
/// those of writing the sample and of the scan.
[[nodiscard]] engine::Result<SelfTestReport> runSelfTest(
    const SelfTestRequest& request, engine::LogSink& log, const std::stop_token& stop, std::ostream* out);

[[nodiscard]] engine::Json toJson(const SelfTestReport& report);

} // namespace weightroom::ctl
