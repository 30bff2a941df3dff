// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/fake_nvml/fake_nvml_control.h"

#include <nlohmann/json.hpp>
#include <nvml.h>

#include <functional>
#include <limits>
#include <mutex>
#include <string>
#include <vector>

namespace weightroom::fake_nvml {

/// What the fake NVML answers: the recording, and what tests have changed in it.
class Answers final : public Control {
public:
    bool play(const std::string& file) override;
    void refuse(const std::string& question, int result) override;
    void remove(const std::string& question) override;
    void set(const std::string& question, const std::string& name, std::uint64_t value) override;
    void addProcess(const std::string& question, unsigned id, std::uint64_t memory) override;
    void loseAt(std::uint64_t n, int result) override;
    void cutUp() override;
    void addLostGpu() override;
    void refuseToStart(int result) override;
    [[nodiscard]] std::uint64_t questions() const override;
    [[nodiscard]] std::uint64_t questionsAfterLoss() const override;
    [[nodiscard]] int users() const override;

    nvmlReturn_t start();
    /// Whether the GPU is found; no question about it.
    [[nodiscard]] nvmlReturn_t find() const;
    nvmlReturn_t end();
    [[nodiscard]] bool isCutUp() const;
    [[nodiscard]] unsigned lostGpus() const;
    /// A text of the document: "driver", "nvml", "uuid".
    [[nodiscard]] std::string text(const std::string& name) const;
    /// Calls `fill` with the answer where there is one.
    nvmlReturn_t answer(const std::string& question, const std::function<void(const nlohmann::json&)>& fill);
    /// A question to which there is this answer, whatever was recorded, unless the GPU is lost.
    nvmlReturn_t answer(nvmlReturn_t result);

private:
    nlohmann::json& row(const std::string& question);

    mutable std::mutex m_mutex; ///< guards all that follows
    nlohmann::json m_document;
    int m_startResult = NVML_SUCCESS;
    int m_users = 0;
    bool m_isCutUp = false;
    unsigned m_lostGpus = 0;
    std::uint64_t m_questions = 0;
    std::uint64_t m_lostAt = std::numeric_limits<std::uint64_t>::max();
    int m_loss = NVML_SUCCESS;
};

[[nodiscard]] Answers& answers();

} // namespace weightroom::fake_nvml
