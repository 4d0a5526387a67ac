// SPDX-License-Identifier: Apache-2.0
//
// A SOAP request. Input: three lines, each of which may be empty: the page's path, the SOAPAction, the Content-Type;
// then the envelope.
#include <algorithm>
#include <string>
#include <variant>

#include "base/text.h"
#include "fuzz/slices.h"
#include "fuzz/support.h"
#include "soap/envelope.h"

namespace rms::fuzz {
namespace {

// Any line names a page, so that no mutation of it is lost.
const soap::Service& page_of(std::string_view path) {
  const auto* named = soap::find_service(path);
  return named != nullptr ? *named : soap::services()[path.size() % soap::services().size()];
}

std::string write(const soap::Service& page, const soap::RequestEnvelope& read) {
  soap::VersionData version = read.version().value_or(soap::VersionData{"1.0.0.0", "1.0.0.0"});
  if (!version.minimum) version.minimum = "0.0.0.0";  // as it was understood
  return soap::write_request(page, read.request(), version, read.dialect().version);
}

void check(const soap::Service& page, const soap::RequestEnvelope& read, std::string_view sent) {
  bool stands_alone = true;
  std::visit(
      [&](const auto& request) {
        for_each_slice(request, [&](std::string_view slice) {
          // UTF-16 was decoded on the way: its characters are others.
          if (xml::to_utf8(sent) && *xml::to_utf8(sent) == sent)
            expect(sent.find(slice) != sent.npos, "a document is a slice of the envelope");
          stands_alone = stands_alone && is_well_formed(slice);
        });
      },
      read.request());
  // A document may use prefixes that the envelope declares; it means nothing elsewhere.
  if (!stands_alone) return;

  const std::string written = write(page, read);
  const auto again = soap::RequestEnvelope::parse(page, written, soap::soap_action(page, read.operation()));
  expect(std::holds_alternative<soap::RequestEnvelope>(again), "what was read can be written and read again");
  const auto& reread = std::get<soap::RequestEnvelope>(again);
  expect(reread.operation() == read.operation(), "it is the same operation");
  expect(write(page, reread) == written, "it says the same");
}

}  // namespace
}  // namespace rms::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rms;
  std::string_view envelope = fuzz::text_of(data, size);
  const soap::Service& page = fuzz::page_of(fuzz::take_line(envelope));
  const std::string_view action = fuzz::take_line(envelope), type = fuzz::take_line(envelope);
  const std::size_t semicolon = std::min(type.find(';'), type.size());
  const auto media =
      soap::parse_media_type(to_lower(type.substr(0, semicolon)), type.substr(std::min(semicolon + 1, type.size())));
  if (!media && !type.empty()) return 0;

  const auto read =
      soap::RequestEnvelope::parse(page, std::string(envelope), action, media.value_or(soap::MediaType{}));
  if (const auto* request = std::get_if<soap::RequestEnvelope>(&read)) {
    fuzz::check(page, *request, envelope);
  } else {
    const auto& refused = std::get<soap::Refused>(read);
    fuzz::expect(!refused.fault.exception.empty() && !refused.fault.text.empty(), "a refusal says why");
    fuzz::expect(refused.fault.text.size() < 1024, "a refusal repeats little of what was sent");
    fuzz::expect(soap::write_refusal(refused).http_status == 500, "a refusal is a fault");
  }
  return 0;
}
