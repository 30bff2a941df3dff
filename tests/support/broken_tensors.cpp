// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/broken_torch_files.h"

#include "tests/support/torch_archive_builder.h"

namespace weightroom::test {
namespace {

using Code = engine::ErrorCode;
using Files = std::vector<BrokenFile>;

constexpr std::int64_t kHuge = 1LL << 62U;

std::string inZip(std::string_view pickle) { return torchZip(pickle, {{"0", std::string(24, 'd')}}); }

/// A file of one tensor, named "x", over a storage of six floats.
BrokenFile tensor(std::string name, const PickledTensor& tensor, Code code, std::vector<std::string> mentions)
{
    return {"tensor_" + std::move(name), inZip(pickleOf(tensor)), code, std::move(mentions)};
}

Files brokenViews()
{
    constexpr auto kInvalid = Code::InvalidFormat;
    return {
        tensor("stride_0_of_2_40", {.size = {1LL << 40U}, .stride = {0}}, kInvalid,
            {"'x'", std::to_string(4LL << 40U), "repeat"}),
        tensor("stride_0_twice", {.size = {1LL << 25U, 1LL << 25U}, .stride = {0, 0}}, kInvalid, {"'x'", "repeat"}),
        tensor("negative_stride", {.size = {6}, .stride = {-1}}, kInvalid, {"'x'", "stride"}),
        tensor("negative_size", {.size = {-6}, .stride = {1}}, kInvalid, {"'x'", "size"}),
        tensor("negative_offset", {.offset = -1}, kInvalid, {"'x'", "offset"}),
        tensor("offset_behind_the_end", {.offset = 7, .size = {1}, .stride = {1}}, kInvalid, {"'x'", "7"}),
        tensor("one_behind_the_end", {.offset = 1}, kInvalid, {"'x'", "span 6", "6"}),
        tensor("offset_2_62", {.offset = kHuge}, kInvalid, {"'x'", std::to_string(kHuge)}),
        tensor("stride_behind_the_end", {.size = {2}, .stride = {6}}, kInvalid, {"'x'", "span 7"}),
        tensor("stride_2_62", {.size = {5}, .stride = {kHuge}}, kInvalid, {"'x'", "strides"}),
        tensor("strides_wrap", {.size = {5, 2}, .stride = {kHuge / 4 * 3, kHuge / 4 * 4}}, kInvalid, {"'x'"}),
        tensor(
            "size_wraps_to_zero", {.size = {1LL << 32U, 1LL << 32U}, .stride = {0, 0}}, kInvalid, {"'x'", "overflow"}),
        tensor("bytes_wrap", {.size = {kHuge}, .stride = {0}}, kInvalid, {"'x'", "overflow"}),
        tensor("fewer_strides", {.size = {2, 3}, .stride = {1}}, kInvalid, {"'x'", "2 dimensions"}),
        tensor("dimensions_without_end",
            {.size = std::vector<std::int64_t>(65, 1), .stride = std::vector<std::int64_t>(65, 1)}, kInvalid,
            {"'x'", "64"}),
    };
}

Files brokenStorages()
{
    const auto two = [](const PickledTensor& first, const PickledTensor& second) {
        Pickle pickle;
        pickle.dict().mark().text("x") << first;
        pickle.text("y") << second;
        return inZip(pickle.setItems().stop());
    };
    const PickledTensor asHalves{.type = "HalfStorage", .elements = 12, .size = {12}, .stride = {1}};
    const PickledTensor shorter{.elements = 5, .size = {5}, .stride = {1}};
    return {
        {"storage_of_two_types", two({}, asHalves), Code::InvalidFormat, {"'0'", "6 of fp32", "12 of fp16"}},
        {"storage_of_two_sizes", two({}, shorter), Code::InvalidFormat, {"'0'", "6 of fp32", "5 of fp32"}},
        tensor("storage_too_large", {.elements = 7}, Code::InvalidFormat, {"'0'", "24", "28"}),
        tensor(
            "storage_too_small", {.elements = 5, .size = {5}, .stride = {1}}, Code::InvalidFormat, {"'0'", "24", "20"}),
        tensor("storage_negative", {.elements = -6}, Code::InvalidFormat, {"'0'", "number"}),
        tensor("storage_2_62", {.elements = kHuge}, Code::InvalidFormat, {"'0'", "overflow"}),
        tensor("storage_path", {.key = "../data.pkl"}, Code::InvalidFormat, {"'archive/data/../data.pkl'"}),
        tensor("storage_of_quantized", {.type = "QInt8Storage", .elements = 24}, Code::UnknownDtype,
            {"'torch.QInt8Storage'"}),
        tensor("storage_of_doubled_complex", {.type = "ComplexDoubleStorage"}, Code::UnknownDtype,
            {"'torch.ComplexDoubleStorage'"}),
        tensor("storage_unknown", {.type = "EvilStorage"}, Code::UnknownDtype, {"'torch.EvilStorage'"}),
        {"storage_with_a_view",
            inZip(Pickle()
                      .mark()
                      .text("storage")
                      .global("torch", "FloatStorage")
                      .text("0")
                      .text("cpu")
                      .integer(6)
                      .none()
                      .tuple()
                      .persistentId()
                      .stop()),
            Code::InvalidFormat, {"'0'", "6 values instead of 5"}},
        {"storage_without_a_key",
            inZip(Pickle().text("storage").global("torch", "FloatStorage").integer(0).tuple3().persistentId().stop()),
            Code::InvalidFormat, {"key"}},
        {"storage_class_a_text",
            inZip(Pickle()
                      .mark()
                      .text("storage")
                      .text("FloatStorage")
                      .text("0")
                      .text("cpu")
                      .integer(6)
                      .tuple()
                      .persistentId()
                      .stop()),
            Code::InvalidFormat, {"'0'", "class"}},
    };
}

/// A tensor made by `function` of the arguments that `arguments` leaves between a mark and the tuple.
std::string madeBy(std::string_view module, std::string_view function, const std::string& arguments)
{
    return inZip(
        Pickle().dict().text("x").global(module, function).mark().bytes(arguments).tuple().reduce().setItem().stop());
}

std::string madeBy(std::string_view function, const std::string& arguments)
{
    return madeBy("torch._utils", function, arguments);
}

std::string plainTensor()
{
    Pickle pickle = Pickle::raw("");
    return (pickle << PickledTensor{}).open();
}

Files brokenKinds()
{
    const std::string storage = Pickle::raw("").storage("FloatStorage", "0", 6).open();
    const std::string layout = Pickle::raw("").integer(0).numbers({2, 3}).numbers({3, 1}).open();
    const std::string rest = Pickle::raw("").boolean(false).orderedDict().open();
    const auto metadata = [](std::string_view key) {
        return Pickle::raw("").dict().text(key).boolean(true).setItem().open();
    };
    const std::string foreignClass = Pickle::raw("")
                                         .global("torch._utils", "_rebuild_tensor_v2")
                                         .global("torchao.dtypes", "AffineQuantizedTensor")
                                         .emptyTuple()
                                         .dict()
                                         .open();
    std::string wrapped = plainTensor();
    for (int level = 0; level < 9; ++level)
        wrapped = Pickle::raw("").global("torch._utils", "_rebuild_parameter").bytes(wrapped).tuple1().reduce().open();
    return {
        {"tensor_sparse", madeBy("_rebuild_sparse_tensor", storage), Code::Unsupported,
            {"'x'", "'torch._utils._rebuild_sparse_tensor'"}},
        {"tensor_quantized", madeBy("_rebuild_qtensor", storage), Code::Unsupported, {"'x'", "_rebuild_qtensor"}},
        {"tensor_without_data", madeBy("_rebuild_meta_tensor_no_storage", ""), Code::Unsupported, {"'x'", "meta"}},
        {"tensor_conjugate", madeBy("_rebuild_tensor_v2", storage + layout + rest + metadata("conj")),
            Code::Unsupported, {"'x'", "conjugate"}},
        {"tensor_metadata_no_dict", madeBy("_rebuild_tensor_v2", storage + layout + rest + "K\x01"),
            Code::InvalidFormat, {"'x'", "metadata"}},
        {"tensor_of_a_foreign_class", madeBy("torch._tensor", "_rebuild_from_type_v2", foreignClass), Code::Unsupported,
            {"'x'", "'torchao.dtypes.AffineQuantizedTensor'"}},
        {"tensor_with_few_arguments", madeBy("_rebuild_tensor_v2", storage), Code::InvalidFormat,
            {"'x'", "1 arguments"}},
        {"tensor_with_many_arguments", madeBy("_rebuild_tensor", storage + layout + rest), Code::InvalidFormat,
            {"'x'", "6 arguments"}},
        {"tensor_without_a_storage", madeBy("_rebuild_tensor", "N" + layout), Code::InvalidFormat, {"'x'", "storage"}},
        {"tensor_size_a_number",
            madeBy("_rebuild_tensor", storage + Pickle::raw("").integer(0).integer(6).numbers({1}).open()),
            Code::InvalidFormat, {"'x'", "size", "no list"}},
        {"tensor_size_of_texts",
            madeBy("_rebuild_tensor", storage + Pickle::raw("").integer(0).text("6").tuple1().numbers({1}).open()),
            Code::InvalidFormat, {"'x'", "size", "no number"}},
        {"tensor_size_of_truth",
            madeBy("_rebuild_tensor", storage + Pickle::raw("").integer(0).boolean(true).tuple1().numbers({1}).open()),
            Code::InvalidFormat, {"'x'", "size"}},
        {"tensor_type_a_text", madeBy("_rebuild_tensor_v3", storage + layout + rest + Pickle::raw("").text("x").open()),
            Code::InvalidFormat, {"'x'", "type"}},
        {"tensor_type_of_the_storage_differs",
            madeBy("_rebuild_tensor_v3", storage + layout + rest + Pickle::raw("").global("torch", "int32").open()),
            Code::InvalidFormat, {"'x'", "i32", "fp32"}},
        {"tensor_type_unknown",
            madeBy(
                "_rebuild_tensor_v3", storage + layout + rest + Pickle::raw("").global("torch", "complex128").open()),
            Code::UnknownDtype, {"'x'", "'torch.complex128'"}},
        {"parameter_of_nothing", madeBy("_rebuild_parameter", ""), Code::InvalidFormat, {"'x'", "nothing"}},
        {"parameter_of_a_text", madeBy("_rebuild_parameter", Pickle::raw("").text("x").open()), Code::InvalidFormat,
            {"'x'", "no tensor"}},
        {"parameter_of_parameters", madeBy("_rebuild_parameter", wrapped), Code::InvalidFormat, {"'x'", "too often"}},
    };
}

Files brokenNames()
{
    const std::string tensor = plainTensor();
    const std::string inner = Pickle::raw("").dict().text("b").bytes(tensor).setItem().open();
    return {
        {"name_twice_in_a_dict",
            inZip(Pickle().dict().mark().text("a").bytes(tensor).text("a").bytes(tensor).setItems().stop()),
            Code::InvalidFormat, {"'a'", "twice"}},
        {"name_twice_by_its_way",
            inZip(Pickle().dict().mark().text("a").bytes(inner).text("a.b").bytes(tensor).setItems().stop()),
            Code::InvalidFormat, {"'a.b'", "twice"}},
        {"name_twice_by_its_wrapper",
            inZip(Pickle().dict().mark().text("state_dict").bytes(inner).text("b").bytes(tensor).setItems().stop()),
            Code::InvalidFormat, {"'b'", "twice"}},
        {"name_not_utf8", inZip(Pickle().dict().text("a\xff").bytes(tensor).setItem().stop()), Code::InvalidFormat,
            {"UTF-8"}},
        {"name_too_long", inZip(Pickle().dict().text(std::string(70'000, 'n')).bytes(tensor).setItem().stop()),
            Code::HeaderTooLarge, {"65535"}},
    };
}

void append(Files& files, const Files& more) { files.insert(files.end(), more.begin(), more.end()); }

} // namespace

std::vector<BrokenFile> brokenTensors()
{
    Files files;
    for (const auto& table : {brokenViews, brokenStorages, brokenKinds, brokenNames})
        append(files, table());
    return files;
}

std::vector<BrokenFile> brokenLegacyFiles()
{
    const std::string pickle = pickleOf({.form = TorchForm::Legacy});
    const std::string bytes(24, 'd');
    const std::string good = torchLegacy(pickle, {{"0", 6, bytes}});
    const std::string magic = legacyBeginning().substr(0, 15);
    const std::string view = Pickle()
                                 .mark()
                                 .text("storage")
                                 .global("torch", "FloatStorage")
                                 .text("0")
                                 .text("cpu")
                                 .integer(6)
                                 .mark()
                                 .text("1")
                                 .integer(0)
                                 .integer(6)
                                 .tuple()
                                 .tuple()
                                 .persistentId()
                                 .stop();
    const std::string bigEndian =
        magic + Pickle().integer(1001).stop() + Pickle().dict().text("little_endian").boolean(false).setItem().stop();
    return {
        {"plain_pickle", Pickle().dict().stop(), Code::UnknownFormat, {"torch.save did not write"}},
        {"plain_pickle_with_a_frame", Pickle(4).bytes("\x95" + littleEndian(3, 8)).dict().memoize().stop(),
            Code::UnknownFormat, {"torch.save did not write"}},
        {"legacy_only_magic", magic, Code::FileTruncated, {"ends after 0 bytes"}},
        {"legacy_other_magic", Pickle().bytes("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x18").stop(),
            Code::UnknownFormat, {"torch.save did not write"}},
        {"legacy_protocol_1002", magic + Pickle().integer(1002).stop(), Code::Unsupported, {"1001"}},
        {"legacy_big_endian", bigEndian, Code::Unsupported, {"big-endian"}},
        {"legacy_storage_cut_off", good.substr(0, good.size() - 1), Code::FileTruncated, {"'0'", "24"}},
        {"legacy_bytes_behind", good + "polyglot", Code::InvalidFormat, {"8 bytes"}},
        {"legacy_count_too_small", torchLegacy(pickle, {{"0", 5, bytes}}), Code::InvalidFormat, {"'0'", "5", "6"}},
        {"legacy_count_too_large", torchLegacy(pickle, {{"0", 1ULL << 63U, bytes}}), Code::InvalidFormat,
            {"'0'", "9223372036854775808"}},
        {"legacy_storage_not_listed", torchLegacy(pickle, {}), Code::InvalidFormat, {"'0'", "list"}},
        {"legacy_storage_of_nothing", torchLegacy(pickle, {{"0", 6, bytes}, {"1", 6, bytes}}), Code::InvalidFormat,
            {"'1'"}},
        {"legacy_storage_listed_twice", torchLegacy(pickle, {{"0", 6, bytes}, {"0", 6, bytes}}), Code::InvalidFormat,
            {"'0'", "twice"}},
        {"legacy_list_no_list", legacyBeginning() + pickle + Pickle().dict().stop(), Code::InvalidFormat, {"list"}},
        {"legacy_list_of_numbers", legacyBeginning() + pickle + Pickle().list().integer(0).append().stop(),
            Code::InvalidFormat, {"something"}},
        {"legacy_storage_with_a_view", legacyBeginning() + view, Code::Unsupported, {"'0'", "view"}},
        {"legacy_storage_as_in_zip", torchLegacy(pickleOf({}), {{"0", 6, bytes}}), Code::InvalidFormat,
            {"'0'", "5 values instead of 6"}},
        {"legacy_tensor_too_large", torchLegacy(pickleOf({.offset = 1, .form = TorchForm::Legacy}), {{"0", 6, bytes}}),
            Code::InvalidFormat, {"'x'"}},
        {"legacy_text_longer_than_the_file",
            legacyBeginning() + Pickle().bytes("X" + littleEndian(1'000'000, 4)).stop(), Code::FileTruncated,
            {"1000007"}},
    };
}

} // namespace weightroom::test
