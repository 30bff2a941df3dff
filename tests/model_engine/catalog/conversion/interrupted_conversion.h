// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/partial_output.h"
#include "tests/model_engine/catalog/conversion/conversion_fixture.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace weightroom::test {

/// Every block is made durable, so that a conversion can be interrupted after each.
inline constexpr engine::Bytes kEveryBlock{1};

/// Thrown in the middle of a conversion: all that it holds is given up, and nothing is decided any more, as when the
/// process is killed.
struct Abandoned { };

/// Converts until the progress has been told `blocks` times, and gives up then: that block was read, and not written.
/// Gives the bytes of weights that were durable; nothing when the conversion ended before.
[[nodiscard]] inline std::optional<engine::Bytes> abandon(const std::filesystem::path& source,
    const engine::ConversionRequest& request, std::size_t blocks, engine::Bytes interval = kEveryBlock)
{
    engine::Bytes before;
    const auto progress = [&](engine::Bytes done, engine::Bytes) {
        if (--blocks == 0)
            throw Abandoned();
        before = done;
    };
    try {
        const auto ended = engine::convertModel(
            *engine::examinePath(source), request, {.progress = progress, .durableInterval = interval});
        return std::nullopt;
    } catch (const Abandoned&) {
        return before;
    }
}

/// The rest of a conversion, or all of it.
[[nodiscard]] inline engine::Result<engine::ConversionReport> finish(
    const std::filesystem::path& source, const engine::ConversionRequest& request, engine::Bytes interval = kEveryBlock)
{
    return engine::convertModel(*engine::examinePath(source), request, {.durableInterval = interval});
}

/// The content of all files below a path, or of the file itself, by name.
[[nodiscard]] inline std::map<std::string, std::string> filesAt(const std::filesystem::path& path)
{
    std::map<std::string, std::string> files;
    const auto read = [&](const std::filesystem::path& file) {
        files[file.lexically_relative(path).string()] =
            engine::readSmallFile(file, engine::kMiB * 64).value_or("unreadable");
    };
    if (!std::filesystem::is_directory(path)) {
        read(path);
        return files;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator{path}) {
        if (entry.is_regular_file())
            read(entry.path());
    }
    return files;
}

/// How two reports differ, but for what an earlier run had written; empty when they do not.
[[nodiscard]] inline std::string difference(const engine::ConversionReport& a, const engine::ConversionReport& b)
{
    const auto numbersOf = [](const engine::ConversionReport& report) {
        return std::vector<double>{static_cast<double>(report.tensors), static_cast<double>(report.convertedTensors),
            static_cast<double>(report.droppedTensors), static_cast<double>(report.loss.elements),
            static_cast<double>(report.loss.overflowed), report.loss.largestError, report.loss.errorSum,
            static_cast<double>(report.written.value), static_cast<double>(report.files.size())};
    };
    const std::vector<double> first = numbersOf(a);
    const std::vector<double> second = numbersOf(b);
    for (std::size_t i = 0; i < first.size(); ++i) {
        if (first[i] != second[i])
            return "number " + std::to_string(i) + ": " + std::to_string(first[i]) + " and "
                + std::to_string(second[i]);
    }
    return a.notes == b.notes ? std::string{} : "other notes";
}

} // namespace weightroom::test
