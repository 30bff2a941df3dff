// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/nvml/nvml_library.h"

#include <optional>

namespace weightroom::engine {

/// What NVML is asked about one GPU. Once it is gone nothing is asked any more.
class GpuQuestions {
public:
    GpuQuestions(const NvmlFunctions& functions, nvmlDevice_t device)
        : m_functions(functions)
        , m_device(device)
    {
    }

    [[nodiscard]] const NvmlFunctions& functions() const { return m_functions; }
    /// Whom the next questions are about.
    void turnTo(nvmlDevice_t device) { m_device = device; }
    /// Whether it was answered. A function that the driver has not is none that answers.
    template <class Function, class... Arguments>
    [[nodiscard]] bool ask(Function function, Arguments... arguments)
    {
        return result(function, arguments...) == NVML_SUCCESS;
    }
    template <class Function, class... Arguments>
    [[nodiscard]] nvmlReturn_t result(Function function, Arguments... arguments)
    {
        if (!function || m_loss)
            return NVML_ERROR_FUNCTION_NOT_FOUND;
        const nvmlReturn_t answer = function(m_device, arguments...);
        if (answer == NVML_ERROR_GPU_IS_LOST || answer == NVML_ERROR_RESET_REQUIRED
            || answer == NVML_ERROR_GPU_NOT_FOUND)
            m_loss = answer;
        m_hasAnswered = m_hasAnswered || answer == NVML_SUCCESS;
        if (answer == NVML_ERROR_UNKNOWN || answer == NVML_ERROR_UNINITIALIZED)
            m_failure = answer;
        return answer;
    }
    /// A number as NVML mostly gives it.
    template <class Function, class... Arguments>
    [[nodiscard]] std::optional<unsigned> number(Function function, Arguments... arguments)
    {
        unsigned value = 0;
        return ask(function, arguments..., &value) ? std::optional{value} : std::nullopt;
    }
    [[nodiscard]] std::optional<nvmlReturn_t> loss() const { return m_loss; }
    /// Why nothing at all was answered.
    [[nodiscard]] std::optional<nvmlReturn_t> failure() const { return m_hasAnswered ? std::nullopt : m_failure; }

private:
    const NvmlFunctions& m_functions;
    nvmlDevice_t m_device;
    std::optional<nvmlReturn_t> m_loss;
    std::optional<nvmlReturn_t> m_failure;
    bool m_hasAnswered = false;
};

} // namespace weightroom::engine
