// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/app/every_door/script.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/model_engine/server/line_client.h"
#include "tests/support/manual_clock.h"

#include <future>
#include <map>
#include <memory>
#include <optional>

namespace weightroom::test {

/// A served engine, and what scripts need around it: folders, a program that wants to use weights, a job that stays.
/// Each begin() gives the same state at the same paths, with a clock that stands still, so that what is answered does
/// not depend on when and how often it is asked.
class Scene {
public:
    Scene();
    ~Scene() { end(); }
    Scene(const Scene&) = delete;
    Scene& operator=(const Scene&) = delete;

    /// A new engine, with nothing kept from the one before.
    [[nodiscard]] engine::Result<> begin();
    void end();

    /// What a step needs before it is asked for, and what is put back in order after it.
    void prepare(Around around);
    void tidy(Around around);
    /// The fields with what their placeholders stand for: see Step.
    [[nodiscard]] engine::Json resolved(const engine::Json& fields);

    [[nodiscard]] engine::Engine& engine() { return m_rig.engine(); }
    [[nodiscard]] const engine::SocketPlace& place() const { return m_place; }
    [[nodiscard]] const engine::RestTokens& tokens() const { return m_tokens; }
    [[nodiscard]] std::uint16_t port() const { return m_port; }

private:
    void emptyFolder();
    [[nodiscard]] engine::Json resolvedText(const std::string& text);

    EngineRig m_rig{{engine::kMiB * 256}};
    const engine::SocketPlace m_place{m_rig.folder / "sockets"};
    const engine::RestTokens m_tokens{.full = std::string(64, 'a'), .readOnly = std::string(64, 'b')};
    std::uint16_t m_port = 0;
    std::map<std::string, std::string> m_ids; ///< of models by name, also of those that are gone
    std::optional<LineClient> m_consumer;
    std::unique_ptr<Gate> m_gate; ///< which holds the job; nullptr: none is held
    std::promise<void> m_heldEnded;
    engine::JobId m_held;
};

} // namespace weightroom::test
