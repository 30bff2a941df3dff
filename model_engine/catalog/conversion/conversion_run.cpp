// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/conversion_run.h"

#include "model_engine/catalog/conversion/tensor_stream.h"

#include <algorithm>
#include <optional>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

std::optional<Bytes> sizeOf(const fs::path& file)
{
    std::error_code failed;
    const auto size = fs::file_size(file, failed);
    return failed ? std::nullopt : std::optional{Bytes{size}};
}

/// Of the `size` bytes that end at `end`. Nothing when they cannot be read.
std::optional<std::uint64_t> hashOfFile(const fs::path& path, Bytes end, Bytes size)
{
    const auto file = InputFile::open(path);
    if (!file)
        return std::nullopt;
    RunningHash hash;
    std::vector<std::byte> buffer(std::min(size, kWriterBlock).value);
    for (Bytes left = size; left > Bytes{};) {
        const auto block = std::span{buffer}.first(std::min(left, kWriterBlock).value);
        if (!file->readAt((end - left).value, block))
            return std::nullopt;
        hash.add(block);
        left -= Bytes{block.size()};
    }
    return hash.value();
}

std::uint64_t convertedTensorsOf(const OutputFile& file)
{
    return static_cast<std::uint64_t>(std::ranges::count_if(file.tensors,
        [](const OutputTensor& tensor) { return tensor.parts.front().dtype != tensor.description.dtype; }));
}

} // namespace

ConversionRun::ConversionRun(const OpenedModel& model, const ConversionPlan& plan,
    std::span<const SafetensorsContent> contents, PartialOutput& output, const ConversionControl& control)
    : m_model(model)
    , m_plan(plan)
    , m_contents(contents)
    , m_output(output)
    , m_control(control)
{
    for (std::size_t file = 0; file < contents.size(); ++file)
        m_total += dataSizeOf(file);
}

fs::path ConversionRun::pathOf(std::size_t file) const
{
    const fs::path& path = m_plan.files[file].path;
    return path.empty() ? m_output.content() : m_output.content() / path;
}

Bytes ConversionRun::dataSizeOf(std::size_t file) const
{
    return m_contents[file].size() - Bytes{m_contents[file].header().size()};
}

Result<> ConversionRun::prepare()
{
    if (const auto& point = m_output.point()) {
        if (canGoOnFrom(*point))
            goOnFrom(*point);
        else if (auto cleared = m_output.startAnew(); !cleared)
            return cleared;
    }
    for (std::size_t file = 0; file < m_contents.size(); ++file) {
        if (auto taken = takeRoomFor(file); !taken)
            return fail(ofAllFiles(std::move(taken).error()));
    }
    return {};
}

/// The journal is of this very conversion, but perhaps not of these files: somebody may have changed them, or a disk
/// may not have kept what it promised.
bool ConversionRun::canGoOnFrom(const DurablePoint& point) const
{
    if (point.file >= m_contents.size() || point.size > m_contents[point.file].size())
        return false;
    for (std::size_t file = 0; file < point.file; ++file) {
        if (sizeOf(pathOf(file)) != m_contents[file].size())
            return false;
    }
    const auto size = sizeOf(pathOf(point.file));
    if (!size || *size < point.size || *size > m_contents[point.file].size())
        return false;
    return hashOfFile(pathOf(point.file), point.size, point.checked) == point.hash;
}

void ConversionRun::goOnFrom(const DurablePoint& point)
{
    for (std::size_t file = 0; file < point.file; ++file)
        m_done += dataSizeOf(file);
    const Bytes header{m_contents[point.file].header().size()};
    m_done += point.size - std::min(point.size, header);
    m_resumed = m_done;
    m_loss = point.loss;
    if (m_control.resumed)
        m_control.resumed(m_resumed);
}

Result<> ConversionRun::takeRoomFor(std::size_t file)
{
    const fs::path& name = m_plan.files[file].path;
    if (!name.empty()) {
        if (auto made = m_output.addFolder(name.parent_path()); !made)
            return made;
    }
    auto opened = PartialFile::open(pathOf(file));
    if (!opened)
        return fail(std::move(opened).error());
    if (auto reserved = opened->reserve(m_contents[file].size()); !reserved)
        return reserved;
    m_taken += m_contents[file].size();
    m_files.push_back(std::move(*opened));
    return {};
}

/// What one file of several lacks is not what the user has to make room for.
Error ConversionRun::ofAllFiles(Error error) const
{
    if (error.code != ErrorCode::DiskFull || !error.context.available)
        return error;
    Bytes needed;
    for (const SafetensorsContent& content : m_contents)
        needed += content.size();
    error.context.required = needed;
    error.context.available = *error.context.available + m_taken;
    return error;
}

Result<> ConversionRun::write()
{
    const DurablePoint begin = m_resumed > Bytes{} ? m_output.point().value_or(DurablePoint{}) : DurablePoint{};
    for (std::size_t file = begin.file; file < m_files.size(); ++file) {
        if (auto written = writeFile(file, file == begin.file ? begin.size : Bytes{}); !written)
            return written;
    }
    return m_model.files.checkUnchanged();
}

Result<> ConversionRun::writeFile(std::size_t file, Bytes begin)
{
    const OutputFile& output = m_plan.files[file];
    std::optional<TensorStream> stream;
    std::size_t streamed = 0;
    const auto fill = [&](std::size_t tensor, std::uint64_t offset, std::span<std::byte> block) -> Result<> {
        if (!stream || streamed != tensor) {
            stream.emplace(m_model.files, output.tensors[tensor], m_loss);
            stream->skip(offset);
            streamed = tensor;
        }
        if (auto read = stream->read(block); !read)
            return read;
        m_done += Bytes{block.size()};
        tellProgress();
        return m_model.files.checkUnchanged(); // soon: the rest of a large file would take minutes
    };
    if (auto moved = m_files[file].continueAt(begin); !moved)
        return moved;
    m_position = begin;
    m_hash.reset();
    m_hashed = Bytes{};
    const auto appendTo = [this, file](std::span<const std::byte> block) { return append(file, block); };
    if (auto written = m_contents[file].write(begin, appendTo, fill, m_control.stop); !written)
        return written;
    return m_files[file].sync(); // a later point of another file tells that this one is whole
}

Result<> ConversionRun::append(std::size_t file, std::span<const std::byte> block)
{
    if (auto written = m_files[file].append(block); !written)
        return written;
    const Bytes size{block.size()};
    m_position += size;
    m_hash.add(block);
    m_hashed += size;
    m_sincePoint += size;
    return m_sincePoint < m_control.durableInterval ? Result<>{} : noteDurable(file);
}

Result<> ConversionRun::noteDurable(std::size_t file)
{
    if (auto synced = m_files[file].sync(); !synced)
        return synced;
    if (auto noted = m_output.note({file, m_position, m_hashed, m_hash.value(), m_loss}); !noted)
        return noted;
    m_hash.reset();
    m_hashed = Bytes{};
    m_sincePoint = Bytes{};
    return {};
}

void ConversionRun::tellProgress() const
{
    if (m_control.progress)
        m_control.progress(m_done, m_total);
}

ConversionReport ConversionRun::report(const fs::path& target) const
{
    ConversionReport report;
    for (std::size_t i = 0; i < m_contents.size(); ++i) {
        const OutputFile& file = m_plan.files[i];
        report.files.push_back({file.path.empty() ? target : target / file.path, m_contents[i].size()});
        report.tensors += file.tensors.size();
        report.convertedTensors += convertedTensorsOf(file);
    }
    report.droppedTensors = m_plan.droppedTensors;
    report.droppedSize = m_plan.droppedSize;
    report.loss = m_loss;
    report.written = m_taken;
    report.resumed = m_resumed;
    report.notes = m_plan.notes;
    return report;
}

} // namespace weightroom::engine
