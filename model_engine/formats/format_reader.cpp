// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/format_reader.h"

#include "model_engine/core/system/log.h"
#include "model_engine/core/utf8.h"
#include "model_engine/formats/gguf/gguf_reader.h"
#include "model_engine/formats/safetensors/safetensors_reader.h"
#include "model_engine/formats/torch/torch_archive.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace weightroom::engine {
namespace {

using namespace std::string_view_literals;

/// Enough for every mark below, with some white space in front: the first block of a tar archive.
constexpr std::size_t kBeginning = 512;
/// How much of an unknown file its error shows.
constexpr std::size_t kShown = 24;

/// How the formats that have a mark begin.
struct Format {
    std::string_view beginning;
    Result<TensorIndex> (*read)(const ByteSource& source);
};

constexpr std::array kFormats{
    Format{kGgufMagic, readGguf},
    // Zip archives: with entries, without, and without of the 64-bit kind
    Format{"PK\x03\x04"sv, readTorchArchive},
    Format{"PK\x05\x06"sv, readTorchArchive},
    Format{"PK\x06\x06"sv, readTorchArchive},
    // Pickles of the protocols 2 to 5
    Format{"\x80\x02"sv, readTorchArchive},
    Format{"\x80\x03"sv, readTorchArchive},
    Format{"\x80\x04"sv, readTorchArchive},
    Format{"\x80\x05"sv, readTorchArchive},
};

/// How files begin that are something else, and what the user is told they are.
struct Mark {
    std::string_view beginning;
    ErrorCode code;
    FileDefect defect;
    std::string_view detail;
    std::size_t offset = 0; ///< where it stands
};

constexpr std::array kMarks{
    Mark{"version https://git-lfs"sv, ErrorCode::InvalidFormat, FileDefect::LfsPointer,
        "the file is a Git LFS pointer: the model itself was not downloaded"},
    Mark{"\x89HDF\r\n\x1a\n"sv, ErrorCode::UnknownFormat, FileDefect::OtherFormat,
        "the file is an HDF5 file, which is not read"},
    Mark{"\x89PNG\r\n\x1a\n"sv, ErrorCode::UnknownFormat, FileDefect::Picture, "the file is a PNG picture"},
    Mark{"\xff\xd8\xff"sv, ErrorCode::UnknownFormat, FileDefect::Picture, "the file is a JPEG picture"},
    Mark{"\x1f\x8b\x08"sv, ErrorCode::UnknownFormat, FileDefect::Archive, "the file is compressed with gzip"},
    Mark{"7z\xbc\xaf\x27\x1c"sv, ErrorCode::UnknownFormat, FileDefect::Archive, "the file is a 7z archive"},
    Mark{"Rar!\x1a\x07"sv, ErrorCode::UnknownFormat, FileDefect::Archive, "the file is a RAR archive"},
    Mark{"ustar"sv, ErrorCode::UnknownFormat, FileDefect::Archive,
        "the file is a tar archive, as only the first versions of PyTorch wrote them, which is not read", 257},
    Mark{"\x93NUMPY"sv, ErrorCode::UnknownFormat, FileDefect::OtherFormat,
        "the file is a NumPy array (npy), which is not read"},
    Mark{"lmgg"sv, ErrorCode::UnknownFormat, FileDefect::OtherFormat,
        "the file is an old ggml file (as whisper.cpp has), which is not read"},
};

/// Beginnings of pages that a server sent instead of the model, in lower case.
constexpr std::array kPages{
    Mark{"<!doctype html"sv, ErrorCode::InvalidFormat, FileDefect::Html,
        "the file is an HTML page, saved in place of a model"},
    Mark{"<html"sv, ErrorCode::InvalidFormat, FileDefect::Html, "the file is an HTML page, saved in place of a model"},
    Mark{
        "<?xml"sv, ErrorCode::InvalidFormat, FileDefect::Xml, "the file is an XML document, saved in place of a model"},
};

/// What else a server answers in place of a model: only where the whole beginning is text.
constexpr Mark kJsonPage{
    "{"sv, ErrorCode::InvalidFormat, FileDefect::Json, "the file is a JSON document, saved in place of a model"};
constexpr Mark kTextPage{""sv, ErrorCode::UnknownFormat, FileDefect::Text, "the file is a text, not a model"};

tl::unexpected<Error> refuse(const Mark& mark, std::string detail, const ByteSource& source)
{
    return fail(mark.code, std::move(detail), {.path = source.path().string(), .defect = mark.defect});
}

Result<std::string> readBeginning(const ByteSource& source)
{
    std::string beginning(std::min<std::uint64_t>(source.size().value, kBeginning), '\0');
    if (auto read = source.readAt(0, std::as_writable_bytes(std::span{beginning})); !read)
        return fail(std::move(read).error());
    return beginning;
}

constexpr bool isJsonSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// How much speaks for safetensors, which has no mark of its own: a length below the limit, and JSON behind it. Both is
/// certain, because no other format begins so; one may be a broken file.
enum class Likeness : std::uint8_t { None, Some, Certain };

Likeness likenessToSafetensors(std::string_view beginning)
{
    if (beginning.size() < kSafetensorsLengthField.value)
        return Likeness::Some;
    const auto field = std::as_bytes(std::span{beginning}).first<kSafetensorsLengthField.value>();
    const bool hasLength = claimedSafetensorsHeader(field) <= kMaxSafetensorsHeader;
    beginning.remove_prefix(kSafetensorsLengthField.value);
    const bool hasObject = beginning.starts_with('{');
    const bool hasJson = hasObject || (!beginning.empty() && isJsonSpace(beginning.front()));
    if (hasLength && hasJson)
        return Likeness::Certain;
    return hasLength || hasObject ? Likeness::Some : Likeness::None;
}

/// Without a byte order mark and white space, in lower case: as web pages are compared.
std::string textOf(std::string_view beginning)
{
    if (beginning.starts_with("\xef\xbb\xbf"))
        beginning.remove_prefix(3);
    beginning.remove_prefix(std::min(beginning.find_first_not_of(" \t\r\n"), beginning.size()));
    return lowerCase(std::string{beginning});
}

const Mark* findMark(std::span<const Mark> marks, std::string_view beginning)
{
    const auto found = std::ranges::find_if(marks, [beginning](const Mark& mark) {
        return beginning.substr(std::min(mark.offset, beginning.size())).starts_with(mark.beginning);
    });
    return found == marks.end() ? nullptr : &*found;
}

const Format* formatOf(std::string_view beginning)
{
    const auto found = std::ranges::find_if(
        kFormats, [beginning](const Format& format) { return beginning.starts_with(format.beginning); });
    return found == kFormats.end() ? nullptr : &*found;
}

const Mark* markOf(std::string_view beginning)
{
    const Mark* mark = findMark(kMarks, beginning);
    return mark != nullptr ? mark : findMark(kPages, textOf(beginning));
}

/// UTF-8 without control characters, as far as it was read: the last letter may be cut off.
bool isText(std::string_view beginning)
{
    constexpr std::size_t kMostCutOff = 3;
    const bool hasControl = std::ranges::any_of(beginning, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < ' ' ? !isJsonSpace(c) : byte == 0x7f;
    });
    for (std::size_t cut = 0; !hasControl && cut <= std::min(kMostCutOff, beginning.size()); ++cut) {
        if (isValidUtf8(beginning.substr(0, beginning.size() - cut)))
            return true;
    }
    return false;
}

/// A file without any mark: a text, or bytes that nobody knows.
tl::unexpected<Error> refuseUnknown(std::string_view beginning, const ByteSource& source)
{
    const std::string shown = "it begins with '" + escapeForTerminal(beginning.substr(0, kShown)) + "'";
    if (!isText(beginning)) {
        constexpr Mark kUnknown{{}, ErrorCode::UnknownFormat, FileDefect::UnknownFormat, {}};
        return refuse(kUnknown, "the file has none of the formats that are read; " + shown, source);
    }
    const Mark& page = textOf(beginning).starts_with(kJsonPage.beginning) ? kJsonPage : kTextPage;
    return refuse(page, std::string{page.detail} + "; " + shown, source);
}

/// Room that was reserved for a download: no format begins so.
bool isZeroFilled(std::string_view beginning)
{
    return beginning.size() >= kSafetensorsLengthField.value && beginning.find_first_not_of('\0') == std::string::npos;
}

Result<TensorIndex> readAs(std::string_view beginning, const ByteSource& source)
{
    const Likeness likeness = likenessToSafetensors(beginning);
    if (likeness == Likeness::Certain)
        return readSafetensors(source);
    if (const Format* format = formatOf(beginning))
        return format->read(source);
    if (const Mark* mark = markOf(beginning))
        return refuse(*mark, std::string{mark->detail}, source);
    // Letters claim a length beyond any limit; what is too short to claim one may be the rest of a safetensors file.
    const bool isPage = beginning.size() >= kSafetensorsLengthField.value && isText(beginning);
    if (likeness == Likeness::Some && !isPage)
        return readSafetensors(source);
    return refuseUnknown(beginning, source);
}

} // namespace

Result<TensorIndex> readTensorIndex(const ByteSource& source)
{
    if (source.size().value == 0) {
        return fail(ErrorCode::FileTruncated, "the file is empty",
            {.path = source.path().string(), .required = Bytes{1}, .available = Bytes{}, .defect = FileDefect::Empty});
    }
    const auto beginning = readBeginning(source);
    if (!beginning)
        return fail(beginning.error());
    if (isZeroFilled(*beginning)) {
        return fail(ErrorCode::InvalidFormat,
            "the file begins with zeros: its room was reserved, and the download did not arrive",
            {.path = source.path().string(), .defect = FileDefect::ZeroFilled});
    }
    return readAs(*beginning, source);
}

} // namespace weightroom::engine
