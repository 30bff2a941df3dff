// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/layout.h"

#include "model_engine/catalog/text_table.h"

#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array kNames{
    TextRow{LibraryLayout::None, "none"},
    TextRow{LibraryLayout::Weightroom, "weightroom"},
    TextRow{LibraryLayout::ComfyUi, "comfyui"},
    TextRow{LibraryLayout::A1111, "a1111"},
    TextRow{LibraryLayout::SdNext, "sdnext"},
    TextRow{LibraryLayout::StabilityMatrix, "stability-matrix"},
    TextRow{LibraryLayout::SwarmUi, "swarmui"},
    TextRow{LibraryLayout::Fooocus, "fooocus"},
    TextRow{LibraryLayout::InvokeAi, "invokeai"},
    TextRow{LibraryLayout::HuggingFaceCache, "huggingface-cache"},
    TextRow{LibraryLayout::ModelScopeCache, "modelscope-cache"},
    TextRow{LibraryLayout::LmStudio, "lm-studio"},
    TextRow{LibraryLayout::Ollama, "ollama"},
};
static_assert(isComplete(kNames, kLastLibraryLayout));

constexpr std::array kTitles{
    TextRow{LibraryLayout::None, ""},
    TextRow{LibraryLayout::Weightroom, "Weightroom"},
    TextRow{LibraryLayout::ComfyUi, "ComfyUI"},
    TextRow{LibraryLayout::A1111, "AUTOMATIC1111 / Forge"},
    TextRow{LibraryLayout::SdNext, "SD.Next"},
    TextRow{LibraryLayout::StabilityMatrix, "Stability Matrix"},
    TextRow{LibraryLayout::SwarmUi, "SwarmUI"},
    TextRow{LibraryLayout::Fooocus, "Fooocus"},
    TextRow{LibraryLayout::InvokeAi, "InvokeAI"},
    TextRow{LibraryLayout::HuggingFaceCache, "Hugging Face cache"},
    TextRow{LibraryLayout::ModelScopeCache, "ModelScope cache"},
    TextRow{LibraryLayout::LmStudio, "LM Studio"},
    TextRow{LibraryLayout::Ollama, "Ollama"},
};
static_assert(isComplete(kTitles, kLastLibraryLayout));

} // namespace

std::string_view toText(LibraryLayout layout) { return textOf(kNames, layout); }

std::string_view titleOf(LibraryLayout layout) { return textOf(kTitles, layout); }

} // namespace weightroom::engine
