// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/value_check.h"

#include "model_engine/catalog/validation/value_scan.h"
#include "model_engine/formats/tensor_elements.h"

namespace weightroom::engine {
namespace {

/// Of all tensors together.
struct Totals {
    std::uint64_t elements = 0;
    std::uint64_t nan = 0;
    std::uint64_t infinite = 0;
    std::uint64_t zeroMatrices = 0;
    std::uint64_t unknown = 0; ///< tensors of types whose values cannot be computed
};

class ValueCheck {
public:
    ValueCheck(
        const OpenedModel& model, ValidationReport& report, const ByteProgress& progress, const std::stop_token& stop)
        : m_model(model)
        , m_report(report)
        , m_progress(progress)
        , m_stop(stop)
    {
    }

    [[nodiscard]] Result<> run()
    {
        for (const TensorEntry& entry : m_model.index.tensors) {
            if (!ValueScan::knows(entry.dtype)) {
                ++m_totals.unknown;
                advance(contiguousSize(entry));
                continue;
            }
            if (auto read = scan(entry); !read)
                return read;
        }
        m_report.checks.push_back({"values", status(), finding(), detail()});
        return m_model.files.checkUnchanged();
    }

private:
    [[nodiscard]] Result<> scan(const TensorEntry& entry)
    {
        ValueScan scan{entry.dtype};
        const auto take = [&](std::span<const std::byte> bytes) -> Result<> {
            if (m_stop.stop_requested())
                return fail(ErrorCode::Cancelled, "cancelled while values were checked");
            scan.take(bytes);
            m_report.read += Bytes{bytes.size()};
            advance(Bytes{bytes.size()});
            return {};
        };
        if (auto read = readElements(m_model.files.source(entry.file), entry, take); !read)
            return read;
        add(entry, scan.counts());
        return m_model.files.checkUnchanged(); // soon: the rest of a large file would take minutes
    }

    void add(const TensorEntry& entry, const ValueCounts& counts)
    {
        const std::uint64_t elements = entry.shape.elements().value_or(0);
        const bool isZeroMatrix =
            counts.isAllZero && elements > 0 && entry.shape.rank() > 1 && traitsOf(entry.dtype).isFloat;
        m_totals.elements += elements;
        m_totals.nan += counts.nan;
        m_totals.infinite += counts.infinite;
        m_totals.zeroMatrices += isZeroMatrix ? 1 : 0;
        if (counts.nan == 0 && counts.infinite == 0 && !isZeroMatrix)
            return;
        ++m_report.tensorsWithProblems;
        if (m_report.tensors.size() < kMostTensorProblems)
            m_report.tensors.push_back({entry.name, counts.nan, counts.infinite, isZeroMatrix});
    }

    [[nodiscard]] CheckStatus status() const
    {
        if (m_totals.nan > 0 || m_totals.infinite > 0)
            return CheckStatus::Failed;
        return m_totals.zeroMatrices > 0 || m_totals.unknown > 0 ? CheckStatus::Warning : CheckStatus::Passed;
    }

    [[nodiscard]] FindingWord word() const
    {
        if (m_totals.nan > 0)
            return FindingWord::NanFound;
        if (m_totals.infinite > 0)
            return FindingWord::InfiniteFound;
        if (m_totals.zeroMatrices > 0)
            return FindingWord::AllZero;
        return m_totals.unknown > 0 ? FindingWord::UnknownValues : FindingWord::AllNumbers;
    }

    [[nodiscard]] CheckFinding finding() const
    {
        CheckFinding finding{word(),
            {{"elements", m_totals.elements}, {"nan", m_totals.nan}, {"infinite", m_totals.infinite},
                {"zero_tensors", m_totals.zeroMatrices}, {"unknown_tensors", m_totals.unknown}}};
        for (const TensorProblem& tensor : m_report.tensors) {
            if (finding.names.size() < kMostFindingNames)
                finding.names.push_back(tensor.name);
        }
        return finding;
    }

    [[nodiscard]] std::string detail() const
    {
        std::string text = std::to_string(m_totals.elements) + " elements: " + std::to_string(m_totals.nan) + " NaN, "
            + std::to_string(m_totals.infinite) + " infinite; " + std::to_string(m_totals.zeroMatrices)
            + " tensors of nothing but zeros";
        if (m_totals.unknown > 0)
            text += "; " + std::to_string(m_totals.unknown) + " tensors of types whose values cannot be computed";
        return text;
    }

    void advance(Bytes bytes) const { m_progress.advance(bytes); }

    const OpenedModel& m_model;
    ValidationReport& m_report;
    const ByteProgress& m_progress;
    const std::stop_token& m_stop;
    Totals m_totals;
};

} // namespace

Result<> checkValues(
    const OpenedModel& model, ValidationReport& report, const ByteProgress& progress, const std::stop_token& stop)
{
    progress.expect(model.index.dataSize);
    return ValueCheck{model, report, progress, stop}.run();
}

} // namespace weightroom::engine
