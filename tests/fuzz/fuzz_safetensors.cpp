// SPDX-License-Identifier: GPL-3.0-or-later
//
// Any bytes are a file: the reader returns, and what it accepts keeps every promise of an index. The mutations that
// look for the same without Clang are tests/model_engine/formats/test_safetensors_mutations.cpp.
#include "model_engine/formats/format_reader.h"
#include "model_engine/formats/safetensors_reader.h"

#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace weightroom;

void checkPromise(const engine::Result<engine::TensorIndex>& index, engine::Bytes size)
{
    const std::string wrong = index ? test::brokenPromise(*index, size) : "";
    if (!wrong.empty()) {
        std::fprintf(stderr, "accepted, but %s\n", wrong.c_str());
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string content(data, data + size);
    const test::MemorySource source{content};
    checkPromise(engine::readTensorIndex(source), source.size());

    // The length field stops most mutations; the same bytes as a header of the right length reach the rest.
    std::string file(8, '\0');
    for (std::size_t i = 0; i < 8; ++i)
        file[i] = static_cast<char>((size >> (8 * i)) & 0xFFU);
    const test::MemorySource header{file + content};
    checkPromise(engine::readSafetensors(header), header.size());
    return 0;
}
