// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <dirent.h>
#include <memory>

namespace weightroom::engine {

struct CloseFolder {
    void operator()(DIR* folder) const { ::closedir(folder); }
};

/// A folder whose entries are read one by one; nullptr where it could not be opened.
using OpenFolder = std::unique_ptr<DIR, CloseFolder>;

} // namespace weightroom::engine
