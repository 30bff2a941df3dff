// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/tensor_index.h"

#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace weightroom::test {

/// Ends the program, which is how a fuzzer learns of it, when a reader accepts a file and a promise of its index is
/// broken.
template <class Reader>
void checkReader(Reader reader, const std::string& content)
{
    const MemorySource source{content};
    const engine::Result<engine::TensorIndex> index = reader(source);
    const std::string wrong = index ? brokenPromise(*index, source.size()) : "";
    if (!wrong.empty()) {
        std::fprintf(stderr, "accepted, but %s\n", wrong.c_str());
        std::abort();
    }
}

} // namespace weightroom::test
