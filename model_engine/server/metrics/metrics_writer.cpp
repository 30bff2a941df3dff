// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/metrics/metrics_writer.h"

#include "model_engine/core/utf8.h"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string_view suffixOf(MetricType type)
{
    switch (type) {
    case MetricType::Counter:
        return "_total";
    case MetricType::Info:
        return "_info";
    case MetricType::Gauge:
    case MetricType::Unknown:
        break;
    }
    return {};
}

bool isControl(std::uint32_t codePoint) { return codePoint < 0x20 || (codePoint >= 0x7F && codePoint < 0xA0); }

void appendEscaped(std::string& out, std::string_view value)
{
    while (!value.empty()) {
        const Utf8Character next = decodeUtf8(value);
        const std::string_view bytes = value.substr(0, next.length);
        value.remove_prefix(next.length);
        if (bytes == "\n")
            out += "\\n";
        else if (!next.isValid || isControl(next.codePoint))
            out += kReplacement;
        else
            out.append(bytes == "\\" || bytes == "\"" ? "\\" : "").append(bytes);
    }
}

} // namespace

std::string_view toText(MetricType type)
{
    switch (type) {
    case MetricType::Gauge:
        return "gauge";
    case MetricType::Counter:
        return "counter";
    case MetricType::Info:
        return "info";
    case MetricType::Unknown:
        break;
    }
    return "unknown";
}

std::string MetricFamily::sampleName() const { return std::string{name}.append(suffixOf(type)); }

std::string metricLabels(std::initializer_list<MetricLabel> labels)
{
    std::string text;
    for (const MetricLabel& label : labels) {
        if (label.value.empty())
            continue;
        text.append(text.empty() ? "{" : ",").append(label.name).append("=\"");
        appendEscaped(text, label.value);
        text += '"';
    }
    return text.empty() ? text : text + '}';
}

void MetricsWriter::begin(const MetricFamily& family)
{
    m_family = &family;
    m_hasHead = false;
    m_sampleName = family.sampleName();
}

void MetricsWriter::add(std::string_view labels, double value)
{
    if (!std::isfinite(value))
        return;
    std::array<char, 32> digits{}; // the shortest that is read as the same number has 24 characters at most
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    addText(labels, {digits.data(), end});
}

void MetricsWriter::addText(std::string_view labels, std::string_view value)
{
    if (!std::exchange(m_hasHead, true)) {
        const auto line = [this](std::string_view what, std::string_view text) {
            m_text.append("# ").append(what).append(" ").append(m_family->name).append(" ").append(text).append("\n");
        };
        line("TYPE", toText(m_family->type));
        if (!m_family->unit.empty())
            line("UNIT", m_family->unit);
        line("HELP", m_family->help);
    }
    m_text.append(m_sampleName).append(labels).append(" ").append(value).append("\n");
}

std::string MetricsWriter::finish() &&
{
    m_text += "# EOF\n";
    return std::move(m_text);
}

} // namespace weightroom::engine
