// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/known_content_store.h"
#include "model_engine/loader/model_loader.h"

#include <map>
#include <vector>

namespace weightroom::engine {

struct EngineServices;

// What is known of which tensors are equal, of this run and of earlier ones. A store that cannot be used is no error:
// then equal tensors are read once more.

/// What is known of the contents of a file in this state. May wait for the disk; not on the engine thread.
[[nodiscard]] KnownContents::OfFile contentsOf(EngineServices& services, const InputFile& file);

/// Enters what a load has learned. Answers with what is worth keeping of it. On the engine thread.
[[nodiscard]] std::vector<KnownFile> noteContents(
    EngineServices& services, const std::map<FileIdentity, LearnedContents>& learned);

/// Keeps it between runs. May wait for the disk; on the thread of a job.
void keepContents(const EngineServices& services, std::span<const KnownFile> files);

} // namespace weightroom::engine
