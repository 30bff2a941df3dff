// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace weightroom::engine {

void forEachIndex(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work)
{
    std::atomic<std::size_t> next{0};
    std::mutex mutex; // guards `failure`
    std::exception_ptr failure;
    const auto takeAll = [&] {
        try {
            for (std::size_t index = next++; index < count; index = next++)
                work(index);
        } catch (...) {
            const std::scoped_lock lock{mutex};
            failure = std::current_exception();
        }
    };
    {
        std::vector<std::jthread> helpers;
        for (std::size_t helper = 1; helper < std::min<std::size_t>(threads, count); ++helper)
            helpers.emplace_back(takeAll);
        takeAll();
    }
    if (failure)
        std::rethrow_exception(failure);
}

} // namespace weightroom::engine
