// SPDX-License-Identifier: Apache-2.0
//
// XrML documents one after the other, as files and messages bring them. Input: the chain.
#include "fuzz/support.h"
#include "xrml/chain.h"

namespace rms::fuzz {
namespace {

void check_slices(const xrml::Document& document) {
  const std::string_view text = document.text();
  expect(text.starts_with("<XrML") && text.ends_with(">"), "text() is the element");
  expect(is_inside(document.body(), text), "body() is a slice of text()");
  for (const auto slice : {document.issuer_source(), document.principals_source()})
    expect(slice.empty() || is_inside(slice, document.body()), "what is signed stands in the body");
  for (const auto& policy : document.content().policy_lists)
    expect(document.body().find(policy) != std::string_view::npos, "a policy list is copied from the body");
}

// Writing what a document says says the same, though in other characters.
void check_writing(const xrml::Document& document) {
  const auto first = xrml::issue(document.content(), nullptr);
  // What stood in the element order of nobody may be too much when it is written out, or lean on prefixes that are
  // declared outside of it.
  if (!first) return;
  const auto second = must(xrml::issue(first->content(), nullptr), "what was written can be written again");
  expect(first->text() == second.text(), "it says the same");
  expect(first->kind() == document.kind(), "it is of the same kind");
  expect(first->content().work.has_value() == document.content().work.has_value(), "it has the same work");
  if (document.content().work)
    expect(first->content().work->grants.size() == document.content().work->grants.size(), "and the same rights");
}

void check(const xrml::Document& document) {
  check_slices(document);
  check_writing(document);
  const auto verified = document.verify_signature();
  expect(!verified || document.signature(), "what is not signed does not verify");
  const auto again = must(xrml::Document::parse(document.text()), "text() is a document");
  expect(again.text() == document.text() && again.bound_text() == document.bound_text(), "text() is the document");
}

}  // namespace
}  // namespace rms::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rms;
  const auto chain = xrml::parse_chain(fuzz::text_of(data, size));
  if (!chain) return 0;
  for (const auto& document : *chain) fuzz::check(document);
  const auto again = fuzz::must(xrml::parse_chain(xrml::join_chain(*chain)), "a chain that is joined can be read");
  fuzz::expect(again.size() == chain->size(), "it has as many documents");

  const xrml::Time now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 20);
  const auto nobody = xrml::verify_chain(*chain, {}, now);
  fuzz::expect(!nobody, "who trusts no key believes no chain");
  if (const auto& issuer = chain->back().content().issuer)
    static_cast<void>(xrml::verify_chain(*chain, {{*issuer->key}}, now));
  return 0;
}
