// SPDX-License-Identifier: Apache-2.0
//
// What makes two messages attempts at one question (docs/decisions/0065).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cloud/front/convert.h"
#include "cloud/store/records.h"

namespace rms::cloud {

// `body`: the request without its context, serialized.
Result<std::optional<QuestionRecord>> question_of(const ConnectorRecord& connector, std::string_view method,
                                                  const v1::RequestContext& context, const std::string& body);

// The question of `request`; nullopt if it has no request_id: then nobody can tell whether it was asked before.
// What is asked is the request without its context; for whom, what the connector vouches for without its times: words
// that were signed anew between two attempts say the same. Errc::malformed: request_id is no GUID.
template <class Request>
Result<std::optional<QuestionRecord>> question_of(const ConnectorRecord& connector, const Request& request) {
  if (request.context().request_id().empty()) return std::nullopt;
  auto body = request;
  body.clear_context();
  return question_of(connector, operation_of<Request>, request.context(), body.SerializeAsString());
}

}  // namespace rms::cloud
