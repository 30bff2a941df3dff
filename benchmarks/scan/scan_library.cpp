// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/scan/scan_library.h"

#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/core/files/file.h"
#include "model_engine/formats/safetensors/safetensors_writer.h"
#include "model_engine/formats/tensor_index.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <set>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace weightroom::benchmarks {
namespace {

using engine::Blueprint;
using engine::Dtype;
using engine::fail;
using engine::Result;

/// A model that files are made from.
struct Kind {
    std::string_view name;
    Blueprint blueprint;
    std::size_t usualTables; ///< that files share; at most what usual() can make
};

/// What a file is.
struct Member {
    std::size_t kind = 0; ///< in the list of kinds
    std::size_t number = 0; ///< in the library
    std::size_t table = 0; ///< of the usual ones of its kind
    bool hasOwnTable = false;
};

std::vector<Kind> realKinds()
{
    constexpr auto kFull = engine::ModelSize::Full;
    std::vector<Kind> kinds;
    kinds.push_back({"lora", engine::sdxlLora(kFull), 24});
    kinds.push_back({"sdxl", engine::sdxlCheckpoint(kFull), 4});
    kinds.push_back({"sd15", engine::sd1Checkpoint(kFull), 4});
    kinds.push_back({"controlnet", engine::sd1Controlnet(kFull), 2});
    kinds.push_back({"vae", engine::sdxlVae(kFull), 2});
    kinds.push_back({"flux", engine::fluxSchnellModel(kFull), 2});
    kinds.push_back({"clip", engine::clipLEncoder(kFull), 2});
    return kinds;
}

/// Of ten files: six LoRAs, two checkpoints, and in turn one of the rest. Roughly what collections look like.
std::size_t kindOf(std::size_t number)
{
    constexpr std::size_t kRest = 3; // the first of them
    constexpr std::array<std::size_t, 10> kMixture{0, 0, 1, 0, 0, 2, 0, 0, kRest, kRest};
    const std::size_t kind = kMixture[number % kMixture.size()];
    return kind == kRest ? kRest + number / kMixture.size() % 4 : kind;
}

Member memberOf(const std::vector<Kind>& kinds, std::size_t number, TensorTables tables)
{
    constexpr std::size_t kOwnTableEvery = 10;
    // Spread over the mixture: every tenth file would always be of one kind.
    const bool isOdd = number / kOwnTableEvery % kOwnTableEvery == number % kOwnTableEvery;
    const std::size_t kind = kindOf(number);
    return {.kind = kind,
        .number = number,
        .table = number / kOwnTableEvery % kinds[kind].usualTables,
        .hasOwnTable = tables == TensorTables::Distinct || isOdd};
}

/// The rank of a LoRA's layer is its first or its second dimension.
void setRank(engine::TensorBlueprint& tensor, std::uint64_t rank)
{
    if (tensor.name.ends_with(".lora_down.weight"))
        tensor.shape.dimensions.at(0) = rank;
    if (tensor.name.ends_with(".lora_up.weight"))
        tensor.shape.dimensions.at(1) = rank;
}

/// One of the usual settings: rank and precision of a LoRA, with and without text encoders; precision of the others,
/// with and without a tensor more.
Blueprint usual(const Kind& kind, std::size_t table)
{
    constexpr std::array<std::uint64_t, 6> kRanks{4, 8, 16, 32, 64, 128};
    const bool isLora = kind.name == "lora";
    const Dtype dtype = table % 2 == 0 ? Dtype::F16 : Dtype::Bf16;
    const bool isOther = table / 2 % 2 == 1;
    Blueprint tensors;
    for (engine::TensorBlueprint tensor : kind.blueprint) {
        if (isLora && isOther && tensor.name.starts_with("lora_te"))
            continue;
        if (isLora)
            setRank(tensor, kRanks[table / 4 % kRanks.size()]);
        tensor.dtype = dtype;
        tensors.push_back(std::move(tensor));
    }
    if (!isLora && isOther)
        tensors.push_back({"v_pred", Dtype::F16, {1}, {}});
    return tensors;
}

/// One tensor more in front, of a size of its own: the places of all others differ from those in any other file.
void makeUnlike(Blueprint& tensors, std::size_t number)
{
    tensors.insert(tensors.begin(), {"benchmark_" + std::to_string(number), Dtype::U8, {number + 1}, {}});
}

/// As trainers and tools write it, some lines about how the file came to be.
engine::HeaderMetadata metadataOf(const Member& member)
{
    engine::HeaderMetadata metadata{{"format", "pt"}, {"modelspec.title", std::to_string(member.number)}};
    if (member.kind != 0)
        return metadata;
    metadata.emplace("ss_base_model_version", "sdxl_base_v1-0");
    metadata.emplace("ss_output_name", "lora-" + std::to_string(member.number));
    std::string tags;
    for (std::size_t tag = 0; tag < 100; ++tag)
        tags += (tag == 0 ? "{\"" : ", \"") + std::to_string(member.number * 100 + tag) + "\": 1";
    metadata.emplace("ss_tag_frequency", tags + "}");
    return metadata;
}

Result<> writeSparse(const std::filesystem::path& path, std::string_view header, engine::Bytes data)
{
    const engine::UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
    const bool isWritten = file.isOpen()
        && ::write(file.get(), header.data(), header.size()) == static_cast<ssize_t>(header.size())
        && ::ftruncate(file.get(), static_cast<off_t>(header.size() + data.value)) == 0;
    return isWritten ? Result<>{} : Result<>(fail(engine::systemError(errno, "write", path)));
}

Result<> writeMember(const std::filesystem::path& path, const Kind& kind, const Member& member)
{
    Blueprint tensors = usual(kind, member.table);
    // As the reference library writes them.
    std::ranges::sort(tensors, {}, &engine::TensorBlueprint::name);
    if (member.hasOwnTable)
        makeUnlike(tensors, member.number);
    engine::SafetensorsPlan plan;
    for (const engine::TensorBlueprint& tensor : tensors)
        plan.tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
    plan.metadata = metadataOf(member);
    const auto header = makeSafetensorsHeader(plan);
    if (!header)
        return fail(header.error());
    return writeSparse(path, *header, bytesOf(tensors));
}

std::filesystem::path pathOf(const std::filesystem::path& folder, std::size_t number, std::string_view kind)
{
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "%03zu/%05zu-", number / kFilesInAFolder, number);
    return folder / (std::string{name.data()} + std::string{kind} + ".safetensors");
}

Result<ScanLibrary> writeAll(
    const std::filesystem::path& folder, const std::vector<Kind>& kinds, const std::vector<Member>& members)
{
    ScanLibrary library;
    std::set<std::pair<std::size_t, std::size_t>> shared;
    for (const Member& member : members) {
        const Kind& kind = kinds[member.kind];
        library.tables += member.hasOwnTable || shared.emplace(member.kind, member.table).second ? 1 : 0;
        library.files.push_back(pathOf(folder, member.number, kind.name));
        const std::filesystem::path& path = library.files.back();
        std::error_code failed;
        if (std::filesystem::exists(path, failed))
            continue;
        std::filesystem::create_directories(path.parent_path(), failed);
        if (auto written = writeMember(path, kind, member); !written)
            return fail(std::move(written).error());
    }
    ::sync(); // what is dirty cannot be dropped from the page cache
    return library;
}

} // namespace

Result<ScanLibrary> makeScanLibrary(const std::filesystem::path& folder, std::size_t count, TensorTables tables)
{
    const std::vector<Kind> kinds = realKinds();
    std::vector<Member> members;
    for (std::size_t number = 0; number < count; ++number)
        members.push_back(memberOf(kinds, number, tables));
    return writeAll(folder, kinds, members);
}

Result<ScanLibrary> makeSmallLibrary(const std::filesystem::path& folder, std::size_t count)
{
    engine::PartBuilder part{Dtype::F16};
    const std::string layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";
    part.tensor(layer + ".lora_down.weight", {4, 768});
    part.tensor(layer + ".lora_up.weight", {320, 4});
    const std::vector<Kind> kinds{{"small", part.take(), 1}};
    std::vector<Member> members;
    for (std::size_t number = 0; number < count; ++number)
        members.push_back({.kind = 0, .number = number});
    return writeAll(folder, kinds, members);
}

} // namespace weightroom::benchmarks
