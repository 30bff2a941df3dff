// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace weightroom::engine {

/// Takes bytes in pieces and gives their hash. Used by one thread.
class Digest {
public:
    virtual ~Digest() = default;
    [[nodiscard]] virtual Result<> update(std::span<const std::byte> bytes) = 0;
    /// The hexadecimal digits, in lower case. Call it once, last.
    [[nodiscard]] virtual Result<std::string> finish() = 0;
};

/// Errors, also of its functions: Unsupported, when libcrypto refuses.
[[nodiscard]] Result<std::unique_ptr<Digest>> makeSha256();
/// The CRC-32 of zip and PNG: 8 digits.
[[nodiscard]] Result<std::unique_ptr<Digest>> makeCrc32();

} // namespace weightroom::engine
