// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/question.h"

#include "base/guid.h"
#include "base/text.h"
#include "net/signing.h"

namespace rms::cloud {
namespace {

// With its length before it: no two pairs of texts look alike one after the other.
void add(std::string& all, const std::string& text) {
  all += std::to_string(text.size()) + ":" + text;
}

}  // namespace

Result<std::optional<QuestionRecord>> question_of(const ConnectorRecord& connector, std::string_view method,
                                                  const v1::RequestContext& context, const std::string& body) {
  const auto& id = context.request_id();
  if (id.size() != 36 || !is_guid(id))
    return Error(Errc::malformed, "context.request_id must be a GUID without braces");
  v1::Attribution who;
  if (!who.ParseFromString(context.attribution().attribution()))
    return Error(Errc::malformed, "context.attribution is no rms.v1.Attribution");
  who.clear_not_before_ms();
  who.clear_not_after_ms();
  std::string all;
  all.reserve(body.size() + context.attribution().attribution().size() + 32);
  add(all, who.SerializeAsString());
  add(all, body);
  return QuestionRecord{connector.name, std::string(method), to_lower(id), net::sha256_hex(all)};
}

}  // namespace rms::cloud
