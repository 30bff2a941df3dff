// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/loader/contents/known_content_store.h"
#include "model_engine/loader/model_loader.h"

namespace weightroom::engine {

struct EngineServices;

// What is known of which tensors are equal, of this run and of earlier ones. A store that cannot be used is no error:
// then equal tensors are read once more.

/// What is known of the contents of a file in this state. May wait for the disk; not on the engine thread.
[[nodiscard]] KnownContents::OfFile contentsOf(EngineServices& services, const InputFile& file);

/// Enters what a load has learned. On the engine thread.
void noteContents(EngineServices& services, const LoadOutcome& outcome);

/// Keeps between runs what is new; what could not be kept is tried again the next time. Files on the disks of this
/// machine only: elsewhere, numbers and times of files may come again. May wait for the disk; on the thread of a job.
void keepContents(EngineServices& services);

} // namespace weightroom::engine
