// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/copy_blocks.h"
#include "model_engine/device/cuda/cuda_owned.h"

#include <array>
#include <cstddef>

namespace weightroom::engine {

/// The stream on which a device copies, with two events that say how far it came.
///
///     issued    |window 0|window 1|win…       a window is closed by an event; the next one is issued when the one
///     before arrived   |window 0|wind…               has arrived, while this one is under way: the bus never waits
///
/// One thread at a time.
class CudaCopyStream {
public:
    [[nodiscard]] static Result<CudaCopyStream> make(CudaContext& context);

    /// Issues one block; may wait for an earlier one. What has arrived is added to `arrived`.
    [[nodiscard]] Result<> upload(const CopyStep& block, CopyProgress& arrived);
    /// Waits for all that is under way, also after an error or a cancel.
    [[nodiscard]] Result<> finishUpload(CopyProgress& arrived);

    /// These block until the bytes are there.
    [[nodiscard]] Result<> download(CUdeviceptr source, std::span<std::byte> destination);
    [[nodiscard]] Result<> copyWithin(CUdeviceptr source, CUdeviceptr destination, Bytes size);

private:
    struct Window {
        CudaEvent closed;
        Bytes underWay;
    };
    CudaCopyStream(CudaContext& context, CudaStream stream, CudaEvent first, CudaEvent second);
    [[nodiscard]] Result<> closeWindow(CopyProgress& arrived);
    [[nodiscard]] Result<> synchronise();

    CudaContext& m_context;
    CudaStream m_stream;
    std::array<Window, 2> m_windows;
    std::size_t m_next = 0; ///< the window that is closed next
    Bytes m_open; ///< issued since the last window was closed
};

} // namespace weightroom::engine
