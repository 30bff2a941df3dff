// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/torch/pickle_machine.h"
#include "model_engine/formats/torch/pickle_tensors.h"

#include <deque>
#include <map>

namespace weightroom::engine {

/// What a torch.save file holds, as its pickle says; it borrows nothing of the pickle.
struct TorchContent {
    std::vector<StorageClaim> storages;
    std::deque<TensorClaim> tensors; ///< in the order of the pickle
    std::map<std::string, std::string, std::less<>> metadata;
};

/// Names the tensors of a pickle and describes them.
///
/// A tensor's name is the way to it through dicts, lists and tuples, joined by dots. Of a checkpoint that wraps its
/// weights ({"state_dict": …} of Lightning and the Stable Diffusion checkpoints; "params_ema", "params" or "model" of
/// upscalers) the first of these keys is left out of the names; what lies beside it keeps its whole name. A file that
/// is one bare tensor calls it "tensor". Short numbers and texts at the top become metadata; all else is passed over.
///
/// `format`: TorchZip or TorchLegacy. Errors: those of readStorages() and readTensor(), naming the tensor;
/// InvalidFormat for names that are not UTF-8; HeaderTooLarge when the way through the values is too long, deep or
/// large.
[[nodiscard]] Result<TorchContent> readContent(const Pickle& pickle, FileFormat format);

} // namespace weightroom::engine
