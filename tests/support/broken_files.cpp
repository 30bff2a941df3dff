// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/broken_files.h"

#include "tests/support/broken_gguf.h"
#include "tests/support/broken_torch_files.h"
#include "tests/support/safetensors_builder.h"

#include <iterator>

namespace weightroom::test {
namespace {

using Code = engine::ErrorCode;
using Builder = SafetensorsBuilder;
using Files = std::vector<BrokenFile>;

/// Far beyond what any reader may follow by recursion.
constexpr std::size_t kDeepNesting = 100'000;

std::string withMember(std::string_view json) { return Builder().rawMember(json).build(); }

/// An entry of one byte whose type, shape or offsets are JSON text of their own.
std::string withEntry(std::string_view fields)
{
    return Builder().rawMember("\"x\":" + std::string{fields}).data("d").build();
}

std::string nested(std::string_view open, std::string_view close)
{
    std::string text;
    for (std::size_t level = 0; level < kDeepNesting; ++level)
        text += open;
    for (std::size_t level = 0; level < kDeepNesting; ++level)
        text += close;
    return text;
}

std::string withoutLast(std::string file, std::size_t bytes)
{
    file.resize(file.size() - bytes);
    return file;
}

Files brokenLengths()
{
    const std::string good = smallSafetensorsFile();
    return {
        {"one_byte", "x", Code::FileTruncated, {"1 byte", "8"}},
        {"header_too_small", good.substr(0, 7), Code::FileTruncated, {"7 bytes", "8"}},
        {"only_the_length", good.substr(0, 8), Code::FileTruncated, {"8"}},
        {"header_length_zero", safetensorsFile("", "dd"), Code::InvalidFormat, {"header"}},
        {"header_longer_than_file", safetensorsFile(60, "{}", ""), Code::FileTruncated, {"60", "10"}},
        {"header_too_large", safetensorsFile(100'000'001, "{}", ""), Code::HeaderTooLarge, {"100000001", "100000000"}},
        {"header_length_2_63", safetensorsFile(1ULL << 63U, "{\"test\":1}", ""), Code::HeaderTooLarge,
            {"9223372036854775808", "100000000"}},
        {"header_length_all_ones", safetensorsFile(~0ULL, "{}", ""), Code::HeaderTooLarge, {"18446744073709551615"}},
        {"data_one_byte_short", withoutLast(good, 1), Code::FileTruncated,
            {"'scale'", std::to_string(good.size()), std::to_string(good.size() - 1)}},
        {"no_data", withoutLast(good, 32), Code::FileTruncated, {"'first.weight'"}},
        {"trailing_bytes", good + "polyglot", Code::InvalidFormat, {"8 bytes"}},
        {"trailing_bytes_without_tensors", safetensorsFile("{}", "d"), Code::InvalidFormat, {"1 byte"}},
    };
}

Files brokenJson()
{
    return {
        {"not_utf8", safetensorsFile("\xff"), Code::InvalidFormat, {"header"}},
        {"name_not_utf8", Builder().entry("a\xff", "U8", {1}, 0, 1).data("d").build(), Code::InvalidFormat, {"UTF-8"}},
        {"not_json", safetensorsFile("{"), Code::InvalidFormat, {"JSON"}},
        {"two_documents", safetensorsFile("{}{}"), Code::InvalidFormat, {"JSON"}},
        {"padded_with_nul", safetensorsFile(std::string_view{"{}\0\0\0\0\0\0", 8}), Code::InvalidFormat, {"JSON"}},
        {"byte_order_mark", safetensorsFile("\xef\xbb\xbf{}"), Code::InvalidFormat, {"JSON"}},
        {"only_white_space", safetensorsFile("        "), Code::InvalidFormat, {"JSON"}},
        {"comment", safetensorsFile("{/* no */}"), Code::InvalidFormat, {"JSON"}},
        {"header_is_a_list", safetensorsFile(" []"), Code::InvalidFormat, {"object"}},
        {"header_is_a_number", safetensorsFile(" 5"), Code::InvalidFormat, {"object"}},
        {"header_is_deep_lists", safetensorsFile(nested("[", "]")), Code::InvalidFormat, {"JSON"}},
        {"deep_lists", withMember("\"x\":" + nested("[", "]")), Code::InvalidFormat, {"deep"}},
        {"deep_objects", withMember("\"x\":" + nested("{\"a\":", "}")), Code::InvalidFormat, {"JSON"}},
        {"deep_unclosed", safetensorsFile("{\"x\":" + std::string(kDeepNesting, '[')), Code::InvalidFormat, {"JSON"}},
    };
}

Files brokenEntries()
{
    return {
        {"entry_is_a_number", withMember("\"x\":5"), Code::InvalidFormat, {"'x'", "object"}},
        {"entry_is_a_list", withEntry(R"(["U8",[1],[0,1]])"), Code::InvalidFormat, {"'x'", "object"}},
        {"no_dtype", withEntry(R"({"shape":[1],"data_offsets":[0,1]})"), Code::InvalidFormat, {"'x'", "dtype"}},
        {"no_shape", withEntry(R"({"dtype":"U8","data_offsets":[0,1]})"), Code::InvalidFormat, {"'x'", "shape"}},
        {"no_offsets", withEntry(R"({"dtype":"U8","shape":[1]})"), Code::InvalidFormat, {"'x'", "data_offsets"}},
        {"dtype_is_a_number", withEntry(R"({"dtype":8,"shape":[1],"data_offsets":[0,1]})"), Code::InvalidFormat,
            {"'x'", "dtype"}},
        {"dtype_unknown", withEntry(R"({"dtype":"F3","shape":[1],"data_offsets":[0,1]})"), Code::UnknownDtype,
            {"'x'", "F3"}},
        {"dtype_empty", withEntry(R"({"dtype":"","shape":[1],"data_offsets":[0,1]})"), Code::UnknownDtype, {"'x'"}},
        {"dtype_lower_case", withEntry(R"({"dtype":"u8","shape":[1],"data_offsets":[0,1]})"), Code::UnknownDtype,
            {"'x'", "u8"}},
        {"shape_is_a_number", withEntry(R"({"dtype":"U8","shape":1,"data_offsets":[0,1]})"), Code::InvalidFormat,
            {"'x'", "shape"}},
        {"shape_negative", withEntry(R"({"dtype":"U8","shape":[-1],"data_offsets":[0,1]})"), Code::InvalidFormat,
            {"'x'", "shape"}},
        {"shape_fraction", withEntry(R"({"dtype":"U8","shape":[1.0],"data_offsets":[0,1]})"), Code::InvalidFormat,
            {"'x'", "shape"}},
        {"shape_2_64", withEntry(R"({"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]})"),
            Code::InvalidFormat, {"JSON"}},
        {"shape_text", withEntry(R"({"dtype":"U8","shape":["1"],"data_offsets":[0,1]})"), Code::InvalidFormat,
            {"'x'", "shape"}},
        {"offsets_one", withEntry(R"({"dtype":"U8","shape":[1],"data_offsets":[0]})"), Code::InvalidFormat,
            {"'x'", "data_offsets"}},
        {"offsets_three", withEntry(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1,1]})"), Code::InvalidFormat,
            {"'x'", "data_offsets"}},
        {"offsets_negative", withEntry(R"({"dtype":"U8","shape":[1],"data_offsets":[-1,0]})"), Code::InvalidFormat,
            {"'x'", "data_offsets"}},
        {"offsets_null", withEntry(R"({"dtype":"U8","shape":[1],"data_offsets":null})"), Code::InvalidFormat,
            {"'x'", "data_offsets"}},
    };
}

Files brokenMetadata()
{
    return {
        {"metadata_is_a_list", withMember(R"("__metadata__":[])"), Code::InvalidFormat, {"__metadata__"}},
        {"metadata_number", withMember(R"("__metadata__":{"step":5})"), Code::InvalidFormat, {"'step'"}},
        {"metadata_null_value", withMember(R"("__metadata__":{"step":null})"), Code::InvalidFormat, {"'step'"}},
        {"metadata_nested", withMember(R"("__metadata__":{"step":{}})"), Code::InvalidFormat, {"'step'"}},
    };
}

Files brokenSizes()
{
    const std::uint64_t half = 1ULL << 63U;
    const std::string bytes(64, 'd');
    return {
        {"size_too_small", Builder().entry("x", "F32", {2, 2}, 0, 4).data(bytes.substr(0, 4)).build(),
            Code::InvalidFormat, {"'x'", "16", "4"}},
        {"size_too_large", Builder().entry("x", "F32", {1}, 0, 64).data(bytes).build(), Code::InvalidFormat,
            {"'x'", "64", "4"}},
        {"shape_product_overflows", Builder().entry("x", "U8", {half, 2}, 0, 0).build(), Code::InvalidFormat,
            {"'x'", "overflow"}},
        {"shape_product_wraps_to_zero", Builder().entry("x", "F32", {1ULL << 32U, 1ULL << 32U}, 0, 0).build(),
            Code::InvalidFormat, {"'x'", "overflow"}},
        {"byte_product_overflows", Builder().entry("x", "F64", {half}, 0, 0).build(), Code::InvalidFormat,
            {"'x'", "overflow"}},
        {"byte_product_wraps_to_size", Builder().entry("x", "F64", {(1ULL << 61U) + 8}, 0, 64).data(bytes).build(),
            Code::InvalidFormat, {"'x'", "overflow"}},
        {"fp4_misaligned", Builder().entry("x", "F4", {3}, 0, 2).data("dd").build(), Code::InvalidFormat,
            {"'x'", "whole bytes"}},
        {"fp6_misaligned", Builder().entry("x", "F6_E2M3", {2}, 0, 2).data("dd").build(), Code::InvalidFormat,
            {"'x'", "whole bytes"}},
        {"claims_more_than_the_file", Builder().entry("x", "U8", {1ULL << 40U}, 0, 1ULL << 40U).data("d").build(),
            Code::FileTruncated, {"'x'", "1099511627"}},
        {"claims_2_63", Builder().entry("x", "I8", {half}, 0, half).data("d").build(), Code::InvalidFormat, {"'x'"}},
    };
}

/// Ten tensors over the same bytes: a small file that would fill any memory.
std::string overlappingTensors()
{
    Builder builder;
    for (int i = 0; i < 10; ++i)
        builder.entry("weight_" + std::to_string(i), "F32", {2, 2}, 0, 16);
    return builder.data(std::string(16, 'd')).build();
}

Files brokenLayouts()
{
    return {
        {"json_attack", overlappingTensors(), Code::InvalidFormat, {"'weight_", "16"}},
        {"overlap_by_one", Builder().entry("a", "U8", {4}, 0, 4).entry("b", "U8", {4}, 3, 7).data("0123456").build(),
            Code::InvalidFormat, {"'b'", "3", "4"}},
        {"overlap_inside", Builder().entry("a", "U8", {8}, 0, 8).entry("b", "U8", {2}, 2, 4).data("01234567").build(),
            Code::InvalidFormat, {"'b'"}},
        {"empty_tensor_inside_another",
            Builder().entry("a", "U8", {8}, 0, 8).entry("b", "U8", {0}, 2, 2).data("01234567").build(),
            Code::InvalidFormat, {"'b'"}},
        {"hole_in_front", Builder().entry("a", "U8", {4}, 1, 5).data("01234").build(), Code::InvalidFormat,
            {"'a'", "1", "0"}},
        {"hole_between", Builder().entry("a", "U8", {4}, 0, 4).entry("b", "U8", {2}, 5, 7).data("0123456").build(),
            Code::InvalidFormat, {"'b'", "5", "4"}},
        {"end_before_begin", Builder().entry("a", "U8", {4}, 4, 0).data("0123").build(), Code::InvalidFormat,
            {"'a'", "4", "0"}},
        {"begin_and_end_wrap", Builder().entry("a", "U8", {1}, ~0ULL, 0).data("d").build(), Code::InvalidFormat,
            {"'a'"}},
    };
}

Files duplicates()
{
    const std::string entry = R"({"dtype":"U8","shape":[1],"data_offsets":[0,1]})";
    const std::string next = R"({"dtype":"U8","shape":[1],"data_offsets":[1,2]})";
    return {
        {"duplicate_name", Builder().rawMember("\"a\":" + entry).rawMember("\"a\":" + next).data("dd").build(),
            Code::InvalidFormat, {"'a'", "twice"}},
        {"duplicate_name_escaped",
            Builder().rawMember("\"a\":" + entry).rawMember("\"\\u0061\":" + next).data("dd").build(),
            Code::InvalidFormat, {"'a'", "twice"}},
        {"duplicate_entry", Builder().rawMember("\"a\":" + entry).rawMember("\"a\":" + entry).data("d").build(),
            Code::InvalidFormat, {"'a'"}},
        {"duplicate_field", withEntry(R"({"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]})"),
            Code::InvalidFormat, {"'x'", "dtype", "twice"}},
        {"duplicate_field_escaped", withEntry(R"({"dtype":"U8","shape":[1],"sh\u0061pe":[1],"data_offsets":[0,1]})"),
            Code::InvalidFormat, {"'x'", "shape", "twice"}},
        {"duplicate_offsets", withEntry(R"({"dtype":"U8","shape":[1],"data_offsets":[0,9],"data_offsets":[0,1]})"),
            Code::InvalidFormat, {"'x'", "data_offsets", "twice"}},
        {"duplicate_metadata", withMember(R"("__metadata__":{"a":"1"},"__metadata__":{"b":"2"})"), Code::InvalidFormat,
            {"__metadata__", "twice"}},
        {"duplicate_metadata_escaped", withMember(R"("__metadata__":{},"\u005f_metadata__":{})"), Code::InvalidFormat,
            {"__metadata__", "twice"}},
        {"duplicate_metadata_key", withMember(R"("__metadata__":{"a":"1","\u0061":"2"})"), Code::InvalidFormat,
            {"'a'", "twice"}},
    };
}

void append(Files& files, Files more)
{
    files.insert(files.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

} // namespace

std::vector<BrokenFile> brokenSafetensors()
{
    Files files;
    for (const auto& table :
        {brokenLengths, brokenJson, brokenEntries, brokenMetadata, brokenSizes, brokenLayouts, duplicates})
        append(files, table());
    return files;
}

std::vector<BrokenFile> foreignFiles()
{
    using namespace std::string_literals;
    return {
        {"empty", "", Code::FileTruncated, {"empty"}},
        {"git_lfs_pointer", "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 6938078334\n",
            Code::InvalidFormat, {"Git LFS"}},
        {"web_page", "<!DOCTYPE html>\n<html><head><title>404</title></head></html>", Code::InvalidFormat, {"HTML"}},
        {"web_page_after_white_space", "\xef\xbb\xbf\r\n  <HTML lang=\"en\"><body>Sign in</body></HTML>",
            Code::InvalidFormat, {"HTML"}},
        {"xml_error", "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", Code::InvalidFormat, {"XML"}},
        {"seven_zip", "7z\xbc\xaf\x27\x1c\0\4payload"s, Code::UnknownFormat, {"7z"}},
        {"tar", "storages" + std::string(249, '\0') + "ustar\0"s + "00" + std::string(248, '\0'), Code::UnknownFormat,
            {"tar", "PyTorch"}},
        {"numpy_array", "\x93NUMPY\1\0v\0{'descr': '<f4'}"s, Code::UnknownFormat, {"npy"}},
        {"whisper", "lmgg\x99\xca\0\0\xdc\5\0\0"s, Code::UnknownFormat, {"ggml"}},
        {"picture", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"s, Code::UnknownFormat, {"PNG"}},
        {"text", "Access to model is restricted. You must be authenticated to access it.", Code::UnknownFormat,
            {"Access to model"}},
        {"control_characters", "\x1b[2J\x1b[31mhello, hello, hello", Code::UnknownFormat, {"\\x1b[2J"}},
        {"zeros", std::string(4096, '\0'), Code::InvalidFormat, {"zeros"}},
        {"json_error", R"({"error":"Invalid credentials in Authorization header"})", Code::InvalidFormat, {"JSON"}},
        {"json_error_like_a_header", R"({"err": {"code":"401"}})", Code::InvalidFormat, {"JSON"}},
    };
}

std::vector<BrokenFile> allBrokenFiles()
{
    Files files = brokenSafetensors();
    append(files, brokenGguf());
    append(files, foreignFiles());
    append(files, brokenTorchFiles());
    return files;
}

std::vector<UnusualFile> unusualSafetensors()
{
    const std::string page(4096 - 8 - 2, ' ');
    const std::uint64_t most = (1ULL << 63U) - 1;
    return {
        {"no_tensors", safetensorsFile("{}"), 0},
        {"padded_header", safetensorsFile("{}        "), 0},
        {"padded_to_a_page", safetensorsFile("{}" + page), 0},
        {"padded_in_front", safetensorsFile("\n \t\r{}\n"), 0},
        {"zero_sized_tensor", Builder().tensor("x", "F32", {2, 0}).build(), 1},
        {"zero_sized_between", Builder().tensor("a", "U8", {3}).tensor("b", "U8", {0}).tensor("c", "U8", {3}).build(),
            3},
        {"many_zero_sized",
            Builder().tensor("a", "U8", {0}).tensor("b", "F64", {0}).tensor("c", "U8", {1, 0, 1}).build(), 3},
        {"zero_behind_huge_dimension", Builder().entry("x", "U8", {1, most, 0}, 0, 0).build(), 1},
        {"zero_with_huge_dimension", Builder().entry("x", "U8", {0, most, 4}, 0, 0).build(), 1},
        {"scalar", Builder().tensor("x", "F32", {}).build(), 1},
        {"fp4", Builder().entry("x", "F4", {4}, 0, 2).data("dd").build(), 1},
        {"fp6", Builder().entry("x", "F6_E3M2", {4}, 0, 3).data("ddd").build(), 1},
        {"header_out_of_order", Builder().entry("b", "U8", {2}, 2, 4).entry("a", "U8", {2}, 0, 2).data("dddd").build(),
            2},
        {"unknown_field", withEntry(R"({"dtype":"U8","shape":[1],"data_offsets":[0,1],"note":{"by":[1,2,{}]}})"), 1},
        {"null_metadata", withMember(R"("__metadata__":null)"), 0},
        {"empty_name", Builder().tensor("", "U8", {1}).build(), 1},
        {"name_with_nul", Builder().tensor(std::string_view{"a\0b", 3}, "U8", {1}).build(), 1},
        {"name_with_markup", Builder().tensor("<img src='x'>\n\x1b[31m", "U8", {1}).build(), 1},
        {"name_of_ten_thousand", Builder().tensor(std::string(10'000, 'n'), "U8", {1}).build(), 1},
        {"rank_of_a_thousand", Builder().tensor("x", "U8", std::vector<std::uint64_t>(1000, 1)).build(), 1},
    };
}

} // namespace weightroom::test
