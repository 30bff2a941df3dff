// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/report_archive.h"

#include <cmath>

namespace weightroom::engine {

ReportReader::ReportReader(const Json& object, std::string place, std::optional<Error>& problem)
    : m_object(object)
    , m_place(std::move(place))
    , m_problem(problem)
{
    if (!object.is_object())
        note(ErrorCode::InvalidValue, m_place, "must be an object");
}

const Json* ReportReader::take(const char* name)
{
    m_known.insert(name);
    const auto found = m_object.is_object() ? m_object.find(name) : m_object.end();
    return found == m_object.end() ? nullptr : &*found;
}

std::string ReportReader::placeOf(std::string_view name) const
{
    return m_place.empty() ? std::string{name} : m_place + "." + std::string{name};
}

void ReportReader::note(ErrorCode code, const std::string& place, std::string_view what)
{
    if (m_problem)
        return;
    std::string detail = place.empty() ? "a benchmark report" : "the benchmark report's '" + place + "'";
    m_problem = Error{code, detail.append(" ").append(what), {.field = place}};
}

void ReportReader::expectNoMore()
{
    if (m_problem)
        return;
    for (const auto& [name, value] : m_object.items()) {
        if (!m_known.contains(name))
            note(ErrorCode::UnknownField, placeOf(name), "is not known here");
    }
}

std::uint64_t ReportReader::countFrom(const Json& from, const std::string& place, std::uint64_t most)
{
    const bool isCount = from.is_number_unsigned() || (from.is_number_integer() && from.get<std::int64_t>() >= 0);
    if (isCount && from.get<std::uint64_t>() <= most)
        return from.get<std::uint64_t>();
    note(ErrorCode::InvalidValue, place, "must be a whole number from 0 to " + std::to_string(most));
    return 0;
}

void ReportReader::read(const Json& from, const std::string& place, bool& value)
{
    if (!from.is_boolean())
        return note(ErrorCode::InvalidValue, place, "must be true or false");
    value = from.get<bool>();
}

/// All of them are sizes, rates and times.
void ReportReader::read(const Json& from, const std::string& place, double& value)
{
    if (!from.is_number() || !std::isfinite(from.get<double>()) || from.get<double>() < 0)
        return note(ErrorCode::InvalidValue, place, "must be a number from 0 on");
    value = from.get<double>();
}

void ReportReader::read(const Json& from, const std::string& place, std::string& value)
{
    if (!from.is_string() || from.get_ref<const std::string&>().size() > kLongestText)
        return note(ErrorCode::InvalidValue, place, "must be text of at most 4096 bytes");
    value = from.get<std::string>();
}

void ReportReader::read(const Json& from, const std::string& place, Clock::Wall& value)
{
    const auto time = from.is_string() ? wallTimeFromIsoText(from.get_ref<const std::string&>()) : std::nullopt;
    if (!time)
        return note(ErrorCode::InvalidValue, place, "must be a time like 2026-11-23T17:04:05.123Z");
    value = *time;
}

void ReportReader::read(const Json& from, const std::string& place, std::map<std::string, bool>& value)
{
    value.clear();
    if (!from.is_object() || from.size() > kMostRows)
        return note(ErrorCode::InvalidValue, place, "must be an object of at most 4096 flags");
    for (const auto& [name, flag] : from.items())
        read(flag, place + "." + name, value[name]);
}

void ReportReader::read(const Json& from, const std::string& place, Error& value)
{
    if (!from.is_object())
        return note(ErrorCode::InvalidValue, place, "must be an error");
    value = errorFromJson(from);
}

} // namespace weightroom::engine
