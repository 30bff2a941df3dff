// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <QString>

namespace weightroom::ui {

/// A field of an answer, shown safely; empty when it is not there or no string.
[[nodiscard]] QString textIn(const engine::Json& object, const char* field);
/// A value as people read it: lists with commas, line breaks as they are, markup of websites without its tags. A very
/// long one is cut.
[[nodiscard]] QString valueText(const engine::Json& value);
/// The entries with commas between them; a very long list is cut.
[[nodiscard]] QString listText(const engine::Json& list);

} // namespace weightroom::ui
