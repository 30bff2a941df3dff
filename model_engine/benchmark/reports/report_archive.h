// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/report_fields.h"
#include "model_engine/core/utf8.h"

#include <concepts>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>

namespace weightroom::engine {

// How a report becomes JSON and comes back: see report_fields.h.

class ReportWriter {
public:
    template <class T>
    void operator()(const char* name, const T& value)
    {
        m_object[name] = valueOf(value);
    }
    template <class T>
    void operator()(const char* name, const std::optional<T>& value)
    {
        if (value)
            m_object[name] = valueOf(*value);
    }
    /// `make` gives the value, or null for none.
    template <class Make>
    void derived(const char* name, const Make& make)
    {
        if (Json value = make(); !value.is_null())
            m_object[name] = std::move(value);
    }
    template <class... Names>
    void later(Names...)
    {
    }
    [[nodiscard]] Json take() { return std::move(m_object); }

private:
    template <class T>
    static Json valueOf(const T& value)
    {
        if constexpr (std::is_enum_v<T>) {
            return toText(value);
        } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, std::map<std::string, bool>>) {
            return value;
        } else {
            ReportWriter writer;
            fields(writer, value);
            return writer.take();
        }
    }
    static Json valueOf(const std::string& text) { return toValidUtf8(text); }
    template <class Tag>
    static Json valueOf(const Id<Tag>& id)
    {
        return toValidUtf8(id.text);
    }
    static Json valueOf(const ContentKey& key) { return key.text; }
    static Json valueOf(Bytes bytes) { return bytes.value; }
    static Json valueOf(Clock::Wall time) { return toIsoText(time, IsoPrecision::Milliseconds); }
    static Json valueOf(const Error& error) { return toJson(error); }
    template <class T>
    static Json valueOf(const std::vector<T>& values)
    {
        Json rows = Json::array();
        for (const T& value : values)
            rows.push_back(valueOf(value));
        return rows;
    }

    Json m_object = Json::object();
};

/// Reads one object strictly. After the first problem, which it keeps, nothing is read any more.
class ReportReader {
public:
    /// `place`: of the object in the document; empty for the document itself.
    ReportReader(const Json& object, std::string place, std::optional<Error>& problem);

    template <class T>
    void operator()(const char* name, T& value)
    {
        if (const Json* member = take(name))
            read(*member, placeOf(name), value);
        else
            note(ErrorCode::MissingField, placeOf(name), "is missing");
    }
    template <class T>
    void operator()(const char* name, std::optional<T>& value)
    {
        value.reset();
        if (const Json* member = take(name))
            read(*member, placeOf(name), value.emplace());
    }
    template <class Make>
    void derived(const char* name, const Make&)
    {
        m_known.insert(name);
    }
    template <class... Names>
    void later(Names... names)
    {
        (m_known.insert(names), ...);
    }
    /// After all fields: nothing else may be there.
    void expectNoMore();

private:
    [[nodiscard]] const Json* take(const char* name); ///< nullptr: it is not there
    [[nodiscard]] std::string placeOf(std::string_view name) const;
    void note(ErrorCode code, const std::string& place, std::string_view what);
    [[nodiscard]] std::uint64_t countFrom(const Json& from, const std::string& place, std::uint64_t most);

    void read(const Json& from, const std::string& place, bool& value);
    void read(const Json& from, const std::string& place, double& value);
    void read(const Json& from, const std::string& place, std::string& value);
    void read(const Json& from, const std::string& place, Clock::Wall& value);
    void read(const Json& from, const std::string& place, std::map<std::string, bool>& value);
    void read(const Json& from, const std::string& place, Error& value);
    void read(const Json& from, const std::string& place, ContentKey& value) { read(from, place, value.text); }
    void read(const Json& from, const std::string& place, Bytes& value) { read(from, place, value.value); }
    template <class Tag>
    void read(const Json& from, const std::string& place, Id<Tag>& value)
    {
        read(from, place, value.text);
    }
    template <std::unsigned_integral T>
    void read(const Json& from, const std::string& place, T& value)
    {
        value = static_cast<T>(countFrom(from, place, std::numeric_limits<T>::max()));
    }
    template <class T>
    requires std::is_enum_v<T>
    void read(const Json& from, const std::string& place, T& value)
    {
        for (auto candidate = T{}; candidate <= lastOf(T{}); candidate = next(candidate)) {
            if (from == toText(candidate)) {
                value = candidate;
                return;
            }
        }
        note(ErrorCode::InvalidValue, place, "is none of the words that there are");
    }
    template <class T>
    requires std::is_class_v<T>
    void read(const Json& from, const std::string& place, T& value)
    {
        ReportReader reader{from, place, m_problem};
        fields(reader, value);
        reader.expectNoMore();
    }
    template <class T>
    void read(const Json& from, const std::string& place, std::vector<T>& values)
    {
        values.clear();
        if (!from.is_array() || from.size() > kMostRows)
            return note(ErrorCode::InvalidValue, place, "must be a list of at most 4096");
        for (std::size_t row = 0; row < from.size() && !m_problem; ++row)
            read(from[row], place + "[" + std::to_string(row) + "]", values.emplace_back());
    }

    static constexpr std::size_t kMostRows = 4096;
    static constexpr std::size_t kLongestText = 4096;

    template <class T>
    static T next(T value)
    {
        return static_cast<T>(static_cast<std::underlying_type_t<T>>(value) + 1);
    }
    static constexpr OptimizationLevel lastOf(OptimizationLevel) { return OptimizationLevel::Aggressive; }
    static constexpr WantedPrecision lastOf(WantedPrecision) { return WantedPrecision::Fp8E4m3fn; }
    static constexpr BenchmarkTemperature lastOf(BenchmarkTemperature) { return BenchmarkTemperature::RamCache; }
    static constexpr BenchmarkStage lastOf(BenchmarkStage) { return kLastBenchmarkStage; }
    static constexpr BenchmarkEnd lastOf(BenchmarkEnd) { return BenchmarkEnd::Failed; }
    static constexpr DeviceKind lastOf(DeviceKind) { return DeviceKind::Cuda; }
    static constexpr FileFormat lastOf(FileFormat) { return FileFormat::TorchLegacy; }

    const Json& m_object;
    const std::string m_place;
    std::optional<Error>& m_problem;
    std::set<std::string_view> m_known;
};

} // namespace weightroom::engine
