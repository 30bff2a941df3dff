// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/peers/waiting_program.h"

#include <cstdlib>
#include <utility>

namespace weightroom::benchmarks {
namespace {

using engine::ErrorCode;
using engine::fail;
using engine::Result;

const engine::ChildProgram::Patience kPatience{.stop = {}, .longest = std::chrono::minutes{10}};

} // namespace

Result<WaitingProgram> WaitingProgram::start(std::vector<std::string> command)
{
    const std::string name = command.front();
    auto program = engine::ChildProgram::start({.words = std::move(command)});
    if (!program)
        return fail(std::move(program).error());
    const auto ready = program->readLine(kPatience);
    if (!ready)
        return fail(ready.error());
    if (*ready != "ready")
        return fail(ErrorCode::IoError, "'" + name + "' printed '" + *ready + "' instead of 'ready'");
    return WaitingProgram{name, std::move(*program)};
}

WaitingProgram::WaitingProgram(std::string name, engine::ChildProgram program)
    : m_name(std::move(name))
    , m_program(std::move(program))
{
}

Result<std::vector<double>> WaitingProgram::numbers(std::size_t count)
{
    if (auto sent = m_program.writeLine({}); !sent)
        return fail(std::move(sent).error());
    std::vector<double> numbers;
    while (numbers.size() < count) {
        const auto text = m_program.readLine(kPatience);
        if (!text)
            return fail(text.error());
        char* end = nullptr;
        numbers.push_back(std::strtod(text->c_str(), &end));
        if (end == text->c_str())
            return fail(ErrorCode::IoError, "'" + m_name + "' printed '" + *text + "' instead of a number");
    }
    return numbers;
}

} // namespace weightroom::benchmarks
