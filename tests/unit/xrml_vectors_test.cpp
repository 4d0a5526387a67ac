// SPDX-License-Identifier: Apache-2.0
//
// Documents that nobody here wrote: the examples of MS-RMPR 4.5 and chains made by Azure RMS clients.
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/outcome.h"
#include "xml/document.h"
#include "xrml/chain.h"
#include "xrml/document.h"

namespace rms::xrml {
namespace {

using test::fails_with;
using test::must;
using test::succeeds;

const std::filesystem::path kVectors = RMS_VECTORS_DIR;

class Vectors : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::is_directory(kVectors)) {
      GTEST_SKIP() << "the vectors are not here: they live outside of the repository, in " << kVectors;
    }
  }

  static std::string read(const std::string& name) {
    std::ifstream file(kVectors / name, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return std::move(text).str();
  }

  static std::vector<Document> chain(const std::string& name) { return must(parse_chain(read(name))); }
  static Document document(const std::string& name) { return chain(name).front(); }
};

TEST_F(Vectors, EveryFileIsOfItsKindAndKeepsItsCharacters) {
  const std::vector<std::pair<std::string, Kind>> files = {{"spec-spc.xml", Kind::machine_certificate},
                                                           {"spec-rac.xml", Kind::rights_account_certificate},
                                                           {"spec-clc.xml", Kind::client_licensor_certificate},
                                                           {"spec-pl.xml", Kind::publishing_license},
                                                           {"spec-erd.xml", Kind::rights_data},
                                                           {"spec-ul.xml", Kind::use_license},
                                                           {"spec-template.xml", Kind::official_template}};
  for (const auto& [name, kind] : files) {
    const auto documents = chain(name);
    ASSERT_EQ(documents.size(), 1u) << name;
    EXPECT_EQ(documents.front().kind(), kind) << name;
    const auto file = read(name);
    EXPECT_EQ(documents.front().text(), file.substr(0, file.find_last_of('>') + 1)) << name;
  }
}

TEST_F(Vectors, SignaturesOfModeOneAreGood) {
  for (const auto* name : {"spec-spc.xml", "spec-rac.xml", "spec-clc.xml", "spec-pl.xml", "spec-ul.xml"}) {
    const auto one = document(name);
    EXPECT_EQ(one.signature()->hash, Hash::sha1);
    EXPECT_EQ(one.content().issuer->key->bits(), 1024u);
    EXPECT_TRUE(succeeds(one.verify_signature())) << name;
  }
}

TEST_F(Vectors, TheTemplateWasAlteredInPrint) {
  EXPECT_TRUE(fails_with(document("spec-template.xml").verify_signature(), Errc::signature_invalid));
}

TEST_F(Vectors, RightsDataAreNotSigned) {
  EXPECT_TRUE(fails_with(document("spec-erd.xml").verify_signature(), Errc::unsupported));
}

TEST_F(Vectors, AzureChainsAreGoodInEitherEncoding) {
  for (const auto* name : {"azure-pl-utf8.bin", "azure-pl-utf16.bin"}) {
    const auto documents = chain(name);
    ASSERT_EQ(documents.size(), 2u) << name;
    EXPECT_EQ(documents[0].kind(), Kind::publishing_license);
    EXPECT_EQ(documents[1].kind(), Kind::client_licensor_certificate);
    for (const auto& each : documents) EXPECT_TRUE(succeeds(each.verify_signature())) << name;
    EXPECT_EQ(documents[0].content().issuer->key, documents[1].content().principal().key);
    // The licensor's certificate was good when the licence was made; the service's key stands for its certificate.
    const TrustAnchors anchors{{*documents[1].content().issuer->key}};
    EXPECT_TRUE(succeeds(verify_chain(documents, anchors, documents[0].content().issued))) << name;
    EXPECT_TRUE(fails_with(verify_chain(documents, {}, documents[0].content().issued), Errc::untrusted));
  }
}

TEST_F(Vectors, EncodingDoesNotMatterToTheSignature) {
  const auto utf8 = chain("azure-pl-utf8.bin");
  const auto again =
      must(parse_chain(xml::to_utf16le("<?xml version=\"1.0\"?>" + join_chain(utf8)) + std::string(2, '\0')));
  ASSERT_EQ(again.size(), utf8.size());
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    EXPECT_EQ(again[i].text(), utf8[i].text());
    EXPECT_TRUE(succeeds(again[i].verify_signature()));
  }
}

TEST_F(Vectors, AnyCharacterOfABodyCounts) {
  for (const auto* name : {"spec-rac.xml", "azure-pl-utf8.bin"}) {
    const std::string text(document(name).text());
    // A letter of a name, a letter of a tag's attribute that we do not read, white space between elements.
    const auto insert = [&](std::string_view before, std::string_view what) {
      auto altered = text;
      altered.insert(altered.find(before), what);
      return must(Document::parse(altered)).verify_signature();
    };
    EXPECT_TRUE(fails_with(insert("</NAME>", "x"), Errc::signature_invalid)) << name;
    EXPECT_TRUE(fails_with(insert("<ISSUER>", "\n"), Errc::signature_invalid)) << name;
    EXPECT_TRUE(fails_with(insert(" version=\"3.0\"", " x=\"1\""), Errc::signature_invalid)) << name;
    EXPECT_TRUE(fails_with(insert("</ISSUEDTIME>", "<!---->"), Errc::signature_invalid)) << name;
    // Outside of it nothing does.
    EXPECT_TRUE(succeeds(insert("<BODY", "\n"))) << name;
    EXPECT_TRUE(succeeds(insert("</XrML>", " "))) << name;
  }
}

TEST_F(Vectors, SayWhatTheyAreKnownToSay) {
  const auto rac = document("spec-rac.xml").content();
  EXPECT_EQ(format(rac.issued), "2010-06-11T20:50");
  EXPECT_EQ(format(*rac.validity.until), "2011-06-11T20:50");
  EXPECT_EQ(rac.principal().object.id, "S-1-5-21-3270430776-546919264-923996561-1118");
  EXPECT_EQ(rac.principal().object.name, "owner@contoso.com");
  EXPECT_EQ(rac.federation_principals.at(0).enabling_bits->bytes.size(), 768u);
  EXPECT_FALSE(rac.federation_principals.at(0).enabling_bits->v2);
  EXPECT_EQ(rac.distribution_point("Activation")->addresses.at(0).value, "http://rms/_wmcs/certification");

  const auto erd = document("spec-erd.xml").content();
  EXPECT_EQ(erd.work->owner->name, "owner@contoso.com");
  ASSERT_EQ(erd.work->grants.size(), 17u);
  EXPECT_EQ(erd.work->grants[2].right, "OBJMODEL");
  EXPECT_EQ(erd.work->grants[16].right, "VIEW");
  EXPECT_EQ(erd.work->grants[16].grantee->name, "user@contoso.com");
  EXPECT_EQ(format(*erd.work->grants[16].time.until), "2010-07-12T06:59");

  const auto ul = document("spec-ul.xml").content();
  ASSERT_EQ(ul.work->grants.size(), 1u);
  EXPECT_EQ(ul.work->grants[0].internal_id, "1");
  EXPECT_EQ(ul.work->grants[0].enabling_bits->bytes.size(), 192u);

  const auto pl = document("azure-pl-utf16.bin").content();
  EXPECT_EQ(pl.principal().security_levels.at(2).name, "Tenant-ID");
  EXPECT_EQ(pl.principal().enabling_bits->bytes.size(), 336u);
  EXPECT_EQ(pl.authenticated_data.at(0).id, "Encrypted-Rights-Data");

  const auto policy = document("spec-template.xml").content();
  EXPECT_EQ(policy.descriptor.name, " LCID 1033:NAME CONTOSO Template:DESCRIPTION Template for CONTOSO;");
  EXPECT_EQ(policy.work->grants.at(1).grantee->id, "ANYONE");

  EXPECT_EQ(document("spec-spc.xml").content().principal().hardware_digest.size(), 64u);
}

TEST_F(Vectors, AreWrittenByUsToTheSameCharacters) {
  // Not the SPC: it calls a digest of 64 bytes SHA-1. Not the rights data: their producer writes name = "OWNER".
  for (const auto* name : {"spec-rac.xml", "spec-clc.xml", "spec-pl.xml", "spec-ul.xml", "spec-template.xml"}) {
    const auto original = document(name);
    const auto again = must(issue(original.content(), nullptr));
    EXPECT_EQ(again.body(), original.body()) << name;
    EXPECT_EQ(again.bound_text(), original.bound_text()) << name;
  }
}

}  // namespace
}  // namespace rms::xrml
