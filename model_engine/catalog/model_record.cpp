// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/model_record.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

template <class Value>
struct TextRow {
    Value value;
    std::string_view text;
};

constexpr std::array kModelKinds{
    TextRow{ModelKind::Unknown, "unknown"},
    TextRow{ModelKind::Checkpoint, "checkpoint"},
    TextRow{ModelKind::DiffusionModel, "diffusion-model"},
    TextRow{ModelKind::Lora, "lora"},
    TextRow{ModelKind::Controlnet, "controlnet"},
    TextRow{ModelKind::Vae, "vae"},
    TextRow{ModelKind::TextEncoder, "text-encoder"},
};

constexpr std::array kArchitectures{
    TextRow{Architecture::Unknown, "unknown"},
    TextRow{Architecture::Sd1, "sd1"},
    TextRow{Architecture::Sd2, "sd2"},
    TextRow{Architecture::Sdxl, "sdxl"},
    TextRow{Architecture::SdxlRefiner, "sdxl-refiner"},
    TextRow{Architecture::Flux, "flux"},
    TextRow{Architecture::ClipL, "clip-l"},
    TextRow{Architecture::ClipG, "clip-g"},
    TextRow{Architecture::T5Xxl, "t5-xxl"},
};

constexpr std::array kComponentKinds{
    TextRow{ComponentKind::Other, "other"},
    TextRow{ComponentKind::Unet, "unet"},
    TextRow{ComponentKind::Vae, "vae"},
    TextRow{ComponentKind::Encoder, "encoder"},
    TextRow{ComponentKind::Lora, "lora"},
    TextRow{ComponentKind::Controlnet, "controlnet"},
    TextRow{ComponentKind::Embedding, "embedding"},
};

template <class Table>
constexpr bool isInOrder(const Table& table)
{
    for (std::size_t row = 0; row < table.size(); ++row) {
        if (static_cast<std::size_t>(table[row].value) != row)
            return false;
    }
    return true;
}
static_assert(isInOrder(kModelKinds) && kModelKinds.back().value == ModelKind::TextEncoder);
static_assert(isInOrder(kArchitectures) && kArchitectures.back().value == Architecture::T5Xxl);
static_assert(isInOrder(kComponentKinds) && kComponentKinds.back().value == ComponentKind::Embedding);

template <class Table>
auto valueOf(const Table& table, std::string_view text) -> std::optional<decltype(table.front().value)>
{
    const auto row = std::ranges::find(table, text, [](const auto& candidate) { return candidate.text; });
    return row == table.end() ? std::nullopt : std::optional{row->value};
}

} // namespace

std::string_view toText(ModelKind kind) { return kModelKinds.at(static_cast<std::size_t>(kind)).text; }

std::string_view toText(Architecture architecture)
{
    return kArchitectures.at(static_cast<std::size_t>(architecture)).text;
}

std::string_view toText(ComponentKind kind) { return kComponentKinds.at(static_cast<std::size_t>(kind)).text; }

std::optional<ModelKind> modelKindFromText(std::string_view text) { return valueOf(kModelKinds, text); }

std::optional<Architecture> architectureFromText(std::string_view text) { return valueOf(kArchitectures, text); }

ContentIdentity ModelRecord::identity() const
{
    ContentIdentity identity;
    for (const ModelFile& file : files)
        identity.push_back(file.identity);
    return identity;
}

Bytes ModelRecord::fileSize() const
{
    Bytes sum;
    for (const ModelFile& file : files)
        sum += file.identity.size;
    return sum;
}

} // namespace weightroom::engine
