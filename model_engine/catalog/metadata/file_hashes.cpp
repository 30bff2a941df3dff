// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/file_hashes.h"

#include "model_engine/catalog/metadata/digest.h"
#include "model_engine/formats/format_reader.h"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

namespace weightroom::engine {
namespace {

using Algorithm = HashAlgorithm;

constexpr std::array kAlgorithms{Algorithm::Sha256, Algorithm::TensorSha256, Algorithm::AutoV1, Algorithm::AutoV2,
    Algorithm::AutoV3, Algorithm::Crc32};
/// In the order of the enumeration.
constexpr std::array<std::string_view, kAlgorithms.size() + 1> kTexts{
    "none", "sha256", "tensor_sha256", "autov1", "autov2", "autov3", "crc32"};

/// What AutoV1 looks at.
constexpr Bytes kAutoV1Begin = kMiB;
constexpr Bytes kAutoV1Size = kKiB * 64;

/// A hash as some algorithms show it: its first digits.
struct Shown {
    Algorithm algorithm;
    std::size_t digits;
};

/// One digest over one range of the file, and what it gives.
struct Task {
    ByteRange range;
    std::vector<Shown> shown;
    std::unique_ptr<Digest> digest;
};

/// The tasks of one file; only what was asked for and what the file has.
class Plan {
public:
    explicit Plan(const std::set<Algorithm>& wanted)
        : m_wanted(wanted)
    {
    }

    [[nodiscard]] bool wantsAnyOf(std::initializer_list<Algorithm> algorithms) const
    {
        return std::ranges::any_of(algorithms, [this](Algorithm algorithm) { return m_wanted.contains(algorithm); });
    }
    [[nodiscard]] Result<> add(ByteRange range, std::vector<Shown> shown, Result<std::unique_ptr<Digest>> (*make)())
    {
        std::erase_if(shown, [this](const Shown& one) { return !m_wanted.contains(one.algorithm); });
        if (shown.empty())
            return {};
        auto digest = make();
        if (!digest)
            return fail(std::move(digest).error());
        m_tasks.push_back({range, std::move(shown), std::move(*digest)});
        return {};
    }
    [[nodiscard]] std::vector<Task>& tasks() { return m_tasks; }

private:
    const std::set<Algorithm>& m_wanted;
    std::vector<Task> m_tasks;
};

/// Nothing for a file that is no valid safetensors file or has no tensors' data.
std::optional<ByteRange> tensorRange(const InputFile& file)
{
    const auto index = readTensorIndex(FileSource{file});
    if (!index || index->format != FileFormat::Safetensors || index->dataSize == Bytes{})
        return std::nullopt;
    return ByteRange{index->headerSize.value, index->dataSize};
}

Result<> addTasks(Plan& plan, const InputFile& file)
{
    const Bytes size = file.identity().size;
    const ByteRange whole{0, size};
    if (auto added = plan.add(whole, {{Algorithm::Sha256, 64}, {Algorithm::AutoV2, 10}}, makeSha256); !added)
        return added;
    if (auto added = plan.add(whole, {{Algorithm::Crc32, 8}}, makeCrc32); !added)
        return added;
    if (size > kAutoV1Begin) {
        const ByteRange range{kAutoV1Begin.value, std::min(kAutoV1Size, size - kAutoV1Begin)};
        if (auto added = plan.add(range, {{Algorithm::AutoV1, 8}}, makeSha256); !added)
            return added;
    }
    if (!plan.wantsAnyOf({Algorithm::TensorSha256, Algorithm::AutoV3}))
        return {};
    const auto tensors = tensorRange(file);
    if (!tensors)
        return {};
    return plan.add(*tensors, {{Algorithm::TensorSha256, 64}, {Algorithm::AutoV3, 12}}, makeSha256);
}

/// The smallest range that holds those of all tasks.
ByteRange rangeOf(const std::vector<Task>& tasks)
{
    if (tasks.empty())
        return {};
    std::uint64_t begin = tasks.front().range.begin;
    std::uint64_t end = tasks.front().range.end();
    for (const Task& task : tasks) {
        begin = std::min(begin, task.range.begin);
        end = std::max(end, task.range.end());
    }
    return {begin, Bytes{end - begin}};
}

Result<> updateWith(Task& task, std::uint64_t offset, std::span<const std::byte> block)
{
    const std::uint64_t begin = std::max(offset, task.range.begin);
    const std::uint64_t end = std::min(offset + block.size(), task.range.end());
    if (begin >= end)
        return {};
    return task.digest->update(block.subspan(begin - offset, end - begin));
}

class Pass {
public:
    Pass(const InputFile& file, std::vector<Task>& tasks, PageCacheUse pages)
        : m_file(file)
        , m_tasks(tasks)
        , m_reader(file, pages)
    {
    }

    [[nodiscard]] Result<> run(const std::stop_token& stop, const HashProgress& progress)
    {
        const ByteRange range = rangeOf(m_tasks);
        for (std::uint64_t offset = alignDown(range.begin, BlockReader::kAlignment); offset < range.end();) {
            if (stop.stop_requested())
                return fail(ErrorCode::Cancelled, "hashing was cancelled", {.path = m_file.path().string()});
            const std::uint64_t size = std::min<std::uint64_t>(BlockReader::kBlock.value, range.end() - offset);
            if (auto hashed = hashBlock(offset, size); !hashed)
                return hashed;
            offset += size;
            if (progress)
                progress(Bytes{offset} - Bytes{range.begin}, range.size);
        }
        return {};
    }

private:
    [[nodiscard]] Result<> hashBlock(std::uint64_t offset, std::uint64_t size)
    {
        const auto block = m_reader.read(offset, size);
        if (!block)
            return fail(block.error());
        // After every block: a file that is being written would take minutes to be found out at its end.
        if (auto unchanged = m_file.checkUnchanged(); !unchanged)
            return unchanged;
        for (Task& task : m_tasks) {
            if (auto updated = updateWith(task, offset, *block); !updated)
                return updated;
        }
        return {};
    }

    const InputFile& m_file;
    std::vector<Task>& m_tasks;
    BlockReader m_reader;
};

Result<FileHashes> finish(std::vector<Task>& tasks, const FileIdentity& identity)
{
    FileHashes hashes{identity, {}};
    for (Task& task : tasks) {
        const auto hash = task.digest->finish();
        if (!hash)
            return fail(hash.error());
        for (const Shown& one : task.shown)
            hashes.values[one.algorithm] = hash->substr(0, one.digits);
    }
    return hashes;
}

} // namespace

std::span<const HashAlgorithm> hashAlgorithms() { return kAlgorithms; }

std::string_view toText(HashAlgorithm algorithm) { return kTexts.at(static_cast<std::size_t>(algorithm)); }

std::optional<HashAlgorithm> hashAlgorithmFromText(std::string_view text)
{
    const auto found = std::ranges::find_if(kAlgorithms, [text](Algorithm one) { return toText(one) == text; });
    return found == kAlgorithms.end() ? std::nullopt : std::optional{*found};
}

Result<FileHashes> hashFile(const HashRequest& request, const std::stop_token& stop, const HashProgress& progress)
{
    const auto file = InputFile::open(request.file);
    if (!file)
        return fail(file.error());
    Plan plan{request.algorithms};
    if (auto added = addTasks(plan, *file); !added)
        return fail(std::move(added).error());
    if (auto passed = Pass{*file, plan.tasks(), request.pages}.run(stop, progress); !passed)
        return fail(std::move(passed).error());
    return finish(plan.tasks(), file->identity());
}

} // namespace weightroom::engine
