// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/model_engine/engine/engine_rig.h"
#include "tests/model_engine/server/line_client.h"

#include <algorithm>
#include <functional>
#include <span>
#include <sys/mman.h>

namespace weightroom::test {

/// Of the models' one tensor with bytes.
inline constexpr engine::Bytes kHat = engine::kMiB * 8;

/// A program that is connected to the engine.
class Borrower {
public:
    explicit Borrower(const engine::SocketPlace& place)
        : client(place.socket())
    {
    }

    /// The answer, or the typed error; what comes before it is kept.
    engine::Json call(const char* method, const engine::Json& params = engine::Json::object())
    {
        const engine::Json id = ++m_lastId;
        if (!client.ask(id, method, params))
            return {};
        while (const auto message = client.next()) {
            if (!message->contains("id"))
                news.push_back(*message);
            else if (message->at("id") == id)
                return message->contains("result") ? message->at("result") : message->at("error").at("data");
        }
        return {};
    }
    /// The next notification of this method, kept or still to come; null when the engine has closed the connection.
    engine::Json notified(const std::string& method)
    {
        while (true) {
            const auto found =
                std::ranges::find_if(news, [&](const engine::Json& row) { return row.at("method") == method; });
            if (found != news.end()) {
                const engine::Json params = found->at("params");
                news.erase(found);
                return params;
            }
            auto message = client.next();
            if (!message)
                return {};
            news.push_back(*std::move(message));
        }
    }
    /// Whether the bytes of a tensor, as they are in the memory that was handed over, are those of its file.
    static bool hasBytesOf(
        const std::string& name, const engine::Json& tensors, const std::vector<engine::UniqueFd>& slabs)
    {
        bool isEqual = false;
        const bool isThere = withTensor(name, tensors, slabs, PROT_READ, [&](std::span<char> bytes) {
            isEqual = std::string_view(bytes.data(), bytes.size()) == tensorPattern(name, kHat.value);
        });
        return isThere && isEqual;
    }
    /// Changes a byte of a tensor for all, where the memory lets it.
    static bool writeInto(
        const std::string& name, const engine::Json& tensors, const std::vector<engine::UniqueFd>& slabs)
    {
        return withTensor(name, tensors, slabs, PROT_READ | PROT_WRITE,
            [](std::span<char> bytes) { bytes.front() = static_cast<char>(~bytes.front()); });
    }

    LineClient client;
    std::vector<engine::Json> news;

private:
    static bool withTensor(const std::string& name, const engine::Json& tensors,
        const std::vector<engine::UniqueFd>& slabs, int access, const std::function<void(std::span<char>)>& use)
    {
        for (const engine::Json& tensor : tensors.at("tensors")) {
            if (tensor.at("name") != name)
                continue;
            const auto slab = tensor.at("slab").get<std::size_t>();
            const auto length = tensors.at("slabs").at(slab).at("size_bytes").get<std::size_t>();
            void* const address = ::mmap(nullptr, length, access, MAP_SHARED, slabs.at(slab).get(), 0);
            if (address == MAP_FAILED)
                return false;
            use({static_cast<char*>(address) + tensor.at("offset_bytes").get<std::size_t>(),
                tensor.at("size_bytes").get<std::size_t>()});
            ::munmap(address, length);
            return true;
        }
        return false;
    }

    int m_lastId = 0;
};

/// An engine that is served, with two models of which the first is loaded.
class LeaseRig : public EngineRig {
public:
    engine::Result<> open()
    {
        writeModel("hat");
        writeModel("coat");
        if (auto served = engine().serve(engine::ClaimedPlace::claim(place).value()); !served)
            return served;
        if (auto scanned = scan(); !scanned)
            return engine::fail(scanned.error());
        auto loaded = load(idOf("hat"));
        return loaded ? engine::Result<>{} : engine::Result<>{engine::fail(loaded.error())};
    }
    void writeModel(const std::string& name)
    {
        folder.write("models/" + name + ".safetensors",
            SafetensorsBuilder()
                .tensor(name + ".weight", "U8", {kHat.value})
                .tensor(name + ".empty", "F16", {0, 3})
                .build());
    }
    engine::Json attach(Borrower& consumer, const std::string& name)
    {
        return consumer.call("model.post_model_attach", {{"model_id", idOf(name)}});
    }
    /// Waits until no lease is left.
    bool waitForNoLease()
    {
        return waitFor([](const engine::EngineSnapshot& now) { return now.leases.empty(); });
    }
    std::ptrdiff_t jobsOf(const std::string& operation)
    {
        const auto jobs = engine().jobs();
        return std::ranges::count_if(
            jobs, [&](const engine::JobSnapshotPtr& job) { return job->description.operation == operation; });
    }
    engine::SocketPlace place{folder / "sockets"};
};

} // namespace weightroom::test
