// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_nvml/fake_answers.h"

#include <fstream>

namespace weightroom::fake_nvml {

using nlohmann::json;

Answers& answers()
{
    static Answers it;
    return it;
}

bool Answers::play(const std::string& file)
{
    std::ifstream stream(file);
    json document = json::parse(stream, nullptr, false);
    const std::lock_guard lock{m_mutex};
    if (document.is_discarded())
        return false;
    m_document = std::move(document);
    m_startResult = NVML_SUCCESS;
    m_isCutUp = m_document.value("isInstance", false);
    m_lostGpus = 0;
    m_questions = 0;
    m_lostAt = std::numeric_limits<std::uint64_t>::max();
    return true;
}

json& Answers::row(const std::string& question)
{
    json& row = m_document["answers"][question];
    if (row.is_null())
        row = {{"result", NVML_SUCCESS}};
    return row;
}

void Answers::refuse(const std::string& question, int result)
{
    const std::lock_guard lock{m_mutex};
    row(question) = {{"result", result}};
}

void Answers::remove(const std::string& question)
{
    const std::lock_guard lock{m_mutex};
    m_document["answers"][question] = nullptr;
}

void Answers::set(const std::string& question, const std::string& name, std::uint64_t value)
{
    const std::lock_guard lock{m_mutex};
    json& it = row(question);
    it["result"] = NVML_SUCCESS;
    it[name] = value;
}

void Answers::addProcess(const std::string& question, unsigned id, std::uint64_t memory)
{
    const std::lock_guard lock{m_mutex};
    json& it = row(question);
    it["result"] = NVML_SUCCESS;
    it["processes"].push_back({{"pid", id}, {"usedGpuMemory", memory}});
}

void Answers::loseAt(std::uint64_t n, int result)
{
    const std::lock_guard lock{m_mutex};
    m_lostAt = m_questions + n;
    m_loss = result;
}

void Answers::cutUp()
{
    const std::lock_guard lock{m_mutex};
    m_isCutUp = true;
}

bool Answers::isCutUp() const
{
    const std::lock_guard lock{m_mutex};
    return m_isCutUp;
}

void Answers::addLostGpu()
{
    const std::lock_guard lock{m_mutex};
    ++m_lostGpus;
}

unsigned Answers::lostGpus() const
{
    const std::lock_guard lock{m_mutex};
    return m_lostGpus;
}

void Answers::refuseToStart(int result)
{
    const std::lock_guard lock{m_mutex};
    m_startResult = result;
}

std::uint64_t Answers::questions() const
{
    const std::lock_guard lock{m_mutex};
    return m_questions;
}

std::uint64_t Answers::questionsAfterLoss() const
{
    const std::lock_guard lock{m_mutex};
    return m_questions > m_lostAt ? m_questions - m_lostAt : 0;
}

int Answers::users() const
{
    const std::lock_guard lock{m_mutex};
    return m_users;
}

nvmlReturn_t Answers::start()
{
    const std::lock_guard lock{m_mutex};
    m_users += m_startResult == NVML_SUCCESS ? 1 : 0;
    return static_cast<nvmlReturn_t>(m_startResult);
}

nvmlReturn_t Answers::find() const
{
    const std::lock_guard lock{m_mutex};
    const json& known = m_document.at("answers");
    const auto row = known.find("nvmlDeviceGetHandleByUUID");
    return row == known.end() ? NVML_SUCCESS : static_cast<nvmlReturn_t>(row->at("result").get<int>());
}

nvmlReturn_t Answers::end()
{
    const std::lock_guard lock{m_mutex};
    --m_users;
    return NVML_SUCCESS;
}

std::string Answers::text(const std::string& name) const
{
    const std::lock_guard lock{m_mutex};
    return m_document.value(name, std::string{});
}

nvmlReturn_t Answers::answer(const std::string& question, const std::function<void(const json&)>& fill)
{
    const std::lock_guard lock{m_mutex};
    if (++m_questions >= m_lostAt)
        return static_cast<nvmlReturn_t>(m_loss);
    const json& known = m_document.at("answers");
    const auto row = known.find(question);
    if (row == known.end() || row->is_null())
        return NVML_ERROR_FUNCTION_NOT_FOUND;
    const auto result = static_cast<nvmlReturn_t>(row->at("result").get<int>());
    if (result == NVML_SUCCESS)
        fill(*row);
    return result;
}

nvmlReturn_t Answers::answer(nvmlReturn_t result)
{
    const std::lock_guard lock{m_mutex};
    return ++m_questions >= m_lostAt ? static_cast<nvmlReturn_t>(m_loss) : result;
}

} // namespace weightroom::fake_nvml

extern "C" weightroom::fake_nvml::Control* weightroom_fake_nvml() { return &weightroom::fake_nvml::answers(); }
