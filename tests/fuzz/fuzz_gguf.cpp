// SPDX-License-Identifier: GPL-3.0-or-later
//
// Any bytes are a file: the reader returns, and what it accepts keeps every promise of an index. The mutations that
// look for the same without Clang are tests/model_engine/formats/gguf/test_gguf_mutations.cpp.
#include "model_engine/formats/format_reader.h"
#include "model_engine/formats/gguf/gguf_reader.h"

#include "tests/fuzz/reader_check.h"

#include <cstdint>
#include <string>

using namespace weightroom;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string content(data, data + size);
    test::checkReader(engine::readTensorIndex, content);
    // The mark and the version stop most mutations; the same bytes behind them reach the rest.
    test::checkReader(engine::readGguf, std::string{"GGUF\x03\0\0\0", 8} + content);
    return 0;
}
