// SPDX-License-Identifier: Apache-2.0
//
// The answer to a SOAP request, as a client reads it. Input: a line with the operation's name; then the envelope.
#include <algorithm>
#include <string>
#include <variant>

#include "fuzz/slices.h"
#include "fuzz/support.h"
#include "soap/envelope.h"

namespace rms::fuzz {
namespace {

soap::Operation operation_of(std::string_view name) {
  for (std::size_t i = 0; i < soap::kOperationCount; ++i)
    if (to_string(static_cast<soap::Operation>(i)) == name) return static_cast<soap::Operation>(i);
  return static_cast<soap::Operation>(name.size() % soap::kOperationCount);
}

const soap::Service* page_of(soap::Operation operation) {
  for (const auto& page : soap::services())
    if (std::ranges::find(page.operations, operation) != page.operations.end()) return &page;
  return nullptr;
}

// Whether the documents of an answer, which are copied into the next envelope as they are, mean the same there.
struct StandsAlone {
  bool operator()(const std::string& text) const { return is_well_formed(text); }
  bool operator()(const soap::Fault&) const { return true; }
  bool operator()(const soap::Chain& chain) const { return std::ranges::all_of(chain, *this); }
  bool operator()(const std::vector<soap::Chain>& chains) const { return std::ranges::all_of(chains, *this); }
  bool operator()(const std::vector<soap::Template>& templates) const {
    return std::ranges::all_of(templates, [this](const auto& each) { return (*this)(each.xrml.value_or("")); });
  }
  template <class... T>
  bool operator()(const std::vector<std::variant<T...>>& answers) const {
    return std::ranges::all_of(answers, [this](const auto& each) { return std::visit(*this, each); });
  }
  template <class Response>
  bool operator()(const Response& response) const {
    const auto& self = *this;
    if constexpr (requires { response.chain; }) return self(response.chain);
    if constexpr (requires { response.server_chain; }) return self(response.answers) && self(response.server_chain);
    if constexpr (requires { response.answers; }) return self(response.answers);
    if constexpr (requires { response.chains; }) return self(response.chains);
    if constexpr (requires { response.results; }) return self(response.results);
    if constexpr (requires { response.certificate; }) return self(response.certificate);
    if constexpr (std::is_same_v<Response, soap::AcquireTemplatesResponse>) return self(response.templates);
    return true;
  }
};

// As to a caller that understands everything.
std::string write(soap::Operation operation, const soap::Response& response) {
  return soap::write_response({page_of(operation)->ns}, response, soap::VersionData{"1.0.0.0", "1.2.0.0"}).body;
}

}  // namespace
}  // namespace rms::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rms;
  std::string_view envelope = fuzz::text_of(data, size);
  const soap::Operation operation = fuzz::operation_of(fuzz::take_line(envelope));
  const auto response = soap::parse_response(operation, std::string(envelope));
  if (!response || fuzz::page_of(operation) == nullptr || !std::visit(fuzz::StandsAlone(), *response)) return 0;

  const std::string written = fuzz::write(operation, *response);
  const auto again = fuzz::must(soap::parse_response(operation, written), "an answer can be written and read again");
  fuzz::expect(again.index() == response->index(), "it is the same kind of answer");
  fuzz::expect(fuzz::write(operation, again) == written, "it says the same");
  return 0;
}
