// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/watch/process_name.h"

#include "model_engine/core/files/kernel_file.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::size_t kMostCharacters = 64;

/// A program that runs another one, which is what its user knows. Options by their letters, which may stand together
/// ("-um"); a value stands behind the letter, or is the next argument.
struct Interpreter {
    std::string_view name; ///< without its version
    std::string_view codeLetters; ///< what is run is no script: it follows as text, or comes from elsewhere
    std::string_view moduleLetters; ///< what is run is the module that is the value
    std::string_view valueLetters;
    std::string_view valueWords; ///< long options whose value is the next argument, with a blank around each
};
constexpr std::array kInterpreters{
    Interpreter{"python", "c", "m", "QWX", ""},
    Interpreter{"pypy", "c", "m", "WX", ""},
    Interpreter{"sh", "cs", "", "o", ""},
    Interpreter{"dash", "cs", "", "o", ""},
    Interpreter{"bash", "cs", "", "oO", " --init-file --rcfile "},
    Interpreter{"zsh", "cs", "", "o", ""},
    Interpreter{"node", "ep", "", "Cr", " --conditions --import --require "},
    Interpreter{"perl", "Ee", "", "IMm", ""},
    Interpreter{"ruby", "e", "", "CEIr", ""},
    Interpreter{"java", "", "", "", " --class-path --module-path -classpath -cp -p "},
};
constexpr std::string_view kCodeWords = " --eval --print - ";

enum class OptionKind : std::uint8_t { None = 0, Flag, Value, Module, Code };

struct Option {
    OptionKind kind = OptionKind::None;
    std::string_view value{}; ///< empty: the next argument
};

bool hasWord(std::string_view words, std::string_view word)
{
    return words.find(" " + std::string{word} + " ") != std::string_view::npos;
}

bool hasLetter(std::string_view letters, char letter) { return letters.find(letter) != std::string_view::npos; }

Option optionOf(const Interpreter& interpreter, std::string_view argument)
{
    if (hasWord(kCodeWords, argument))
        return {OptionKind::Code};
    if (hasWord(interpreter.valueWords, argument))
        return {OptionKind::Value};
    if (argument.starts_with("--"))
        return {OptionKind::Flag};
    for (argument.remove_prefix(1); !argument.empty();) {
        const char letter = argument.front();
        argument.remove_prefix(1);
        if (hasLetter(interpreter.codeLetters, letter))
            return {OptionKind::Code};
        if (hasLetter(interpreter.moduleLetters, letter))
            return {OptionKind::Module, argument};
        if (hasLetter(interpreter.valueLetters, letter))
            return {OptionKind::Value, argument};
    }
    return {OptionKind::Flag};
}

/// Wine's processes have paths of Windows.
bool isWindowsPath(std::string_view path) { return path.size() > 2 && path.substr(1, 2) == ":\\"; }

std::string_view withoutFolder(std::string_view path)
{
    const std::string_view separators = isWindowsPath(path) ? "\\/" : "/";
    path = path.substr(0, path.find_last_not_of(separators) + 1);
    return path.substr(path.find_last_of(separators) + 1); // none: from 0
}

/// " main.py", " -m comfyui"; empty where what is run has no name.
std::string scriptOf(const Interpreter& interpreter, std::string_view arguments)
{
    while (!arguments.empty()) {
        std::string_view argument = takeUntil(arguments, '\0');
        const bool isLast = argument == "--";
        if (isLast)
            argument = takeUntil(arguments, '\0');
        if (isLast || !argument.starts_with('-'))
            return argument.empty() ? std::string{} : " " + std::string{withoutFolder(argument)};
        const Option option = optionOf(interpreter, argument);
        if (option.kind == OptionKind::Code)
            return {};
        if (option.kind == OptionKind::Flag)
            continue;
        const std::string_view value = option.value.empty() ? takeUntil(arguments, '\0') : option.value;
        if (option.kind == OptionKind::Module)
            return value.empty() ? std::string{} : " -m " + std::string{value};
    }
    return {};
}

/// Programs may write over their arguments, and then have one: "nginx: worker process", which is a title, or
/// "/opt/chrome/chrome --type=gpu-process", which is a command line.
std::string_view programOf(std::string_view first, std::string_view others)
{
    if (first.starts_with('-')) // of a shell at a log-in
        first.remove_prefix(1);
    if (others.empty())
        first = first.substr(0, first.find(" -"));
    const bool isTitle = hasLetter(first, ' ') && !first.starts_with('/') && !first.starts_with('.');
    return isTitle && !isWindowsPath(first) ? first : withoutFolder(first);
}

std::string nameFrom(std::string_view commandLine)
{
    commandLine = commandLine.substr(0, commandLine.find_last_not_of('\0') + 1);
    const std::string_view first = takeUntil(commandLine, '\0');
    const std::string_view program = programOf(first, commandLine);
    const std::string_view name = program.substr(0, program.find_first_of("-.0123456789"));
    const auto* interpreter = std::ranges::find(kInterpreters, name, &Interpreter::name);
    if (interpreter == kInterpreters.end())
        return std::string{program};
    return std::string{program} + scriptOf(*interpreter, commandLine);
}

/// Anybody can name a process, in any bytes.
std::string presentable(std::string_view name)
{
    std::string text;
    for (std::size_t count = 0; count < kMostCharacters && !name.empty(); ++count) {
        const Utf8Character next = decodeUtf8(name);
        const bool isShown = next.isValid && !isControlOrBidi(next.codePoint);
        text += isShown ? name.substr(0, next.length) : std::string_view{"\xEF\xBF\xBD"}; // U+FFFD
        name.remove_prefix(next.length);
    }
    const bool isBlank = text.find_first_not_of(' ') == std::string::npos;
    return isBlank ? std::string{} : text;
}

} // namespace

std::string processName(std::int64_t id, const std::filesystem::path& processes)
{
    if (id <= 0)
        return {};
    const std::filesystem::path folder = processes / std::to_string(id);
    std::string name = presentable(nameFrom(readKernelFile(folder / "cmdline")));
    if (!name.empty())
        return name;
    // A thread of the kernel, or a process that has ended and nobody has asked for: they have no arguments.
    std::string command = readKernelFile(folder / "comm");
    if (command.ends_with('\n'))
        command.pop_back();
    return presentable(command);
}

} // namespace weightroom::engine
