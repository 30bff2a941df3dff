// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/scan/child_process.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>

namespace weightroom::benchmarks {

engine::Result<std::vector<double>> numbersFrom(const std::vector<std::string>& command, std::size_t count)
{
    std::string line;
    for (const std::string& word : command)
        line.append(line.empty() ? "'" : " '").append(word).append("'");
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe{::popen(line.c_str(), "r"), ::pclose};
    std::vector<double> numbers;
    std::array<char, 64> text{};
    while (pipe && numbers.size() < count && std::fgets(text.data(), text.size(), pipe.get()) != nullptr) {
        char* end = nullptr;
        const double number = std::strtod(text.data(), &end);
        if (end != text.data())
            numbers.push_back(number);
    }
    if (numbers.size() < count)
        return engine::fail(engine::ErrorCode::IoError, "could not run " + line);
    return numbers;
}

} // namespace weightroom::benchmarks
