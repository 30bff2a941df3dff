// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/client.h"
#include "model_engine/core/jobs/jobs.h"
#include "model_engine/core/json.h"
#include "model_engine/core/naming.h"
#include "model_engine/core/result.h"

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

enum class FieldType : std::uint8_t { None = 0, Text, Path, Integer, Boolean, TextList, PathList, IntegerList, Number };
enum class Presence : std::uint8_t { Optional, Required };
/// Whether a field may also be null, an empty text or an empty list: what the field is about goes then.
enum class Clearing : std::uint8_t { No, Yes };
/// Quick operations answer from the engine's tables; Long ones run as a job with progress and can be cancelled.
enum class Duration : std::uint8_t { Quick, Long };

/// Who may ask. Connected: only a client of the local socket, whose end the engine notices: it is lent something.
enum class Caller : std::uint8_t { Anybody, Connected };

/// One field of a request: from this come the validation, the command line and the reference.
struct FieldSpec {
    Name name;
    FieldType type = FieldType::None;
    Presence presence = Presence::Optional;
    std::string_view help; ///< what it means, with its unit and what happens when it is left out
    std::int64_t minimum = std::numeric_limits<std::int64_t>::min(); ///< integers, and the length of lists
    std::int64_t maximum = std::numeric_limits<std::int64_t>::max();
    std::vector<std::string_view> allowed{}; ///< texts: the closed set of values; empty: any
    Clearing clearing = Clearing::No;
};

/// The fields of a request that passed validation: all known, all of their types and within their limits. Reading a
/// field that the operation does not declare is a programmer's error. With them goes who asks.
class Arguments {
public:
    explicit Arguments(Json values)
        : m_values(std::move(values))
    {
    }
    /// Never nobody for an operation that wants its caller Connected.
    [[nodiscard]] const Client& client() const { return m_client; }
    void setClient(Client client) { m_client = std::move(client); }
    [[nodiscard]] bool has(std::string_view field) const { return m_values.contains(field); }
    [[nodiscard]] std::string text(std::string_view field, std::string_view otherwise = {}) const;
    [[nodiscard]] std::int64_t integer(std::string_view field, std::int64_t otherwise) const;
    [[nodiscard]] bool boolean(std::string_view field, bool otherwise) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view field) const;
    [[nodiscard]] const Json& values() const { return m_values; }

private:
    Json m_values;
    Client m_client;
};

/// One operation, declared once (O17, N): everything that offers it reads this declaration.
struct OperationSpec {
    Name family; ///< "model"; the full name is "model.get_model"
    Name name;
    std::string_view summary; ///< one sentence
    Duration duration = Duration::Quick;
    Caller caller = Caller::Anybody;
    std::vector<FieldSpec> fields;
    std::vector<ErrorCode> errors; ///< beside those that every operation can give
    std::string_view answer; ///< what the answer holds
    /// Objects of the answer whose keys are not names but data, such as the keys of a file's header: a converter of
    /// names leaves them alone. As a path of names, "raw.header"; lists have none: "files.hashes" is in each file.
    std::vector<std::string> dataKeys{};
    /// What the job is about, for the activity list (Long operations).
    std::function<JobDescription(const Arguments&)> describe{};
    /// Quick: on the engine thread, no IO. Long: on a job's thread.
    std::function<Result<Json>(const Arguments&, JobContext*)> handler;

    [[nodiscard]] std::string fullName() const;
};

/// All operations of an engine.
class OperationRegistry {
public:
    /// A second operation of the same name is a programmer's error.
    void add(OperationSpec spec);
    [[nodiscard]] const OperationSpec* find(std::string_view fullName) const;
    [[nodiscard]] std::span<const OperationSpec> all() const { return m_operations; }

private:
    std::vector<OperationSpec> m_operations;
};

/// Checks a request against its declaration. Errors: UnknownField, MissingField, InvalidValue; each names the field.
[[nodiscard]] Result<Arguments> validate(const OperationSpec& spec, const Json& request);

} // namespace weightroom::engine
