// SPDX-License-Identifier: GPL-3.0-or-later
//
// Any bytes are a file, and any bytes are a pickle in a file that is right: the reader returns, and what it accepts
// keeps every promise of an index. The mutations that look for the same without Clang are
// tests/model_engine/formats/torch/test_torch_mutations.cpp.
#include "model_engine/formats/torch/torch_archive.h"

#include "tests/fuzz/reader_check.h"
#include "tests/support/torch_archive_builder.h"

#include <cstdint>
#include <string>

using namespace weightroom;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string content(data, data + size);
    test::checkReader(engine::readTorchArchive, content);
    // A checksum and the end records stop most mutations of an archive; the same bytes as its pickle reach the rest.
    test::checkReader(engine::readTorchArchive,
        test::torchZip(content, {{"0", std::string(24, 'd')}, {"1", std::string(8, 'd')}, {"2", ""}}));
    test::checkReader(engine::readTorchArchive, test::legacyBeginning() + content);
    return 0;
}
