// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/scan_library.h"

#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/core/file.h"
#include "model_engine/formats/safetensors_writer.h"

#include <array>
#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <string>
#include <unistd.h>

namespace weightroom::benchmarks {
namespace {

using engine::Blueprint;
using engine::fail;
using engine::Result;

constexpr std::size_t kFilesInAFolder = 100;

/// A file that is written several times.
struct Template {
    std::string name;
    std::string header;
    engine::Bytes data;
};

Result<Template> templateOf(std::string name, const Blueprint& blueprint)
{
    engine::SafetensorsPlan plan;
    for (const engine::TensorBlueprint& tensor : blueprint)
        plan.tensors.push_back({tensor.name, tensor.dtype, tensor.shape});
    plan.metadata = {{"format", "pt"}};
    auto header = makeSafetensorsHeader(plan);
    if (!header)
        return fail(std::move(header).error());
    return Template{std::move(name), std::move(*header), bytesOf(blueprint)};
}

/// Of ten files: six LoRAs, two checkpoints, and in turn one of the rest. Roughly what collections look like.
std::string_view kindOf(std::size_t number)
{
    constexpr std::array<std::string_view, 10> kMixture{
        "lora", "lora", "sdxl", "lora", "lora", "sd15", "lora", "lora", "rest", "rest"};
    constexpr std::array<std::string_view, 4> kRest{"controlnet", "vae", "flux", "clip"};
    const std::string_view kind = kMixture[number % kMixture.size()];
    return kind == "rest" ? kRest[number / kMixture.size() % kRest.size()] : kind;
}

Result<> writeSparse(const std::filesystem::path& path, const Template& model)
{
    const engine::UniqueFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
    const bool isWritten = file.isOpen()
        && ::write(file.get(), model.header.data(), model.header.size()) == static_cast<ssize_t>(model.header.size())
        && ::ftruncate(file.get(), static_cast<off_t>(model.header.size() + model.data.value)) == 0;
    return isWritten ? Result<>{} : Result<>(fail(engine::systemError(errno, "write", path)));
}

std::filesystem::path pathOf(const std::filesystem::path& folder, std::size_t number, std::string_view kind)
{
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "%03zu/%05zu-", number / kFilesInAFolder, number);
    return folder / (std::string{name.data()} + std::string{kind} + ".safetensors");
}

Result<std::vector<std::filesystem::path>> writeAll(const std::filesystem::path& folder, std::size_t count,
    const std::vector<Template>& templates, std::string_view (*kind)(std::size_t))
{
    std::vector<std::filesystem::path> paths;
    for (std::size_t i = 0; i < count; ++i) {
        paths.push_back(pathOf(folder, i, kind(i)));
        std::error_code failed;
        if (std::filesystem::exists(paths.back(), failed))
            continue;
        std::filesystem::create_directories(paths.back().parent_path(), failed);
        for (const Template& model : templates) {
            if (model.name != kind(i))
                continue;
            if (auto written = writeSparse(paths.back(), model); !written)
                return fail(std::move(written).error());
        }
    }
    ::sync(); // what is dirty cannot be dropped from the page cache
    return paths;
}

} // namespace

Result<std::vector<std::filesystem::path>> makeScanLibrary(const std::filesystem::path& folder, std::size_t count)
{
    constexpr auto kFull = engine::ModelSize::Full;
    const std::array<std::pair<const char*, std::function<Blueprint()>>, 7> models{{
        {"lora", [] { return engine::sdxlLora(kFull); }},
        {"sdxl", [] { return engine::sdxlCheckpoint(kFull); }},
        {"sd15", [] { return engine::sd1Checkpoint(kFull); }},
        {"controlnet", [] { return engine::sd1Controlnet(kFull); }},
        {"vae", [] { return engine::sdxlVae(kFull); }},
        {"flux", [] { return engine::fluxSchnellModel(kFull); }},
        {"clip", [] { return engine::clipLEncoder(kFull); }},
    }};
    std::vector<Template> templates;
    for (const auto& [name, blueprint] : models) {
        auto model = templateOf(name, blueprint());
        if (!model)
            return fail(std::move(model).error());
        templates.push_back(std::move(*model));
    }
    return writeAll(folder, count, templates, kindOf);
}

Result<std::vector<std::filesystem::path>> makeSmallLibrary(const std::filesystem::path& folder, std::size_t count)
{
    engine::PartBuilder part{engine::Dtype::F16};
    const std::string layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";
    part.tensor(layer + ".lora_down.weight", {4, 768});
    part.tensor(layer + ".lora_up.weight", {320, 4});
    auto model = templateOf("small", part.take());
    if (!model)
        return fail(std::move(model).error());
    std::vector<Template> templates;
    templates.push_back(std::move(*model));
    return writeAll(folder, count, templates, [](std::size_t) { return std::string_view{"small"}; });
}

} // namespace weightroom::benchmarks
