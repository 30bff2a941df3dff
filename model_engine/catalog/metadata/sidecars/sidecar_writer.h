// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/model_metadata.h"
#include "model_engine/catalog/metadata/sidecars/sidecar.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

namespace weightroom::engine {

/// What a user notes about a model. The value has the type of the field.
struct MetadataChange {
    MetadataField field = MetadataField::None;
    std::optional<Json> value; ///< nothing: the note goes
};

/// Writes what a user notes about a model into the sidecar of a dialect, so that the program which owns it shows it
/// too. What can be written is what that program lets its users write:
///
///     A1111            description, notes, trigger_words ("activation text"), preferred_weight, negative_text,
///                      base_model ("sd version"), vae; the file is made when there is none
///     LoraManager      notes, tags, favorite
///     StabilityMatrix  title ("UserTitle")
///
/// Every other byte of the file stays as it is. The file is replaced atomically; a file that is broken, or a link, is
/// not touched. Somebody else's change between the last look and the replacement, some microseconds, is lost: no
/// program locks these files.
///
/// Errors: Unsupported, for another dialect or field; InvalidValue, naming the field; NotFound, when there is no model
/// or no file that could be changed; FileChanged and AlreadyExists, when somebody else was faster; InvalidJson,
/// InvalidFormat and the errors of reading for a file that is broken; those of writing.
[[nodiscard]] Result<> changeSidecar(
    const std::filesystem::path& model, SidecarDialect dialect, std::span<const MetadataChange> changes);

/// A sidecar into which the user's notes about a model can be written.
struct WritableSidecar {
    SidecarFile file;
    bool exists = false; ///< false: it is made
    std::vector<MetadataField> fields; ///< that changeSidecar() writes
};

/// Those of a model, in the order of the dialects: of what lies beside it, what is neither broken nor a link, and the
/// file that is made where there is none. `beside`: all sidecars that were found, the broken ones too. Whether the
/// folder may be written shows when it is. None for a model that is a folder.
[[nodiscard]] std::vector<WritableSidecar> writableSidecars(
    const std::filesystem::path& model, std::span<const Sidecar> beside);

} // namespace weightroom::engine
