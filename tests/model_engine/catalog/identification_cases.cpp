// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/identification_cases.h"

#include <algorithm>
#include <iterator>

namespace weightroom::test {

namespace {

Cases everyFamily()
{
    Cases all;
    for (Cases (*cases)() : {fluxCases, transformerCases, mediaCases, unetCases, checkpointCases, controlnetCases,
             adapterCases, vaeCases, encoderCases, languageCases, upscalerCases, loraCases, fluxLoraCases})
        std::ranges::move(cases(), std::back_inserter(all));
    return all;
}

} // namespace

const Cases& knownFiles()
{
    static const Cases files = everyFamily();
    return files;
}

} // namespace weightroom::test
