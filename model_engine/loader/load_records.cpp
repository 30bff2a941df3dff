// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/load_records.h"

#include <utility>

namespace weightroom::engine {

std::optional<double> errorPercent(double predicted, double measured)
{
    if (measured == 0)
        return predicted == 0 ? std::optional{0.0} : std::nullopt;
    return (predicted - measured) / measured * 100;
}

void LoadRecords::add(LoadRecord record)
{
    m_records.push_back(std::move(record));
    if (m_records.size() > kMost)
        m_records.pop_front();
}

} // namespace weightroom::engine
