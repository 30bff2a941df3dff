// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/formats/safetensors/safetensors_writer.h"
#include "model_engine/formats/tensor_index.h"

#include <filesystem>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A tensor that will be written: the elements of its parts, one part behind the other.
struct OutputTensor {
    TensorDescription description; ///< name, type and shape in the new file
    std::vector<TensorEntry> parts; ///< of the model that is converted; of one type, and of as many elements together
};

/// A safetensors file that will be written.
struct OutputFile {
    std::filesystem::path path; ///< below the target; empty: the target itself
    std::vector<OutputTensor> tensors; ///< in the order in which they will lie there
    std::map<std::string, std::string, std::less<>> metadata;
};

/// A small file that will be written.
struct OutputText {
    std::filesystem::path path; ///< below the target
    std::string content;
};

/// Everything that a conversion writes, before it has read or written a byte of weights.
struct ConversionPlan {
    std::vector<OutputFile> files;
    std::vector<OutputText> texts;
    std::uint64_t droppedTensors = 0; ///< of the model, that no file takes over
    Bytes droppedSize; ///< of these
    std::vector<std::string> notes; ///< English sentences: what whoever opens the result should know
};

/// Notes that a tensor of the model is not taken over.
void drop(ConversionPlan& plan, const TensorEntry& entry);

} // namespace weightroom::engine
