// SPDX-License-Identifier: Apache-2.0
//
// Certificates and licences that try to cost more than their size.
#include "support/hostile.h"
#include "support/xrml_sample.h"
#include "xml/document.h"
#include "xrml/aes.h"
#include "xrml/chain.h"
#include "xrml/reader.h"
#include "xrml/rights_data.h"

namespace rms::xrml {
namespace {

using test::filled;
using test::Hostile;
using test::numbered;
using test::replaced;
using test::sample_text;
using test::times;

bool read(std::string text) {
  const auto chain = parse_chain(text);
  if (!chain) return false;
  static_cast<void>(verify_chain(*chain, {}, test::kNow));
  return true;
}

std::string with(std::string_view what, const std::string& by) {
  return replaced(sample_text(), what, by);
}
// `content` in the BODY, before what the sample has there.
std::string in_body(const std::string& content) {
  return with("<ISSUEDTIME>", content + "<ISSUEDTIME>");
}
std::string in_rights(const std::string& content) {
  return with("<RIGHTSLIST>", "<RIGHTSLIST>" + content);
}
std::string right(std::string_view name, const std::string& principals) {
  return "<RIGHT name='" + std::string(name) + "'><CONDITIONLIST><ACCESS>" + principals +
         "</ACCESS></CONDITIONLIST></RIGHT>";
}
// A signed one whose signature is wrong: it is hashed before that is seen.
std::string forged(const std::string& content) {
  auto all = test::sample();
  all.issuer->key = test::key_of("issuer").public_key();
  static const std::string text(test::must(issue(all, &test::key_of("issuer"))).text());
  return replaced(text, "<ISSUEDTIME>", content + "<ISSUEDTIME>");
}

class XrmlCost : public testing::TestWithParam<Hostile> {};

TEST_P(XrmlCost, IsModest) {
  // Keys and what OpenSSL keeps from its first use on are made before anything is counted.
  ASSERT_TRUE(read(forged("")));
  test::expect_modest(GetParam(), read);
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, XrmlCost,
    testing::Values(
        Hostile{"ElementsOfNobody", [](std::size_t n) { return in_body(filled(n, "<B/>")); }},
        Hostile{"ElementsOfNobodyWithNames", [](std::size_t n) { return in_body(numbered(n, "<B#/>")); }},
        Hostile{"CommentsInTheBody", [](std::size_t n) { return in_body(filled(n, "<!---->")); }},
        Hostile{"SpaceAround",
                [](std::size_t n) { return std::string(n, '\n') + sample_text() + std::string(n, ' '); }},
        Hostile{"HashedBeforeItIsRefused", [](std::size_t n) { return forged(std::string(n, ' ')); }},
        Hostile{"OneLongRightForMany",
                [](std::size_t n) { return in_rights(right(std::string(n / 2, 'R'), filled(n / 2, "<PRINCIPAL/>"))); },
                false, 10'000},
        Hostile{"RightsAtTheLimit", [](std::size_t n) { return in_rights(right("R", times(n / 12, "<PRINCIPAL/>"))); },
                true, 12'000},
        Hostile{"RightsForManyWithNames",
                [](std::size_t n) {
                  return in_rights(filled(n, right("R", "<PRINCIPAL><OBJECT><NAME>n</NAME></OBJECT></PRINCIPAL>")));
                }},
        Hostile{"PrincipalsThatAreTooMany",
                [](std::size_t n) { return in_rights(right("R", filled(n, "<PRINCIPAL/>"))); }, false},
        Hostile{"LongAddresses",
                [](std::size_t n) {
                  return with("<ADDRESS type=\"URL\">x</ADDRESS>",
                              times(60, "<ADDRESS type=\"URL\">" + std::string(n / 60, 'x') + "</ADDRESS>"));
                }},
        Hostile{"LongData",
                [](std::size_t n) {
                  return with("</WORK>",
                              "</WORK>" + times(60, "<AUTHENTICATEDDATA id='" + std::string(n / 120, 'x') + "'>" +
                                                        std::string(n / 120, 'x') + "</AUTHENTICATEDDATA>"));
                }},
        Hostile{"LongPolicies",
                [](std::size_t n) {
                  return with("</WORK>",
                              "</WORK>" + times(10, "<POLICYLIST>" + filled(n / 10, "<P/>") + "</POLICYLIST>"));
                }},
        Hostile{"LongBase64", [](std::size_t n) { return with(">AQID<", ">" + std::string(n / 4 * 4, 'A') + "<"); },
                false},
        Hostile{"SpaceInBase64", [](std::size_t n) { return with(">AQID<", ">AQ" + std::string(n, '\n') + "ID<"); }},
        Hostile{"LongIssuer", [](std::size_t n) { return with("<ISSUER>", "<ISSUER>" + filled(n, "<X/>")); }},
        Hostile{"LongTime", [](std::size_t n) { return with("</ISSUEDTIME>", std::string(n, ' ') + "</ISSUEDTIME>"); }},
        Hostile{"Chain", [](std::size_t n) { return times(16, in_body(std::string(n / 16, ' '))); }},
        Hostile{"ChainOfEnds", [](std::size_t n) { return filled(n, "</XrML>"); }, false},
        Hostile{"ChainOfBeginnings", [](std::size_t n) { return filled(n, "<XrML>"); }, false},
        Hostile{"BracketsBesideTheBody", [](std::size_t n) { return "<XrML>" + filled(n, "<BODX") + "</XrML>"; },
                false},
        Hostile{"Utf16", [](std::size_t n) { return "\xff\xfe" + xml::to_utf16le(in_body(std::string(n / 2, ' '))); }}),
    [](const auto& hostile) { return hostile.param.name; });

ContentKey some_content_key() {
  return {Secret(16), ContentCipher::cbc4k};
}

class RightsDataCost : public testing::TestWithParam<Hostile> {};

TEST_P(RightsDataCost, IsModest) {
  const auto key = some_content_key();
  const auto decrypt = [&key](const std::string& text) { return decrypt_rights_data(text, key).has_value(); };
  static_cast<void>(decrypt("AAAAAAAAAAAAAAAAAAAAAA=="));
  test::expect_modest(GetParam(), decrypt);
}

// Encrypted as an author would, whatever it is.
std::string encrypted(const std::string& text) {
  std::string plain = xml::to_utf16le(text);
  plain.resize(whole_blocks(plain.size()), '\0');
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(plain.data()), plain.size());
  return base64(aes_ecb_encrypt(some_content_key().key, bytes).bytes());
}

std::string rights_with(const std::string& content) {
  auto rights = test::sample();
  rights.kind = Kind::rights_data;
  const std::string text(test::must(issue(rights, nullptr)).text());
  return replaced(text, "<ISSUEDTIME>", content + "<ISSUEDTIME>");
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, RightsDataCost,
    testing::Values(
        Hostile{"Elements", [](std::size_t n) { return encrypted(rights_with(filled(n / 3, "<B/>"))); }},
        Hostile{"Zeros", [](std::size_t n) { return encrypted(std::string("<") + std::string(n / 3, '\n')); }, false},
        Hostile{"Rubbish", [](std::size_t n) { return std::string(n / 64 * 64, 'A'); }, false},
        Hostile{"Space", [](std::size_t n) { return std::string(n, ' '); }, false}),
    [](const auto& hostile) { return hostile.param.name; });

}  // namespace
}  // namespace rms::xrml
