// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/tensor_index.h"

#include <string>

namespace weightroom::test {

/// What every accepted file must keep, checked in a way of its own: every range lies in the file, none overlaps, no
/// byte of the data belongs to nobody, names are unique, type × shape = bytes, the sums are right. Gives what is wrong,
/// or nothing.
[[nodiscard]] std::string brokenPromise(const engine::TensorIndex& index, engine::Bytes fileSize);

} // namespace weightroom::test
