// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Why a file that has to do with a model stays when the model goes.
enum class KeptReason : std::uint8_t {
    None = 0,
    OtherModel, ///< another model, or another revision in a hub's cache, needs it
    OwnModel, ///< a VAE that is paired with a checkpoint by its name: it is a model of its own
    LinkTarget, ///< the model is a link; what it leads to is not touched
    OtherContent, ///< lies in the model's folder, which holds other models too
};
/// "other_model", "own_model", "link_target", "other_content"
[[nodiscard]] std::string_view toText(KeptReason reason);

struct KeptFile {
    std::filesystem::path path;
    KeptReason reason = KeptReason::None;
};

/// What a deletion moves to the trash, and what it leaves.
struct DeletionPlan {
    std::vector<std::filesystem::path> files; ///< files, links and folders, each once
    std::vector<KeptFile> kept;
    Bytes size; ///< of the files, and of all that lies in the folders; links count nothing
};

/// What goes when a model is deleted. Looks at the disk and changes nothing.
///
///     a file            the file, its sidecars and previews; not those that it shares with a model of the same name
///     shards            all of them, and their index
///     a pipeline        its folder; when other models lie in there, only its index and its weights
///     a link            the link, never its target
///     in a hub's cache  the links, and those blobs that no other revision leads to; with the last file of a
///                       revision its refs
///     of Ollama         nothing: its manifests would name what is gone, and other models may have the blob too
///
/// `library`: all models that are known. Errors: NotFound, when the model is not there any more; Unsupported for a
/// model of Ollama; those of listing folders.
[[nodiscard]] Result<DeletionPlan> planDeletion(const ModelRecord& model, std::span<const ModelRecordPtr> library);

} // namespace weightroom::engine
