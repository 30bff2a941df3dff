// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/broken_gguf.h"

#include "tests/support/gguf_builder.h"

#include <iterator>

namespace weightroom::test {
namespace {

using Code = engine::ErrorCode;
using Builder = GgufBuilder;
using Files = std::vector<BrokenFile>;

constexpr std::uint64_t kAllOnes = ~std::uint64_t{0};
constexpr std::uint64_t kHalf = 1ULL << 63U;
constexpr std::uint32_t kTypeBeyond = 13; ///< one more than the last type of a value

std::string withPair(std::string_view typeAndValue) { return Builder().pair("k", typeAndValue).build(); }

std::string withType(std::uint32_t type, std::string_view value)
{
    return withPair(littleEndian(type, 4).append(value));
}

std::string withAlignment(std::uint32_t type, std::uint64_t value, std::size_t size)
{
    return Builder().number("general.alignment", type, value, size).build();
}

/// A tensor of two rows of 256, whose original shape is a value of any kind.
std::string withOriginalShape(std::string_view typeAndValue)
{
    return Builder().pair("comfy.gguf.orig_shape.x", typeAndValue).tensor("x", ggml::kQ4K, {256, 2}).build();
}

std::string numbers(const std::vector<std::uint64_t>& values, std::size_t size)
{
    std::string bytes;
    for (const std::uint64_t value : values)
        bytes += littleEndian(value, size);
    return bytes;
}

std::string withInfo(std::uint32_t type, const std::vector<std::uint64_t>& dimensions, std::string_view data = {})
{
    return Builder().info("x", type, dimensions, 0).data(data).build();
}

std::string emptyTexts(std::size_t count) { return std::string(count * 8, '\0'); }

std::string withoutLast(std::string file, std::size_t bytes)
{
    file.resize(file.size() - bytes);
    return file;
}

Files brokenHeaders()
{
    const std::string magic = "GGUF";
    return {
        {"gguf_bad_magic", "FUGG" + Builder().build().substr(4), Code::UnknownFormat, {"FUGG"}},
        {"gguf_only_magic", magic, Code::FileTruncated, {"version", "4"}},
        {"gguf_only_version", magic + littleEndian(3, 4), Code::FileTruncated, {"number of tensors", "8"}},
        {"gguf_version_0", Builder().version(0).build(), Code::InvalidFormat, {"version 0"}},
        {"gguf_version_1", Builder().version(1).build(), Code::UnknownFormat, {"version 1", "2 and 3"}},
        {"gguf_version_4", Builder().version(4).build(), Code::UnknownFormat, {"version 4", "2 and 3"}},
        {"gguf_version_of_letters", magic + "oops", Code::UnknownFormat, {"1936748399"}},
        {"gguf_big_endian", Builder().version(0x03000000).build(), Code::UnknownFormat, {"big-endian"}},
        {"gguf_tensors_all_ones", Builder().claim(kAllOnes, 0).build(), Code::HeaderTooLarge,
            {"18446744073709551615 tensors", "1000000"}},
        {"gguf_pairs_all_ones", Builder().claim(0, kAllOnes).build(), Code::HeaderTooLarge,
            {"18446744073709551615 keys", "1000000"}},
        {"gguf_tensors_2_61", Builder().claim(1ULL << 61U, 0).build(), Code::HeaderTooLarge, {"2305843009213693952"}},
        {"gguf_one_tensor_too_many", Builder().claim(1'000'001, 0).build(), Code::HeaderTooLarge, {"1000001", "limit"}},
        {"gguf_more_tensors_than_bytes", Builder().claim(1000, 0).build(), Code::FileTruncated, {"1000 tensors", "24"}},
        {"gguf_more_pairs_than_bytes", Builder().claim(0, 1000).build(), Code::FileTruncated, {"1000 keys", "14000"}},
        {"gguf_one_tensor_missing", Builder().tensor(std::string(64, 'n'), ggml::kI8, {1}).claim(2, 0).header(),
            Code::FileTruncated, {"the name of tensor 2 of 2"}},
    };
}

Files brokenKeys()
{
    const std::string value = littleEndian(gguf::kU8, 4) + "v";
    const std::string longest(65'536, 'k');
    return {
        {"gguf_key_length_all_ones", Builder().rawPair(littleEndian(kAllOnes, 8) + value + "padding").build(),
            Code::InvalidFormat, {"key 1 of 1", "18446744073709551615", "65535"}},
        {"gguf_key_too_long", Builder().pair(longest, value).build(), Code::InvalidFormat, {"65536", "65535"}},
        {"gguf_key_longer_than_file", Builder().rawPair(littleEndian(99, 8) + value + "v").build(), Code::FileTruncated,
            {"key 1 of 1", "99"}},
        {"gguf_key_empty", Builder().pair("", value).build(), Code::InvalidFormat, {"key 1 of 1", "empty"}},
        {"gguf_key_not_utf8", Builder().pair("a\xff", value).build(), Code::InvalidFormat, {"key 1 of 1", "UTF-8"}},
        {"gguf_key_twice", Builder().text("a", "1").text("b", "2").text("a", "1").build(), Code::InvalidFormat,
            {"'a'", "twice"}},
        {"gguf_alignment_twice", Builder().alignment(32).alignment(32).build(), Code::InvalidFormat,
            {"'general.alignment'", "twice"}},
    };
}

Files brokenValues()
{
    return {
        {"gguf_value_type_13", withType(kTypeBeyond, "v"), Code::InvalidFormat, {"'k'", "13"}},
        {"gguf_value_type_all_ones", withType(0xFFFFFFFF, "v"), Code::InvalidFormat, {"'k'", "4294967295"}},
        {"gguf_text_length_2_62", withType(gguf::kText, littleEndian(1ULL << 62U, 8)), Code::HeaderTooLarge,
            {"'k'", "4611686018427387904", "100000000"}},
        {"gguf_text_length_all_ones", withType(gguf::kText, littleEndian(kAllOnes, 8)), Code::HeaderTooLarge, {"'k'"}},
        {"gguf_text_longer_than_file", withType(gguf::kText, littleEndian(60, 8) + "short"), Code::FileTruncated,
            {"'k'", "60", "64"}},
        {"gguf_bool_2", withType(gguf::kBool, "\x02"), Code::InvalidFormat, {"'k'", "boolean", "2"}},
        {"gguf_bool_2_in_list", withPair(ggufList(gguf::kBool, 2, "\x01\x02")), Code::InvalidFormat,
            {"'k'", "boolean"}},
        {"gguf_bool_2_in_long_list", withPair(ggufList(gguf::kBool, 20, std::string(19, '\x01') + "\x02")),
            Code::InvalidFormat, {"'k'", "boolean"}},
        {"gguf_list_of_lists", withPair(ggufList(gguf::kList, 1, ggufList(gguf::kU8, 1, "v"))), Code::InvalidFormat,
            {"'k'", "list of lists"}},
        {"gguf_list_of_type_13", withPair(ggufList(kTypeBeyond, 1, "v")), Code::InvalidFormat, {"'k'", "13"}},
        {"gguf_list_count_wraps", withPair(ggufList(gguf::kU64, 1ULL << 61U, "")), Code::HeaderTooLarge,
            {"'k'", "list"}},
        {"gguf_list_count_all_ones", withPair(ggufList(gguf::kU8, kAllOnes, "v")), Code::HeaderTooLarge, {"'k'"}},
        {"gguf_list_of_2_60_texts", withPair(ggufList(gguf::kText, 1ULL << 60U, "")), Code::HeaderTooLarge, {"'k'"}},
        {"gguf_list_longer_than_file", withPair(ggufList(gguf::kF64, 100, "")), Code::FileTruncated, {"'k'", "800"}},
        {"gguf_short_list_cut", withPair(ggufList(gguf::kText, 2, ggufText("a") + littleEndian(50, 8))),
            Code::FileTruncated, {"'k'", "50"}},
        {"gguf_long_list_cut", withPair(ggufList(gguf::kText, 20, emptyTexts(19) + littleEndian(99, 8))),
            Code::FileTruncated, {"'k'", "99"}},
        {"gguf_long_list_with_text_2_63", withPair(ggufList(gguf::kText, 20, littleEndian(kHalf, 8) + emptyTexts(19))),
            Code::HeaderTooLarge, {"'k'", "9223372036854775808"}},
    };
}

Files brokenAlignments()
{
    const std::vector<std::string> mentions{"'general.alignment'", "power of two"};
    return {
        {"gguf_alignment_0", withAlignment(gguf::kU32, 0, 4), Code::InvalidFormat, mentions},
        {"gguf_alignment_1", withAlignment(gguf::kU32, 1, 4), Code::InvalidFormat, mentions},
        {"gguf_alignment_4", withAlignment(gguf::kU32, 4, 4), Code::InvalidFormat, mentions},
        {"gguf_alignment_13", withAlignment(gguf::kU32, 13, 4), Code::InvalidFormat, mentions},
        {"gguf_alignment_48", withAlignment(gguf::kU32, 48, 4), Code::InvalidFormat, mentions},
        {"gguf_alignment_all_ones", withAlignment(gguf::kU32, 0xFFFFFFFF, 4), Code::InvalidFormat, mentions},
        {"gguf_alignment_i32", withAlignment(gguf::kI32, 32, 4), Code::InvalidFormat, {"'general.alignment'", "u32"}},
        {"gguf_alignment_u64", withAlignment(gguf::kU64, 32, 8), Code::InvalidFormat, {"'general.alignment'", "u32"}},
        {"gguf_alignment_text", Builder().text("general.alignment", "32").build(), Code::InvalidFormat,
            {"'general.alignment'", "u32"}},
        {"gguf_alignment_list", Builder().pair("general.alignment", ggufList(gguf::kU32, 0, "")).build(),
            Code::InvalidFormat, {"'general.alignment'", "u32"}},
        {"gguf_alignment_not_told",
            Builder().placeBy(8).tensor("a", ggml::kI8, {8}).tensor("b", ggml::kI8, {8}).build(), Code::InvalidFormat,
            {"'b'", "8", "32", "overlap"}},
    };
}

Files brokenOriginalShapes()
{
    return {
        {"gguf_original_shape_number", withOriginalShape(littleEndian(gguf::kI32, 4) + littleEndian(512, 4)),
            Code::InvalidFormat, {"orig_shape.x'", "list of integers"}},
        {"gguf_original_shape_floats", withOriginalShape(ggufList(gguf::kF32, 1, numbers({512}, 4))),
            Code::InvalidFormat, {"orig_shape.x'", "list of integers"}},
        {"gguf_original_shape_texts", withOriginalShape(ggufList(gguf::kText, 1, ggufText("512"))), Code::InvalidFormat,
            {"orig_shape.x'", "list of integers"}},
        {"gguf_original_shape_bools", withOriginalShape(ggufList(gguf::kBool, 1, "\x01")), Code::InvalidFormat,
            {"orig_shape.x'", "list of integers"}},
        {"gguf_original_shape_negative", withOriginalShape(ggufList(gguf::kI32, 2, numbers({kAllOnes, 512}, 4))),
            Code::InvalidFormat, {"orig_shape.x'", "[-1, 512]"}},
        {"gguf_original_shape_of_nine",
            withOriginalShape(ggufList(gguf::kI32, 9, numbers({512, 1, 1, 1, 1, 1, 1, 1, 1}, 4))), Code::InvalidFormat,
            {"orig_shape.x'", "9", "8"}},
        {"gguf_original_shape_of_twenty", withOriginalShape(ggufList(gguf::kU8, 20, std::string(20, '\1'))),
            Code::InvalidFormat, {"orig_shape.x'", "20", "8"}},
        {"gguf_original_shape_differs", withOriginalShape(ggufList(gguf::kI32, 2, numbers({2, 128}, 4))),
            Code::InvalidFormat, {"'x'", "[2, 256]", "[2, 128]"}},
        {"gguf_original_shape_overflows", withOriginalShape(ggufList(gguf::kI64, 2, numbers({1ULL << 62U, 4}, 8))),
            Code::InvalidFormat, {"'x'", "[4611686018427387904, 4]"}},
        {"gguf_original_shape_empty", withOriginalShape(ggufList(gguf::kI32, 0, "")), Code::InvalidFormat,
            {"'x'", "[]"}},
    };
}

Files brokenTensors()
{
    const std::string rest = littleEndian(0, 4) + littleEndian(ggml::kI8, 4) + littleEndian(0, 8);
    return {
        {"gguf_name_length_all_ones", Builder().rawInfo(littleEndian(kAllOnes, 8) + rest).build(), Code::InvalidFormat,
            {"tensor 1 of 1", "18446744073709551615", "65535"}},
        {"gguf_name_too_long", Builder().tensor(std::string(65'536, 'n'), ggml::kI8, {1}).build(), Code::InvalidFormat,
            {"tensor 1 of 1", "65536"}},
        {"gguf_name_not_utf8", Builder().tensor("a\xff", ggml::kI8, {1}).build(), Code::InvalidFormat,
            {"tensor 1 of 1", "UTF-8"}},
        {"gguf_name_twice", Builder().tensor("a", ggml::kI8, {1}).tensor("a", ggml::kI8, {1}).build(),
            Code::InvalidFormat, {"'a'", "twice"}},
        {"gguf_nine_dimensions", withInfo(ggml::kI8, std::vector<std::uint64_t>(9, 1), "d"), Code::InvalidFormat,
            {"'x'", "9 dimensions", "8"}},
        {"gguf_dimensions_all_ones",
            Builder().rawInfo(ggufText("x") + littleEndian(0xFFFFFFFF, 4) + std::string(40, '\0')).build(),
            Code::InvalidFormat, {"'x'", "4294967295"}},
        {"gguf_dimension_minus_one", withInfo(ggml::kI8, {1, kAllOnes}), Code::InvalidFormat, {"'x'", "-1"}},
        {"gguf_dimension_2_63", withInfo(ggml::kI8, {kHalf}), Code::InvalidFormat, {"'x'", "-9223372036854775808"}},
        {"gguf_product_2_66", withInfo(ggml::kI8, {1ULL << 33U, 1ULL << 33U}), Code::InvalidFormat,
            {"'x'", "overflow"}},
        {"gguf_product_2_66_less", withInfo(ggml::kI8, {1ULL << 33U, (1ULL << 33U) - 4}), Code::InvalidFormat,
            {"'x'", "overflow"}},
        {"gguf_product_wraps_to_zero", withInfo(ggml::kF32, {1ULL << 32U, 1ULL << 32U}), Code::InvalidFormat,
            {"'x'", "overflow"}},
        {"gguf_bytes_overflow", withInfo(ggml::kI64, {1ULL << 62U}), Code::InvalidFormat, {"'x'", "overflow"}},
        {"gguf_bytes_wrap_to_size", withInfo(ggml::kI64, {(1ULL << 61U) + 1}, "12345678"), Code::InvalidFormat,
            {"'x'", "overflow"}},
        {"gguf_bytes_2_63", withInfo(ggml::kI8, {0x7FFFFFFFFFFFFFC0}), Code::InvalidFormat, {"'x'", "overflow"}},
        {"gguf_padding_wraps_to_zero", withInfo(ggml::kI8, {kAllOnes - 3}), Code::InvalidFormat, {"'x'"}},
        {"gguf_row_of_33", withInfo(ggml::kQ4_0, {33, 32}), Code::InvalidFormat, {"'x'", "33", "Q4_0", "32"}},
        {"gguf_row_of_half_a_block", withInfo(ggml::kQ4K, {128, 2}), Code::InvalidFormat,
            {"'x'", "128", "Q4_K", "256"}},
        {"gguf_scalar_of_blocks", withInfo(ggml::kQ8_0, {}), Code::InvalidFormat, {"'x'", "Q8_0", "32"}},
    };
}

/// Types that ggml has given up, and some that it may have one day.
Files unknownTypes()
{
    Files files;
    for (const std::uint32_t type : {4U, 5U, 31U, 32U, 33U, 36U, 37U, 38U, 99U, 0xFFFFFFFFU}) {
        const std::string number = std::to_string(type);
        files.push_back({"gguf_type_" + number, withInfo(type, {32}), Code::UnknownDtype, {"'x'", "type " + number}});
    }
    return files;
}

/// Tensors of 2^60 bytes until their sum wraps; the last has `last` bytes.
std::string wrappingSum(std::uint64_t last)
{
    constexpr std::uint64_t kEach = 1ULL << 60U;
    Builder builder;
    for (std::uint64_t i = 0; i < 15; ++i)
        builder.info("x" + std::to_string(i), ggml::kI8, {kEach}, i * kEach);
    return builder.info("last", ggml::kI8, {last}, 15 * kEach).build();
}

Files brokenPlaces()
{
    const std::string bytes(96, 'd');
    const auto two = [&bytes](std::uint64_t offset) {
        return Builder().info("a", ggml::kI8, {40}, 0).info("b", ggml::kI8, {8}, offset).data(bytes).build();
    };
    return {
        {"gguf_hole_in_front", Builder().info("a", ggml::kI8, {8}, 32).data(bytes).build(), Code::InvalidFormat,
            {"'a'", "32", "hole"}},
        {"gguf_hole_between", two(96), Code::InvalidFormat, {"'b'", "96", "64", "hole"}},
        {"gguf_overlap", two(32), Code::InvalidFormat, {"'b'", "32", "64", "overlap"}},
        {"gguf_same_place", two(0), Code::InvalidFormat, {"'b'", "overlap"}},
        {"gguf_not_padded", two(40), Code::InvalidFormat, {"'b'", "40", "64"}},
        {"gguf_not_aligned", two(65), Code::InvalidFormat, {"'b'", "65", "64"}},
        {"gguf_offset_all_ones", two(kAllOnes), Code::InvalidFormat, {"'b'", "18446744073709551615"}},
        {"gguf_offset_wraps", two(kAllOnes - 31), Code::InvalidFormat, {"'b'", "18446744073709551584"}},
        {"gguf_out_of_order", Builder().info("b", ggml::kI8, {8}, 32).info("a", ggml::kI8, {8}, 0).data(bytes).build(),
            Code::InvalidFormat, {"'b'", "32"}},
        {"gguf_sum_wraps", wrappingSum(1ULL << 60U), Code::InvalidFormat, {"'last'", "2^64"}},
        {"gguf_sum_with_header_wraps", wrappingSum((1ULL << 60U) - 64), Code::InvalidFormat, {"'last'", "2^64"}},
    };
}

Files brokenData()
{
    const std::string good = smallGguf().buildUnpadded();
    const std::string header = smallGguf().header();
    const std::string size = std::to_string(good.size());
    return {
        {"gguf_data_one_byte_short", withoutLast(good, 1), Code::FileTruncated,
            {"'scale'", size, std::to_string(good.size() - 1)}},
        {"gguf_no_data", header, Code::FileTruncated, {"'first.weight'", size, std::to_string(header.size())}},
        {"gguf_claims_more_than_the_file", withInfo(ggml::kI8, {1ULL << 40U}, "d"), Code::FileTruncated,
            {"'x'", "10995116"}},
        {"gguf_empty_tensor_behind_the_file",
            Builder().tensor("a", ggml::kI8, {5}).info("b", ggml::kI8, {0}, 32).buildUnpadded(), Code::FileTruncated,
            {"'b'"}},
        {"gguf_trailing_bytes", smallGguf().build() + "polyglot", Code::InvalidFormat, {"8 bytes"}},
        {"gguf_trailing_bytes_without_tensors", Builder().build() + "d", Code::InvalidFormat, {"1 byte"}},
        {"gguf_two_files_joined", smallGguf().build() + smallGguf().build(), Code::InvalidFormat, {"no tensor"}},
    };
}

void append(Files& files, Files more)
{
    files.insert(files.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

std::string manyTokens() { return ggufList(gguf::kText, 20, emptyTexts(20)); }

} // namespace

std::vector<BrokenFile> brokenGguf()
{
    Files files;
    for (const auto& table : {brokenHeaders, brokenKeys, brokenValues, brokenAlignments, brokenOriginalShapes,
             brokenTensors, unknownTypes, brokenPlaces, brokenData})
        append(files, table());
    return files;
}

std::vector<UnusualFile> unusualGguf()
{
    const std::string value = littleEndian(gguf::kU8, 4) + "v";
    const std::string nul{"a\0b", 3};
    return {
        {"gguf_empty", Builder().header(), 0},
        {"gguf_empty_and_padded", Builder().build(), 0},
        {"gguf_version_2", smallGguf().version(2).build(), 4},
        {"gguf_last_tensor_not_padded", smallGguf().buildUnpadded(), 4},
        {"gguf_last_tensor_padded_in_part", smallGguf().buildUnpadded() + "pad", 4},
        {"gguf_keys_not_padded", Builder().text("k", "v").header(), 0},
        {"gguf_alignment_8", Builder().alignment(8).tensor("a", ggml::kI8, {1}).tensor("b", ggml::kI8, {9}).build(), 2},
        {"gguf_alignment_16_KiB", Builder().alignment(16'384).tensor("a", ggml::kI8, {1}).build(), 1},
        {"gguf_alignment_2_31_without_tensors",
            Builder().number("general.alignment", gguf::kU32, 1ULL << 31U, 4).header(), 0},
        {"gguf_alignment_after_other_keys", Builder().text("k", "v").alignment(64).tensor("a", ggml::kI8, {1}).build(),
            1},
        {"gguf_zero_sized", Builder().tensor("a", ggml::kQ4K, {0, 4}).build(), 1},
        {"gguf_zero_sized_between",
            Builder().tensor("a", ggml::kI8, {3}).tensor("b", ggml::kI8, {0}).tensor("c", ggml::kI8, {3}).build(), 3},
        {"gguf_only_zero_sized", Builder().tensor("a", ggml::kI8, {0}).tensor("b", ggml::kI64, {2, 0}).build(), 2},
        {"gguf_zero_with_huge_dimension", withInfo(ggml::kI8, {kHalf - 1, 0}), 1},
        {"gguf_scalar", Builder().tensor("a", ggml::kF32, {}).build(), 1},
        {"gguf_eight_dimensions", Builder().tensor("a", ggml::kF32, {2, 2, 2, 2, 2, 2, 1, 1}).build(), 1},
        {"gguf_name_of_64", Builder().tensor(std::string(64, 'n'), ggml::kI8, {1}).build(), 1},
        {"gguf_name_of_65535", Builder().tensor(std::string(65'535, 'n'), ggml::kI8, {1}).build(), 1},
        {"gguf_name_empty", Builder().tensor("", ggml::kI8, {1}).build(), 1},
        {"gguf_name_with_nul", Builder().tensor(nul, ggml::kI8, {1}).tensor("a", ggml::kI8, {1}).build(), 2},
        {"gguf_name_with_markup", Builder().tensor("<img src='x'>\n\x1b[31m", ggml::kI8, {1}).build(), 1},
        {"gguf_key_upper_case", Builder().pair("Key With Spaces \xe2\x82\xac", value).build(), 0},
        {"gguf_key_of_65535", Builder().pair(std::string(65'535, 'k'), value).build(), 0},
        {"gguf_list_empty", withPair(ggufList(gguf::kText, 0, "")), 0},
        {"gguf_list_long", withPair(manyTokens()), 0},
        {"gguf_text_not_utf8", Builder().text("k", "caf\xe9").build(), 0},
        {"gguf_original_shape_of_no_tensor",
            Builder().pair("comfy.gguf.orig_shape.x", ggufList(gguf::kI32, 1, numbers({7}, 4))).build(), 0},
        {"gguf_original_shape_u64", withOriginalShape(ggufList(gguf::kU64, 3, numbers({4, 2, 64}, 8))), 1},
    };
}

} // namespace weightroom::test
