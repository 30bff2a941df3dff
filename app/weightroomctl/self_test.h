// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/core/log.h"
#include "model_engine/core/settings.h"

#include <iosfwd>
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
    std::string figure{}; ///< what was measured, as text; empty where nothing was
};

struct SelfTestReport {
    std::vector<SelfTestRow> rows;
    [[nodiscard]] bool isPassed() const;
};

/// Runs on the devices of these settings, or on the one that is named: the promises of Device (device_contract.h);
/// LibTorch reading the device's memory in place; then, in an engine of its own, a whole load of a sample model with
/// its bytes read back, the same from the cache, and an unload that gives everything back. Rows are printed to `out`
/// (if there is one) as they come. It writes a sample model of some MB to the temporary folder and removes it. Errors:
/// DeviceNotFound; Cancelled; those of writing the sample.
[[nodiscard]] engine::Result<SelfTestReport> runSelfTest(const engine::Settings& settings, const engine::DeviceId& only,
    engine::LogSink& log, const std::stop_token& stop, std::ostream* out);

[[nodiscard]] engine::Json toJson(const SelfTestReport& report);

} // namespace weightroom::ctl
