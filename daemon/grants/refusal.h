// SPDX-License-Identifier: Apache-2.0
//
// How the service says to a caller that the grants of the server that asked do not reach far enough. Callers know no
// other place for it: the exceptions of MS-RMPR have none.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rms {

// `grant`: one of namespace grant (grants/scope.h).
std::string not_granted_text(std::string_view grant);
// The grant that such a text names; nullopt: it is none.
std::optional<std::string_view> grant_of_text(std::string_view text);

}  // namespace rms
