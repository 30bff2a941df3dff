// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/sharing/sharing_domain.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr std::array kDomains{SharingDomain::Inference, SharingDomain::Postprocessing, SharingDomain::Processing};

} // namespace

std::span<const SharingDomain> sharingDomains() { return kDomains; }

std::string_view toText(SharingDomain domain)
{
    switch (domain) {
    case SharingDomain::Inference:
        return "inference";
    case SharingDomain::Postprocessing:
        return "postprocessing";
    case SharingDomain::Processing:
        return "processing";
    case SharingDomain::None:
        break;
    }
    return "none";
}

SharingDomain sharingDomainFrom(std::string_view text)
{
    const auto found = std::ranges::find_if(kDomains, [&](SharingDomain domain) { return toText(domain) == text; });
    return found == kDomains.end() ? SharingDomain::None : *found;
}

} // namespace weightroom::engine
