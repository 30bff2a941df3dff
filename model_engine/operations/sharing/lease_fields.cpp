// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/sharing/lease_fields.h"

namespace weightroom::engine {
namespace {

constexpr std::int64_t kMostComponents = 1024;

} // namespace

std::vector<FieldSpec> leaseWishFields(std::string_view componentsHelp)
{
    return {{.name = "model_id",
                .type = FieldType::Text,
                .presence = Presence::Required,
                .help = "A model that is loaded."},
        {.name = "device_id",
            .type = FieldType::Text,
            .help = "Where it is loaded; left out: the first device that has all that is wanted."},
        {.name = "component_ids",
            .type = FieldType::TextList,
            .help = componentsHelp,
            .minimum = 1,
            .maximum = kMostComponents}};
}

LeaseWish leaseWishFrom(const Arguments& arguments)
{
    LeaseWish wish{.model = ModelId{arguments.text("model_id")}, .device = DeviceId{arguments.text("device_id")}};
    for (const std::string& id : arguments.texts("component_ids"))
        wish.components.insert(ComponentId{id});
    return wish;
}

FieldSpec domainsField(std::string_view help, std::int64_t fewest)
{
    FieldSpec field{.name = "domains",
        .type = FieldType::TextList,
        .presence = Presence::Required,
        .help = help,
        .minimum = fewest,
        .maximum = static_cast<std::int64_t>(sharingDomains().size())};
    for (const SharingDomain domain : sharingDomains())
        field.allowed.push_back(toText(domain));
    return field;
}

std::set<SharingDomain> domainsFrom(const Arguments& arguments)
{
    std::set<SharingDomain> domains;
    for (const std::string& domain : arguments.texts("domains"))
        domains.insert(sharingDomainFrom(domain));
    return domains;
}

} // namespace weightroom::engine
