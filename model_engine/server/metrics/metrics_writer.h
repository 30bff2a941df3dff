// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// The types of OpenMetrics that we have something for.
enum class MetricType : std::uint8_t { Unknown = 0, Gauge, Counter, Info };
[[nodiscard]] std::string_view toText(MetricType type); ///< "unknown", "gauge", "counter", "info"

/// What the samples of one kind have in common.
struct MetricFamily {
    std::string_view name; ///< as in "# TYPE": without the suffix that the type asks for
    MetricType type = MetricType::Unknown;
    std::string_view unit; ///< then the name ends with it: "bytes"; empty: there is none
    std::string_view help; ///< one line, without quotation marks and backslashes

    /// The name that its samples have, and that is asked for: "weightroom_loads_total".
    [[nodiscard]] std::string sampleName() const;
};

struct MetricLabel {
    std::string_view name;
    std::string_view value; ///< any bytes; empty: the label is left out, which means the same
};

/// The labels of a sample as they are written: {device="GPU_0",name="a \"b\""}; empty, where there are none. What is
/// not UTF-8, and characters that control a terminal, become U+FFFD.
[[nodiscard]] std::string metricLabels(std::initializer_list<MetricLabel> labels);

/// Writes text as OpenMetrics 1.0 has it: a family after the other, each with its samples. A family without samples is
/// left out.
class MetricsWriter {
public:
    /// What comes now belongs to this family, which outlives the next one. Each family comes once.
    void begin(const MetricFamily& family);

    /// One sample of it; each `labels` (of metricLabels()) comes once.
    void add(std::string_view labels, Bytes value) { add(labels, value.value); }
    void add(std::string_view labels, double value); ///< what is not finite is no value, and is left out
    template <std::integral T>
    void add(std::string_view labels, T value)
    {
        addText(labels, std::to_string(value));
    }
    /// What is unknown has no line.
    template <class T>
    void add(std::string_view labels, const std::optional<T>& value)
    {
        if (value)
            add(labels, *value);
    }

    /// All of it.
    [[nodiscard]] std::string finish() &&;

private:
    void addText(std::string_view labels, std::string_view value);

    std::string m_text;
    const MetricFamily* m_family = nullptr;
    bool m_hasHead = false; ///< of the family: its first sample has come
    std::string m_sampleName;
};

} // namespace weightroom::engine
