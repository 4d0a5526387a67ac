// SPDX-License-Identifier: Apache-2.0
#include "net/signing.h"

#include <gtest/gtest.h>

#include "support/test_ca.h"

namespace rms::net {
namespace {

Secret secret(std::string_view text) {
  return Secret(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

class Signing : public testing::TestWithParam<test::KeyKind> {
 protected:
  test::TestCa ca_;
  const test::Credentials own_ = ca_.issue({.common_name = "connector", .key = GetParam()});
  const Signer signer_ = *Signer::from_pem(secret(own_.key_pem));
};

TEST_P(Signing, IsVerifiedByTheCertificateOfTheKey) {
  const auto signature = signer_.sign("purpose", "text");
  EXPECT_TRUE(verify_signature(own_.certificate_pem, "purpose", "text", signature));
  EXPECT_TRUE(verify_signature(own_.certificate_pem, "", std::string("\0", 1), signer_.sign("", std::string("\0", 1))));
}

TEST_P(Signing, IsOfThisTextForThisPurposeOnly) {
  const auto signature = signer_.sign("purpose", "text");
  const auto verified = [&](std::string_view purpose, std::string_view text, std::string_view bytes) {
    return verify_signature(own_.certificate_pem, purpose, text, bytes);
  };
  EXPECT_EQ(verified("purpose", "Text", signature).error(), Errc::signature_invalid);
  EXPECT_EQ(verified("other", "text", signature).error(), Errc::signature_invalid);
  EXPECT_EQ(verified("purposet", "ext", signature).error(), Errc::signature_invalid) << "where the one ends is signed";
  EXPECT_EQ(verified("purpose", "text", "").error(), Errc::signature_invalid);
  EXPECT_EQ(verified("purpose", "text", std::string_view(signature).substr(1)).error(), Errc::signature_invalid);
  auto flipped = signature;
  flipped.back() ^= 1;
  EXPECT_EQ(verified("purpose", "text", flipped).error(), Errc::signature_invalid);
  EXPECT_EQ(verified("purpose", "text", std::string(100'000, 'x')).error(), Errc::signature_invalid);
}

TEST_P(Signing, IsNobodyElses) {
  const auto other = ca_.issue({.common_name = "connector", .key = GetParam()});
  EXPECT_EQ(verify_signature(other.certificate_pem, "purpose", "text", signer_.sign("purpose", "text")).error(),
            Errc::signature_invalid);
}

INSTANTIATE_TEST_SUITE_P(Keys, Signing,
                         testing::Values(test::KeyKind::rsa, test::KeyKind::p256, test::KeyKind::ed25519));

TEST(SigningKeys, MustBeKeysThatSign) {
  EXPECT_EQ(Signer::from_pem(secret("no key")).error(), Errc::malformed);
  EXPECT_EQ(Signer::from_pem(secret(test::x25519_key_pem())).error(), Errc::unsupported);
  EXPECT_EQ(verify_signature("no certificate", "", "", "").error(), Errc::malformed);
}

TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace rms::net
