// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/metadata/digest.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace weightroom::engine {
namespace {

std::string hexOf(std::span<const unsigned char> bytes)
{
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const unsigned char byte : bytes) {
        text.push_back(kDigits[byte >> 4U]);
        text.push_back(kDigits[byte & 0xFU]);
    }
    return text;
}

tl::unexpected<Error> refused() { return fail(ErrorCode::Unsupported, "libcrypto gives no SHA-256 here"); }

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { ::EVP_MD_CTX_free(context); }
};

class Sha256 final : public Digest {
public:
    [[nodiscard]] bool begin()
    {
        return m_context && ::EVP_DigestInit_ex(m_context.get(), ::EVP_sha256(), nullptr) == 1;
    }
    [[nodiscard]] Result<> update(std::span<const std::byte> bytes) override
    {
        if (::EVP_DigestUpdate(m_context.get(), bytes.data(), bytes.size()) != 1)
            return refused();
        return {};
    }
    [[nodiscard]] Result<std::string> finish() override
    {
        std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
        unsigned size = 0;
        if (::EVP_DigestFinal_ex(m_context.get(), hash.data(), &size) != 1)
            return refused();
        return hexOf(std::span{hash}.first(size));
    }

private:
    std::unique_ptr<EVP_MD_CTX, FreeContext> m_context{::EVP_MD_CTX_new()};
};

class Crc32 final : public Digest {
public:
    [[nodiscard]] Result<> update(std::span<const std::byte> bytes) override
    {
        m_sum = ::crc32_z(m_sum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
        return {};
    }
    [[nodiscard]] Result<std::string> finish() override
    {
        std::array<unsigned char, 4> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i)
            bytes[i] = static_cast<unsigned char>(m_sum >> (24U - 8U * i));
        return hexOf(bytes);
    }

private:
    uLong m_sum = 0;
};

} // namespace

Result<std::unique_ptr<Digest>> makeSha256()
{
    auto digest = std::make_unique<Sha256>();
    if (!digest->begin())
        return refused();
    return digest;
}

Result<std::unique_ptr<Digest>> makeCrc32() { return std::make_unique<Crc32>(); }

} // namespace weightroom::engine
