// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace weightroom::engine {

/// A hash over the sources that decide what is read out of a file and what it is taken for (formats/, catalog/): what
/// another build has found out is found out anew.
[[nodiscard]] std::string_view catalogRevision();

} // namespace weightroom::engine
