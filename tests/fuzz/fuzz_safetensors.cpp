// SPDX-License-Identifier: GPL-3.0-or-later
//
// Any bytes are a file: the reader returns, and what it accepts keeps every promise of an index. The mutations that
// look for the same without Clang are tests/model_engine/formats/safetensors/test_safetensors_mutations.cpp.
#include "model_engine/formats/format_reader.h"
#include "model_engine/formats/safetensors/safetensors_reader.h"

#include "tests/fuzz/reader_check.h"

#include <cstdint>
#include <string>

using namespace weightroom;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string content(data, data + size);
    test::checkReader(engine::readTensorIndex, content);

    // The length field stops most mutations; the same bytes as a header of the right length reach the rest.
    std::string file(8, '\0');
    for (std::size_t i = 0; i < 8; ++i)
        file[i] = static_cast<char>((size >> (8 * i)) & 0xFFU);
    test::checkReader(engine::readSafetensors, file + content);
    return 0;
}
