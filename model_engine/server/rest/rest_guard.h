// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/server/client_role.h"
#include "model_engine/server/rest/rest_message.h"
#include "model_engine/server/rest/rest_tokens.h"

#include <cstdint>

namespace weightroom::engine {

// What is looked at before anything of a request is understood: a page in a browser can send requests to any port of
// this machine, and other users can too.

/// Who asks. Refuses a Host that is not a loopback name with our port (403: a name that a page has made to point here),
/// another page's Origin (403), and who has no token (401). The token is read from "Authorization: Bearer …" alone.
[[nodiscard]] RestResult<ClientRole> admit(const RestHead& head, std::uint16_t port, const RestTokens& tokens);

/// Whether a body can be one that we read. Refuses (415) a POST that does not say that it brings JSON, which a page's
/// form cannot say, and whatever says that it brings something else; and (415) a body that is encoded, (501) one that
/// is sent in another way than as a length or in chunks, (417) an expectation other than 100-continue.
[[nodiscard]] RestResult<void> checkBodyHeaders(const RestHead& head);

} // namespace weightroom::engine
