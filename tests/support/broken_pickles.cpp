// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/broken_torch_files.h"

#include "tests/support/torch_archive_builder.h"

#include <array>
#include <iterator>

namespace weightroom::test {
namespace {

using Code = engine::ErrorCode;
using Files = std::vector<BrokenFile>;
using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::string_view kExecuted = "nothing was executed";

std::string inZip(std::string_view pickle) { return torchZip(pickle, {{"0", std::string(24, 'd')}}); }

std::string called(std::string_view module, std::string_view name)
{
    return inZip(Pickle().global(module, name).text("echo").tuple1().reduce().stop());
}

BrokenFile unsafe(std::string name, const std::string& file, std::string_view mention)
{
    return {"pickle_" + std::move(name), file, Code::UnsafePickle, {std::string{mention}, std::string{kExecuted}}};
}

/// Functions that scanners of pickles were fooled with, and the plain ones.
Files unsafeFunctions()
{
    constexpr std::array<std::pair<const char*, const char*>, 25> kFunctions{{{"os", "system"}, {"posix", "system"},
        {"nt", "system"}, {"subprocess", "Popen"}, {"builtins", "eval"}, {"builtins", "exec"}, {"builtins", "getattr"},
        {"__builtin__", "apply"}, {"pip", "main"}, {"pip._internal.cli.main", "main"}, {"runpy", "_run_code"},
        {"pkgutil", "resolve_name"}, {"importlib", "import_module"}, {"functools", "partial"},
        {"operator", "attrgetter"}, {"copy_reg", "_reconstructor"}, {"torch.hub", "load"},
        {"torch.storage", "_load_from_bytes"}, {"torch.jit.unsupported_tensor_ops", "execWrapper"},
        {"numpy.testing._private.utils", "runstring"}, {"idlelib.pyshell", "ModifiedInterpreter.runcode"},
        {"torch", "float32"}, {"torch", "FloatStorage"}, {"torch", "Tensor"}, {"collections", "ordereddict"}}};
    Files files;
    for (const auto& [module, name] : kFunctions) {
        const std::string function = std::string{module} + "." + name;
        files.push_back(unsafe("calls_" + function, called(module, name), "calls '" + function + "'"));
    }
    return files;
}

/// The same call, said in all the ways that a pickle has.
Files unsafeOpcodes()
{
    const auto command = [](Pickle pickle) { return pickle.text("echo").tuple1(); };
    const Pickle system = Pickle().global("os", "system");
    return {
        unsafe("stack_global", inZip(command(Pickle(4).stackGlobal("os", "system")).reduce().stop()), "'os.system'"),
        unsafe("stack_global_by_memo",
            inZip(command(
                Pickle(4).list().text("os").memoize().append().text("system").memoize().get(0).get(1).bytes("\x93"))
                      .reduce()
                      .stop()),
            "'os.system'"),
        unsafe("function_by_memo",
            inZip(command(Pickle().list().global("os", "system").put(7).append().get(7)).reduce().stop()),
            "'os.system'"),
        unsafe("new_object", inZip(command(system).newObject().stop()), "'os.system'"),
        unsafe("new_object_with_keywords", inZip(command(system).dict().bytes("\x92").stop()), "'os.system'"),
        unsafe("inst", inZip(Pickle().mark().text("echo").bytes("ios\nsystem\n").stop()), "'os.system'"),
        unsafe("obj", inZip(Pickle().mark().global("os", "system").text("echo").bytes("o").stop()), "'os.system'"),
        unsafe("obj_and_pop", inZip(Pickle().mark().global("os", "system").text("echo").bytes("o0").dict().stop()),
            "'os.system'"),
        unsafe("ext1", inZip(Pickle().bytes("\x82\x01").emptyTuple().reduce().stop()), "extension registry"),
        unsafe("ext2", inZip(Pickle().bytes("\x83\x01\x01").stop()), "extension registry"),
        unsafe("ext4", inZip(Pickle().bytes("\x84\x01\x01\x01\x01").stop()), "extension registry"),
        unsafe("dotted_name", called("torch", "_utils._rebuild_tensor_v2"), "'torch._utils._rebuild_tensor_v2'"),
        unsafe("dotted_attribute", called("builtins", "set.__class__.__base__"), "'builtins.set.__class__"),
        unsafe("submodule", called("collections.OrderedDict", "fromkeys"), "'collections.OrderedDict.fromkeys'"),
        unsafe("name_with_a_space", called("collections", "OrderedDict "), "'collections.OrderedDict '"),
        unsafe("calls_a_text", inZip(Pickle().text("os.system").emptyTuple().reduce().stop()), "no function"),
        unsafe("calls_a_result",
            inZip(Pickle().global("builtins", "set").emptyTuple().reduce().emptyTuple().reduce().stop()),
            "'builtins.set'"),
        unsafe("only_named", inZip(Pickle().dict().text("x").global("os", "system").setItem().stop()),
            "names 'os.system'"),
        unsafe("submodule_only_named", inZip(Pickle().dict().text("x").global("os.path", "join").setItem().stop()),
            "names 'os.path.join'"),
    };
}

/// The call hidden in what is right otherwise.
Files unsafePlaces()
{
    const std::string call = Pickle::raw("").global("os", "system").text("echo").tuple1().reduce().open();
    const auto inner = [&](Pickle pickle) { return pickle.bytes(call); };
    Pickle good;
    good.dict().text("x") << PickledTensor{};
    good.setItem();
    return {
        unsafe("then_broken", inZip(inner(Pickle()).bytes("\xff\xff").open()), "'os.system'"),
        unsafe("then_cut_off", inZip(inner(Pickle()).open()), "'os.system'"),
        unsafe("behind_a_model", inZip(Pickle(good).put(0).text("y").bytes(call).setItem().stop()), "'os.system'"),
        unsafe("in_the_metadata",
            inZip(inner(Pickle().orderedDict().dict().text("_metadata")).setItem().build().stop()), "'os.system'"),
        unsafe("in_arguments",
            inZip(inner(Pickle().global("numpy.core.multiarray", "scalar")).tuple1().reduce().stop()), "'os.system'"),
        unsafe("as_a_key", inZip(inner(Pickle().dict()).none().setItem().stop()), "'os.system'"),
        unsafe("as_a_persistent_id", inZip(inner(Pickle()).persistentId().stop()), "'os.system'"),
        unsafe("by_rebuild_from_type",
            inZip(Pickle()
                      .global("torch._tensor", "_rebuild_from_type_v2")
                      .mark()
                      .global("os", "system")
                      .global("torch", "Tensor")
                      .text("echo")
                      .tuple1()
                      .dict()
                      .tuple()
                      .reduce()
                      .stop()),
            "'os.system'"),
        unsafe(
            "in_a_plain_pickle", Pickle().global("os", "system").text("echo").tuple1().reduce().stop(), "'os.system'"),
        unsafe("in_the_old_format",
            legacyBeginning() + Pickle().global("os", "system").text("echo").tuple1().reduce().stop(), "'os.system'"),
        unsafe("in_the_system_information",
            legacyBeginning().substr(0, legacyBeginning().find("}("))
                + Pickle::raw("").global("os", "system").text("echo").tuple1().reduce().stop(),
            "'os.system'"),
    };
}

BrokenFile broken(std::string name, std::string_view pickle, Code code, std::vector<std::string> mentions)
{
    return {"pickle_" + std::move(name), inZip(pickle), code, std::move(mentions)};
}

Files brokenOpcodes()
{
    constexpr auto kInvalid = Code::InvalidFormat;
    Files files{
        broken("empty", "", kInvalid, {"ends after 0 bytes"}),
        broken("without_a_protocol", "}.", kInvalid, {"protocol"}),
        broken("protocol_1", Pickle(1).none().stop(), Code::Unsupported, {"protocol 1"}),
        broken("protocol_6", Pickle(6).none().stop(), Code::Unsupported, {"protocol 6"}),
        broken("second_protocol", Pickle().none().bytes("\x80\x02").stop(), kInvalid, {"a second time"}),
        broken("unknown_opcode", Pickle().bytes("\xff").stop(), kInvalid, {"255"}),
        broken("cut_off", Pickle().dict().open(), kInvalid, {"ends after 3 bytes"}),
        broken("two_values", Pickle().none().none().stop(), kInvalid, {"2 values"}),
        broken("no_value", Pickle().stop(), kInvalid, {"0 values"}),
        broken("open_mark", Pickle().mark().none().stop(), kInvalid, {"1 marks"}),
        broken("bytes_behind", Pickle().dict().stop() + "polyglot", kInvalid, {"8 more"}),
        broken("two_pickles", Pickle().dict().stop() + Pickle().dict().stop(), kInvalid, {"more follow"}),
        broken("stack_underflow", Pickle().none().tuple2().stop(), kInvalid, {"not there"}),
        broken("reaches_below_a_mark", Pickle().none().none().mark().tuple2().stop(), kInvalid, {"not there"}),
        broken("no_mark", Pickle().none().tuple().stop(), kInvalid, {"mark"}),
        broken("append_to_a_dict", Pickle().dict().none().append().stop(), kInvalid, {"no container"}),
        broken("append_to_a_tuple", Pickle().emptyTuple().none().append().stop(), kInvalid, {"no container"}),
        broken("item_of_a_list", Pickle().list().none().none().setItem().stop(), kInvalid, {"no container"}),
        broken("item_of_a_tensor",
            [] {
                Pickle pickle;
                return (pickle << PickledTensor{}).none().none().setItem().stop();
            }(),
            kInvalid, {"no container"}),
        broken("key_without_a_value", Pickle().dict().mark().none().setItems().stop(), kInvalid, {"without a value"}),
        broken("key_a_list", Pickle().dict().list().none().setItem().stop(), kInvalid, {"key of a dict"}),
        broken("key_a_dict", Pickle().dict().mark().none().none().dict().none().setItems().stop(), kInvalid,
            {"key of a dict"}),
        broken("memo_empty", Pickle().get(3).stop(), kInvalid, {"memo index 3"}),
        broken("memo_jump", Pickle().none().put(0xFFFFFFFF).stop(), kInvalid, {"memo index 4294967295"}),
        broken("memo_of_nothing", Pickle().put(0).none().stop(), kInvalid, {"not there"}),
        broken("arguments_no_tuple", Pickle().global("builtins", "set").none().reduce().stop(), kInvalid, {"tuple"}),
        broken("name_of_numbers", Pickle(4).integer(1).integer(2).bytes("\x93").stop(), kInvalid, {"two texts"}),
        broken("name_too_long", Pickle().global(std::string(2000, 'm'), "n").stop(), kInvalid, {"1024"}),
        broken("name_without_an_end", Pickle().bytes("cos").open(), kInvalid, {"ends after"}),
        broken("persistent_id_number", Pickle().integer(5).persistentId().stop(), kInvalid, {"persistent id"}),
        broken(
            "persistent_id_other", Pickle().text("file").tuple1().persistentId().stop(), kInvalid, {"persistent id"}),
        broken("state_of_a_tensor",
            [] {
                Pickle pickle;
                return (pickle << PickledTensor{}).dict().build().stop();
            }(),
            kInvalid, {"attributes"}),
        broken("ordered_dict_of_numbers",
            Pickle().global("collections", "OrderedDict").list().integer(1).append().tuple1().reduce().stop(), kInvalid,
            {"pairs"}),
        broken("whole_module",
            Pickle()
                .mark()
                .text("module")
                .global("m", "Net")
                .text("net.py")
                .text("source")
                .tuple()
                .persistentId()
                .stop(),
            Code::Unsupported, {"whole modules"}),
    };
    for (const auto& [code, name] : std::vector<std::pair<std::string_view, std::string>>{{"0", "POP"},
             {"1", "POP_MARK"}, {"2", "DUP"}, {"F1\n", "FLOAT"}, {"I1\n", "INT"}, {"L1L\n", "LONG"},
             {"S'x'\n", "STRING"}, {"Vx\n", "UNICODE"}, {"l", "LIST"}, {"d", "DICT"}, {"p0\n", "PUT"}, {"g0\n", "GET"},
             {"P0\n", "PERSID"}, {"\x97", "NEXT_BUFFER"}, {"\x98", "READONLY_BUFFER"}})
        files.push_back(broken("opcode_" + name, Pickle().none().bytes(code).stop(), Code::Unsupported, {name}));
    return files;
}

Files brokenLengths()
{
    const auto frame = [](std::uint64_t length) { return "\x95" + littleEndian(length, 8); };
    return {
        broken("text_too_long", Pickle().bytes("X\xff\xff\0\0x"sv).stop(), Code::InvalidFormat, {"65542"}),
        broken("text_2_63", Pickle().bytes("\x8d" + littleEndian(1ULL << 63U, 8)).stop(), Code::HeaderTooLarge,
            {"9223372036854775819", "67108864"}),
        broken("bytes_2_64", Pickle().bytes("\x8e" + littleEndian(~0ULL, 8)).stop(), Code::HeaderTooLarge,
            {"18446744073709551615"}),
        broken(
            "long_negative_length", Pickle().bytes("\x8b\xff\xff\xff\xff").stop(), Code::HeaderTooLarge, {"4294967"}),
        broken("frame_too_long", Pickle(4).bytes(frame(1000)).none().stop(), Code::InvalidFormat, {"1011"}),
        broken("frame_2_64", Pickle(4).bytes(frame(~0ULL)).none().stop(), Code::HeaderTooLarge, {"67108864"}),
        broken("frame_too_short", Pickle(4).bytes(frame(2)).text("text").stop(), Code::InvalidFormat, {"frame"}),
        broken("frame_in_a_frame", Pickle(4).bytes(frame(11)).bytes(frame(2)).none().stop(), Code::InvalidFormat,
            {"frame"}),
        broken("frame_behind_the_end", Pickle(4).bytes(frame(3)).none().stop() + ".", Code::InvalidFormat,
            {"inside of a frame"}),
    };
}

/// Short pickles that stand for endless ones.
Files bombs()
{
    Pickle tensor = Pickle::raw("");
    tensor << PickledTensor{};
    Pickle deep;
    for (int level = 0; level < 300; ++level)
        deep.list();
    (deep << PickledTensor{});
    for (int level = 0; level < 300; ++level)
        deep.append();
    return {
        broken("billion_tensors", manyWaysTo(tensor.append().open()), Code::HeaderTooLarge, {"describes tensors"}),
        broken("contains_itself", Pickle().list().put(0).mark().get(0).get(0).appends().stop(), Code::HeaderTooLarge,
            {"in each other"}),
        broken("too_deep", deep.stop(), Code::HeaderTooLarge, {"256"}),
        broken("too_many_marks", Pickle().bytes(std::string(1000, '(')).stop(), Code::HeaderTooLarge,
            {"in each other", "256"}),
        broken("lists_without_end", Pickle().bytes(std::string(100'000, ']')).stop(), Code::HeaderTooLarge,
            {"bytes of values"}),
    };
}

void append(Files& files, Files more)
{
    files.insert(files.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

} // namespace

std::vector<BrokenFile> unsafePickles()
{
    Files files;
    for (const auto& table : {unsafeFunctions, unsafeOpcodes, unsafePlaces})
        append(files, table());
    return files;
}

std::vector<BrokenFile> brokenPickles()
{
    Files files;
    for (const auto& table : {brokenOpcodes, brokenLengths, bombs})
        append(files, table());
    return files;
}

std::vector<BrokenFile> brokenTorchFiles()
{
    Files files;
    for (const auto& table :
        {brokenZipArchives, foreignArchives, unsafePickles, brokenPickles, brokenTensors, brokenLegacyFiles})
        append(files, table());
    return files;
}

} // namespace weightroom::test
