// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <ostream>

#include "support/xrml_sample.h"
#include "xrml/document.h"
#include "xrml/reader.h"

namespace rms::xrml {
namespace {

using test::fails_with;
using test::parse_with;
using test::repeated;
using test::replaced;
using test::sample;
using test::sample_text;
using test::some_key;
using test::succeeds;

// As much as fits, and one more.
struct Limit {
  std::string_view what;
  std::size_t most;
  std::function<void(Content&, std::size_t)> fill;
};
// GoogleTest names the case by this; by default by its bytes, addresses among them.
void PrintTo(const Limit& value, std::ostream* out) {
  *out << value.what;
}

class Limits : public testing::TestWithParam<Limit> {};

TEST_P(Limits, HoldToTheLast) {
  const auto& [what, most, fill] = GetParam();
  auto content = sample();
  fill(content, most);
  EXPECT_TRUE(succeeds(issue(content, nullptr)));
  content = sample();
  fill(content, most + 1);
  EXPECT_TRUE(fails_with(issue(content, nullptr), Errc::too_large));
}

INSTANTIATE_TEST_SUITE_P(
    Document, Limits,
    testing::Values(Limit{"grants", kMaxGrants,
                          [](Content& c, std::size_t n) {
                            c.work->grants.assign(n, Grant{"VIEW", {}, "1", {}, {}, {}});
                          }},
                    Limit{"federation_principals", kMaxFederationPrincipals,
                          [](Content& c, std::size_t n) { c.federation_principals.assign(n, c.principals.front()); }},
                    Limit{"distribution_points", kMaxDistributionPoints,
                          [](Content& c, std::size_t n) {
                            c.distribution_points.assign(n, c.distribution_points.front());
                          }},
                    Limit{"addresses", kMaxAddresses,
                          [](Content& c, std::size_t n) {
                            c.issuer->object.addresses.assign(n, {"URL", "x"});
                          }},
                    Limit{"security_levels", kMaxSecurityLevels,
                          [](Content& c, std::size_t n) {
                            c.issuer->security_levels.assign(n, {"a", "b"});
                          }},
                    Limit{"authenticated_data", kMaxAuthenticatedData,
                          [](Content& c, std::size_t n) {
                            c.authenticated_data.assign(n, {"a", "", "b"});
                          }},
                    Limit{"policy_lists", kMaxPolicyLists,
                          [](Content& c, std::size_t n) { c.policy_lists.assign(n, c.policy_lists.front()); }},
                    Limit{"hardware_digest", kMaxHardwareDigestBytes,
                          [](Content& c, std::size_t n) { c.principals.front().hardware_digest.assign(n, 1); }},
                    Limit{"enabling_bits", kMaxEnablingBitsBytes,
                          [](Content& c, std::size_t n) { c.principals.front().enabling_bits->bytes.assign(n, 1); }}),
    [](const auto& each) { return std::string(each.param.what); });

TEST(Document, HasAKeyOfAtMost512Bytes) {
  const auto key = base64(some_key().modulus_le());
  EXPECT_TRUE(succeeds(parse_with(key, base64(std::string(512, '\xC5')))));
  EXPECT_TRUE(fails_with(parse_with(key, base64(std::string(513, '\xC5'))), Errc::too_large));
}

TEST(Document, GrantsOneRightToAtMostSoMany) {
  const auto many = [](std::size_t n) { return "<ACCESS>" + repeated("<PRINCIPAL />", n) + "</ACCESS>"; };
  const auto only =
      replaced(sample_text(), "<RIGHTSLIST>", "<RIGHTSLIST><PRINT><CONDITIONLIST>%</CONDITIONLIST></PRINT>");
  const auto document = Document::parse(replaced(only, "%", many(kMaxGrants - 2)));
  EXPECT_TRUE(succeeds(document));
  EXPECT_TRUE(fails_with(Document::parse(replaced(only, "%", many(kMaxGrants - 1))), Errc::too_large));
}

TEST(Document, NamesARightInAtMost256Bytes) {
  const auto named = [](std::size_t bytes) {
    return parse_with("<RIGHTSLIST>", "<RIGHTSLIST><RIGHT name=\"" + std::string(bytes, 'R') +
                                          "\"><CONDITIONLIST><ACCESS><PRINCIPAL /></ACCESS></CONDITIONLIST></RIGHT>");
  };
  EXPECT_TRUE(succeeds(named(256)));
  EXPECT_TRUE(fails_with(named(257), Errc::too_large));
  const std::string element(257, 'R');
  EXPECT_TRUE(fails_with(parse_with("<RIGHTSLIST>", "<RIGHTSLIST><" + element + "><CONDITIONLIST /></" + element + ">"),
                         Errc::too_large));
}

TEST(Document, RepeatsLittleOfItselfInItsErrors) {
  const auto document = parse_with("<RIGHTSLIST>", "<RIGHTSLIST><" + std::string(kMaxRightBytes, 'A') + " />");
  ASSERT_TRUE(fails_with(document, Errc::malformed));
  EXPECT_LT(document.error().context.size(), 100u);
}

TEST(Document, HasAtMostSoManyBytes) {
  const auto text = sample_text();
  const auto filled = [&](std::size_t size) {
    return replaced(text, "AAAA", std::string(size - text.size() + 4, 'A'));
  };
  EXPECT_TRUE(succeeds(Document::parse(filled(kMaxDocumentBytes))));
  EXPECT_TRUE(fails_with(Document::parse(filled(kMaxDocumentBytes + 1)), Errc::too_large));
}

TEST(Chain, HasAtMostSoManyDocuments) {
  const auto text = sample_text();
  const std::vector<std::string_view> texts(kMaxChainDocuments + 1, text);
  EXPECT_TRUE(succeeds(parse_chain(std::span(texts).first(kMaxChainDocuments))));
  EXPECT_TRUE(fails_with(parse_chain(texts), Errc::too_large));
  EXPECT_TRUE(succeeds(parse_chain(repeated(text, kMaxChainDocuments))));
  EXPECT_TRUE(fails_with(parse_chain(repeated(text, kMaxChainDocuments + 1)), Errc::too_large));
}

TEST(Chain, HasAtMostSoManyBytes) {
  const auto text = sample_text();
  EXPECT_TRUE(succeeds(parse_chain(text + std::string(kMaxChainBytes - text.size(), ' '))));
  EXPECT_TRUE(fails_with(parse_chain(text + std::string(kMaxChainBytes - text.size() + 1, ' ')), Errc::too_large));
}

}  // namespace
}  // namespace rms::xrml
