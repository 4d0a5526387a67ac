// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "cloud/keys/issuing_tenant.h"
#include "cloud/keys/key_file.h"
#include "support/outcome.h"
#include "support/test_ca.h"
#include "support/xrml_world.h"
#include "xrml/key_wrap.h"

namespace rms::cloud {
namespace {

using test::fails_with;
using test::kNow;
using test::must;
using test::succeeds;

Secret secret(std::string_view text) {
  return Secret(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

TEST(KeyWrap, UnwrapsWhatItWrapped) {
  const auto key = xrml::new_wrapping_key();
  for (const auto* text : {"", "x", "a private key in PEM"}) {
    const auto wrapped = xrml::wrap(key, secret(text), "context");
    EXPECT_EQ(must(xrml::unwrap(key, wrapped, "context")).text(), text);
  }
}

TEST(KeyWrap, NeverWrapsTheSameWayTwice) {
  const auto key = xrml::new_wrapping_key();
  EXPECT_NE(xrml::wrap(key, secret("x"), ""), xrml::wrap(key, secret("x"), ""));
}

TEST(KeyWrap, RefusesAnotherKeyAnotherContextAndEveryAlteredByte) {
  const auto key = xrml::new_wrapping_key();
  const auto wrapped = xrml::wrap(key, secret("private"), "tenant a licensor-key");
  EXPECT_TRUE(fails_with(xrml::unwrap(xrml::new_wrapping_key(), wrapped, "tenant a licensor-key"), Errc::wrong_key));
  EXPECT_TRUE(fails_with(xrml::unwrap(key, wrapped, "tenant b licensor-key"), Errc::wrong_key));
  for (std::size_t i = 1; i < wrapped.size(); ++i) {
    auto altered = wrapped;
    altered[i] ^= 1;
    EXPECT_TRUE(fails_with(xrml::unwrap(key, altered, "tenant a licensor-key"), Errc::wrong_key)) << i;
  }
}

TEST(KeyWrap, RefusesWhatIsTooShortOrNewer) {
  const auto key = xrml::new_wrapping_key();
  auto wrapped = xrml::wrap(key, secret("private"), "");
  EXPECT_TRUE(fails_with(xrml::unwrap(key, std::span(wrapped).first(28), ""), Errc::malformed));
  wrapped[0] = 2;
  EXPECT_TRUE(fails_with(xrml::unwrap(key, wrapped, ""), Errc::unsupported));
}

TEST(KeyFile, ReadsWhatItMade) {
  const test::TempDir directory;
  const auto file = directory.path() / "key";
  must(create_key_file(file));
  EXPECT_EQ(must(read_key_file(file)).size(), xrml::kWrappingKeyBytes);
  EXPECT_TRUE(fails_with(create_key_file(file), Errc::already_exists));
}

TEST(KeyFile, ReadsRawBytesToo) {
  const test::TempDir directory;
  EXPECT_EQ(must(read_key_file(directory.write("raw", std::string(32, '\x07')))).bytes()[31], 7);
}

TEST(KeyFile, RefusesOtherContentAndFilesThatOthersRead) {
  const test::TempDir directory;
  for (const auto& content : {std::string(), std::string(31, 'x'), std::string(33, 'x'), std::string("AAAA")})
    EXPECT_TRUE(fails_with(read_key_file(directory.write("bad", content)), Errc::malformed)) << content.size();
  const auto open = directory.write("open", std::string(32, 'x'));
  std::filesystem::permissions(open, std::filesystem::perms(0644));
  EXPECT_TRUE(fails_with(read_key_file(open), Errc::insecure_file));
  EXPECT_TRUE(fails_with(read_key_file(directory.path() / "none"), Errc::not_found));
}

TEST(Tenant, IsMadeWithItsHierarchyAndOpensAgain) {
  const auto key = xrml::new_wrapping_key();
  const auto record = must(make_tenant({"contoso.test", "https://rms.contoso.test", ""}, key, kNow));
  const auto tenant = must(IssuingTenant::open(record, key));
  ASSERT_EQ(tenant.chain().size(), 3u);
  EXPECT_TRUE(succeeds(xrml::verify_chain(tenant.chain(), {{*tenant.chain().back().content().principal().key}}, kNow)));
  EXPECT_EQ(tenant.urls().licensing, "https://rms.contoso.test/_wmcs/licensing");
  EXPECT_TRUE(fails_with(IssuingTenant::open(record, xrml::new_wrapping_key()), Errc::wrong_key));

  auto swapped = record;
  swapped.licensor_key = record.root_key;
  EXPECT_TRUE(fails_with(IssuingTenant::open(swapped, key), Errc::wrong_key)) << "each key is wrapped for its purpose";
  auto broken = record;
  broken.chain = "<junk/>";
  EXPECT_TRUE(fails_with(IssuingTenant::open(broken, key), Errc::malformed));
  const auto other = must(make_tenant({"contoso.test", "https://rms.contoso.test", record.guid}, key, kNow));
  auto mixed = record;
  mixed.chain = other.chain;
  EXPECT_TRUE(fails_with(IssuingTenant::open(mixed, key), Errc::untrusted));
}

TEST(Tenant, IsNotMadeOfBadSettings) {
  const auto key = xrml::new_wrapping_key();
  const auto make = [&](const NewTenant& wanted) { return make_tenant(wanted, key, kNow); };
  for (const auto* url :
       {"", "rms.contoso.test", "https://", "ftp://rms", "https://rms/", "https://rms?x", "https://r ms"})
    EXPECT_TRUE(fails_with(make({"contoso.test", url, ""}), Errc::invalid_setting)) << url;
  EXPECT_TRUE(fails_with(make({"", "https://rms", ""}), Errc::invalid_setting));
  EXPECT_TRUE(fails_with(make({"a\nb", "https://rms", ""}), Errc::invalid_setting));
  EXPECT_TRUE(fails_with(make({std::string(257, 'x'), "https://rms", ""}), Errc::invalid_setting));
  EXPECT_TRUE(fails_with(make({"a", "https://rms", "not-a-guid"}), Errc::invalid_setting));
}

}  // namespace
}  // namespace rms::cloud
