// SPDX-License-Identifier: Apache-2.0
#include "support/xrml_sample.h"
#include "xml/document.h"
#include "xrml/document.h"

namespace rms::xrml {
namespace {

using test::fails_with;
using test::key_of;
using test::must;
using test::replaced;
using test::sample;
using test::succeeds;

// Signature wrapping: texts in which another reader could find another body than the one that is signed.
class Wrapping : public testing::Test {
 protected:
  static const Document& good() {
    static const Document document = [] {
      auto content = sample();
      content.issuer->key = key_of("signer").public_key();
      return must(issue(content, &key_of("signer")));
    }();
    return document;
  }
  const std::string text_{good().text()};
  const std::string body_{good().body()};
  const std::string evil_ = replaced(body_, "o@contoso.test", "mallory@contoso.test");
  const std::string signature_ =
      text_.substr(text_.find("<SIGNATURE>"), text_.find("</XrML>") - text_.find("<SIGNATURE>"));
  static std::string xrml(std::string_view content) {
    return "<XrML version=\"1.2\" xmlns=\"\">" + std::string(content) + "</XrML>";
  }
};

TEST_F(Wrapping, TheGoodOneIsGood) {
  EXPECT_TRUE(succeeds(good().verify_signature()));
  EXPECT_EQ(xrml(body_ + signature_), text_);
}

TEST_F(Wrapping, ASecondBodyIsRefused) {
  for (const std::string& content :
       {body_ + evil_ + signature_, evil_ + body_ + signature_, body_ + signature_ + evil_, evil_ + signature_ + body_,
        "<!--" + evil_ + "-->" + body_ + signature_, body_ + "<!--" + evil_ + "-->" + signature_,
        body_ + signature_ + "<!--" + evil_ + "-->", "<!--" + body_ + "-->" + evil_ + signature_,
        "<EXTRA>" + body_ + "</EXTRA>" + evil_ + signature_,
        evil_ + replaced(signature_, "<SIGNATURE>", "<SIGNATURE>" + body_),
        replaced(evil_, "<WORK>", "<EXTRA>" + body_ + "</EXTRA><WORK>") + signature_,
        replaced(evil_, "<WORK>", "<!--" + body_ + "--><WORK>") + signature_,
        replaced(evil_, "<WORK>", "<![CDATA[" + body_ + "]]><WORK>") + signature_}) {
    EXPECT_TRUE(fails_with(Document::parse(xrml(content)), Errc::malformed)) << content.substr(0, 40);
  }
}

TEST_F(Wrapping, ANestedDocumentIsRefused) {
  EXPECT_TRUE(fails_with(Document::parse(xrml(text_)), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse(xrml(text_ + evil_ + signature_)), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "<WORK>", text_ + "<WORK>")), Errc::malformed));
}

TEST_F(Wrapping, ASignatureStandsOnceAndBehindTheBody) {
  EXPECT_TRUE(fails_with(Document::parse(xrml(signature_ + body_)), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse(xrml(body_ + signature_ + signature_)), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "<WORK>", signature_ + "<WORK>")), Errc::malformed));
  EXPECT_TRUE(
      fails_with(Document::parse(replaced(text_, "<SIGNATURE>", "<x:SIGNATURE xmlns:x=\"urn:x\" /><SIGNATURE>")),
                 Errc::malformed));
}

TEST_F(Wrapping, NothingStandsBesideTheBody) {
  for (const auto* junk : {"text", "<!-- -->", "<EXTRA />", "&#65;", "<![CDATA[x]]>"}) {
    EXPECT_TRUE(fails_with(Document::parse(xrml(junk + body_ + signature_)), Errc::malformed)) << junk;
    EXPECT_TRUE(fails_with(Document::parse(xrml(body_ + junk + signature_)), Errc::malformed)) << junk;
    EXPECT_TRUE(fails_with(Document::parse(xrml(body_ + signature_ + junk)), Errc::malformed)) << junk;
    EXPECT_TRUE(fails_with(Document::parse(text_ + junk), Errc::malformed)) << junk;
    EXPECT_TRUE(fails_with(Document::parse(junk + text_), Errc::malformed)) << junk;
  }
  EXPECT_TRUE(
      succeeds(must(Document::parse(xrml("\r\n" + body_ + "\r\n\t" + signature_ + "\r\n"))).verify_signature()));
}

TEST_F(Wrapping, ABodyOfAnotherNamespaceIsNone) {
  const auto evil = replaced(replaced(evil_, "<BODY", "<BODY xmlns=\"urn:x\""), "</BODY>", "</BODY>");
  EXPECT_TRUE(fails_with(Document::parse(xrml(evil + signature_)), Errc::malformed));
}

TEST_F(Wrapping, ChangingTheBodyBreaksTheSignature) {
  EXPECT_TRUE(fails_with(must(Document::parse(xrml(evil_ + signature_))).verify_signature(), Errc::signature_invalid));
}

TEST_F(Wrapping, ADigestThatFitsDoesNotMakeASignature) {
  const auto value_of = [](const Document& document) { return base64(document.signature()->value); };
  const auto digest_of = [](const Document& document) { return base64(document.signature()->digest); };
  const auto fitting = base64(digest(Hash::sha256, xml::to_utf16le(evil_)));
  const auto forged = must(Document::parse(xrml(evil_ + replaced(signature_, digest_of(good()), fitting))));
  EXPECT_TRUE(fails_with(forged.verify_signature(), Errc::signature_invalid));
  // A signature over these characters, but by another key than ISSUER names.
  const auto other = must(key_of("other").sign(Hash::sha256, good().signature()->digest));
  const auto stranger = must(Document::parse(replaced(text_, value_of(good()), base64(other))));
  EXPECT_TRUE(fails_with(stranger.verify_signature(), Errc::signature_invalid));
}

TEST_F(Wrapping, TheDigestIsThatOfTheAlgorithmItNames) {
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "<ALGORITHM>SHA256", "<ALGORITHM>SHA1")), Errc::malformed));
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "<ALGORITHM>SHA256", "<ALGORITHM>MD5")), Errc::unsupported));
  EXPECT_TRUE(
      succeeds(must(Document::parse(replaced(text_, "<ALGORITHM>SHA256", "<ALGORITHM>SHA-256"))).verify_signature()));
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "PKCS#1-V1.5", "PSS")), Errc::unsupported));
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, "surface-coding", "canonical")), Errc::unsupported));
}

TEST_F(Wrapping, ASignatureHasAnIssuer) {
  const auto issuer = std::string(good().issuer_source());
  EXPECT_TRUE(fails_with(Document::parse(replaced(text_, issuer, "")), Errc::malformed));
}

TEST_F(Wrapping, ALongKeyDoesNotSignShortDigests) {
  // Well made in every way but this: RSA-2048 over SHA-1.
  const auto sha1 = digest(Hash::sha1, xml::to_utf16le(body_));
  auto text = replaced(text_, "<DIGEST><ALGORITHM>SHA256", "<DIGEST><ALGORITHM>SHA1");
  text = replaced(text, base64(good().signature()->digest), base64(sha1));
  text = replaced(text, base64(good().signature()->value), base64(must(key_of("signer").sign(Hash::sha1, sha1))));
  EXPECT_TRUE(fails_with(must(Document::parse(text)).verify_signature(), Errc::unsupported));
}

}  // namespace
}  // namespace rms::xrml
