// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/torch/zip_directory.h"

#include <optional>

namespace weightroom::engine {

struct ForeignArchive {
    std::string what; ///< "a TorchScript archive, …", to stand behind "the file is"
    FileDefect defect = FileDefect::OtherFormat;
};

/// What a zip archive is when it is not what torch.save writes, by the names of its entries. Nothing for an archive of
/// torch.save.
[[nodiscard]] std::optional<ForeignArchive> foreignArchive(const ZipDirectory& directory);

} // namespace weightroom::engine
