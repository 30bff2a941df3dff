// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace weightroom::engine {

struct Error;

/// What is wrong with a file that should be a model, as people name it: an error's code says what a program may do
/// about it, this says what the file is. The words are those of the answers: "truncated", "lfs-pointer", …
enum class FileDefect : std::uint8_t {
    None = 0, ///< nobody has said
    Empty,
    Truncated, ///< shorter than its own header says
    ZeroFilled, ///< room that was reserved for a download, and nothing in it
    LfsPointer, ///< what `git clone` leaves without Git LFS
    Html, ///< a page (to log in, mostly) that a server sent in place of the model
    Xml, ///< likewise
    Json, ///< likewise: an error message
    Text, ///< likewise: "Entry not found"
    Picture,
    Archive, ///< to be unpacked first: zip, gzip, 7z, …
    OtherFormat, ///< weights of a known format that is not read
    UnknownFormat,
    InvalidHeader, ///< contradicts its format or itself, or is too large
    TrailingBytes, ///< whole, with more bytes behind
    DamagedArchive, ///< the zip around PyTorch's weights
    InvalidPickle,
    UnsafePickle, ///< would run code
    UnknownDtype,
    UnsupportedContent, ///< of a format that is read, but not this of it
    InvalidIndex, ///< of shards or of a pipeline
    Arriving, ///< still being written
    Changing, ///< was written while it was read
    MissingFile, ///< it, or a part of it
    NotAFile, ///< a folder, a pipe, a link that leads nowhere
    Unreadable, ///< the system does not give its bytes
};
inline constexpr FileDefect kLastFileDefect = FileDefect::Unreadable;

[[nodiscard]] std::string_view toText(FileDefect defect);

/// What a reader has said, or else what the code tells. Never None.
[[nodiscard]] FileDefect defectOf(const Error& error);

/// The error, said to be of this defect if its bytes contradict their format (InvalidFormat) and no reader further in
/// has said more.
[[nodiscard]] Error withDefect(Error error, FileDefect defect);

} // namespace weightroom::engine
