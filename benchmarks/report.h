// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/spread.h"
#include "model_engine/core/json.h"
#include "model_engine/core/result.h"

#include <cstdlib>
#include <iostream>
#include <string>

namespace weightroom::benchmarks {

enum class OutputForm { Table, Json };

/// How a figure is written for people.
struct FigureFormat {
    const char* label;
    double unit; ///< divisor
    const char* unitName;
};

/// "label    median  (minimum to maximum) unit".
[[nodiscard]] std::string lineOf(const FigureFormat& format, const Spread& spread);
[[nodiscard]] engine::Json toJson(const Spread& spread);

/// The end of every benchmark: prints the result, by its printTable() or toJson(), or the error. Gives the exit status
/// of the program.
template <class Value>
int report(const engine::Result<Value>& result, OutputForm form)
{
    if (!result) {
        std::cerr << engine::writeJson({{"error", engine::toJson(result.error())}}) << '\n';
        return EXIT_FAILURE;
    }
    if (form == OutputForm::Json)
        std::cout << engine::writeJson(toJson(*result), 2) << '\n';
    else
        printTable(*result, std::cout);
    return EXIT_SUCCESS;
}

} // namespace weightroom::benchmarks
