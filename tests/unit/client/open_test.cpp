// SPDX-License-Identifier: Apache-2.0
//
// Protecting and opening, with real documents from a real, if tiny, issuing service.
#include "client/open.h"

#include <gtest/gtest.h>

#include "client/inspect.h"
#include "client/pfile/content.h"
#include "client/protect.h"
#include "support/bootstrapped.h"
#include "support/recording_progress.h"
#include "support/test_ca.h"

namespace rms::client {
namespace {

using test::kDay;
using test::kNow;
using test::mail_of;
using test::must;

class Text final : public Sink {
 public:
  Result<void> append(Bytes bytes) override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }
  std::string text;
};

class Open : public testing::Test {
 protected:
  using Server = test::Bootstrapped;
  static Server& exchange() { return test::machine_of("exchange"); }
  static Server& sharepoint() { return test::machine_of("sharepoint"); }

  void TearDown() override {
    for (Server* server : {&exchange(), &sharepoint()}) {
      server->transport.fails.reset();
      server->transport.refuses.reset();
      server->transport.alter = [](soap::Chain&) {};
    }
  }

  std::filesystem::path protect_plan(std::vector<xrml::RightsFor> rights = {
                                         {mail_of("sharepoint"), {"VIEW", "EDIT"}, {}}}) {
    ProtectRequest request{dir.write("plan.txt", kPlan), dir.path() / "plan.ptxt", true, std::move(rights)};
    must(protect(*exchange().identity, request, kNow, progress));
    return request.output;
  }
  Result<std::string> open(Server& as, const std::filesystem::path& path, xrml::Time now = kNow) {
    RMS_TRY(const auto file, read_protected_file(path));
    RightsService service(as.transport);
    RMS_TRY(const auto use, acquire_use(file, *as.identity, service, now));
    const auto output = dir.path() / "opened";
    RMS_CHECK(write_content(file, use, output, true, progress));
    return read_file(output, 1 << 20);
  }
  std::string bytes_of_file(const std::filesystem::path& path) const { return must(read_file(path, 1 << 24)); }
  std::filesystem::path changed(std::string bytes, std::size_t at) const {
    bytes.at(at) = static_cast<char>(bytes.at(at) ^ 1);
    return dir.write("changed.ptxt", bytes);
  }

  static constexpr std::string_view kPlan = "The plan for the second quarter.\n";
  test::TempDir dir;
  test::RecordingProgress progress;
};

TEST_F(Open, TheOwnerOpensWhatItProtected) {
  EXPECT_EQ(must(open(exchange(), protect_plan())), kPlan);
}

TEST_F(Open, AnotherMachineThatHoldsTheRightOpensIt) {
  const auto path = protect_plan();
  const auto file = must(read_protected_file(path));
  RightsService service(sharepoint().transport);
  const auto use = must(acquire_use(file, *sharepoint().identity, service, kNow));
  ASSERT_EQ(use.grants.size(), 2u);
  EXPECT_EQ(use.grants[0].right, "VIEW");
  EXPECT_EQ(use.publisher, mail_of("exchange"));
  EXPECT_EQ(use.owner, mail_of("exchange"));
  EXPECT_EQ(use.issuer, "Contoso & <Sons>");
  EXPECT_EQ(must(open(sharepoint(), path)), kPlan);
}

TEST_F(Open, NoOtherDoes) {
  const auto path = protect_plan({{mail_of("alice"), {"VIEW"}, {}}});
  const auto opened = open(sharepoint(), path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Errc::no_rights);
  EXPECT_NE(opened.error().context.find("NoRightsForRequestedPrincipalException"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "opened"));
}

TEST_F(Open, RightsWithoutViewShowNothing) {
  const auto opened = open(sharepoint(), protect_plan({{mail_of("sharepoint"), {"EDIT", "PRINT"}, {}}}));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error(), Errc::no_rights);
  EXPECT_NE(opened.error().context.find("EDIT, PRINT"), std::string::npos) << opened.error().context;
}

TEST_F(Open, ARightThatHasEndedOpensNothing) {
  const auto path = protect_plan({{mail_of("sharepoint"), {"VIEW"}, {{}, kNow + kDay}}});
  EXPECT_EQ(must(open(sharepoint(), path)), kPlan);
  EXPECT_EQ(open(sharepoint(), path, kNow + 2 * kDay).error(), Errc::not_valid_now);
}

TEST_F(Open, OneChangedBitOfWhatIsSignedIsRefused) {
  const auto path = protect_plan();
  const std::string whole = bytes_of_file(path);
  const auto header = must(pfile::read_header(must(InputFile::open(path))));
  std::size_t documents = 0;
  for (std::size_t body = whole.find("<BODY"); body < header.content.offset; body = whole.find("<BODY", body + 1)) {
    const std::size_t end = whole.find("</BODY>", body);
    for (std::size_t i = body; i < end + 7; i += 97)
      EXPECT_FALSE(open(sharepoint(), changed(whole, i))) << "byte " << i;
    EXPECT_FALSE(open(sharepoint(), changed(whole, end + 6))) << "byte " << end + 6;
    ++documents;
  }
  EXPECT_EQ(documents, 3u) << "publishing licence, client licensor certificate, server licensor certificate";
  for (std::size_t i = header.content.offset; i < whole.size(); ++i)
    EXPECT_FALSE(open(sharepoint(), changed(whole, i))) << "byte " << i;
}

TEST_F(Open, OneChangedBitOfTheHeaderIsRefused) {
  const auto path = protect_plan();
  const std::string whole = bytes_of_file(path);
  const auto header = must(pfile::read_header(must(InputFile::open(path))));
  const std::size_t numbers = header.license.offset - header.extension.size() - 40;
  for (std::size_t i = 0; i < header.license.offset; ++i) {
    if (i >= 6 && i < 14) continue;                       // the version: the file means the same in an older one
    if (i >= 18 && i < numbers) continue;                 // the text for people without a client
    if (i >= numbers && i < numbers + 4) continue;        // how long the numbers are: later versions may have more
    if (i >= numbers + 32 && i < numbers + 36) continue;  // where the metadata is that is not there
    EXPECT_FALSE(open(sharepoint(), changed(whole, i))) << "byte " << i;
  }
}

TEST_F(Open, AnAlteredLicenceContentOrExtensionIsCalledByItsName) {
  const auto path = protect_plan();
  const std::string whole = bytes_of_file(path);
  const int calls = sharepoint().transport.calls;
  EXPECT_EQ(open(sharepoint(), changed(whole, whole.find("exchange@contoso.test"))).error(), Errc::signature_invalid);
  EXPECT_EQ(open(sharepoint(), changed(whole, whole.find(".txt") + 1)).error(), Errc::corrupt);
  EXPECT_EQ(sharepoint().transport.calls, calls) << "the service is not asked about what is altered";
  EXPECT_EQ(open(sharepoint(), changed(whole, whole.size() - 1)).error(), Errc::corrupt);
  EXPECT_EQ(open(sharepoint(), changed(whole, whole.size() - 40)).error(), Errc::corrupt);
}

TEST_F(Open, ContentOfAnotherFileIsRefused) {
  const std::string first = bytes_of_file(protect_plan()), second = bytes_of_file(protect_plan());
  const auto offset = must(pfile::read_header(must(InputFile::open(dir.path() / "plan.ptxt")))).content.offset;
  EXPECT_EQ(open(sharepoint(), dir.write("mixed.ptxt", first.substr(0, offset) + second.substr(offset))).error(),
            Errc::corrupt);
}

TEST_F(Open, CutAnywhereIsRefused) {
  const std::string whole = bytes_of_file(protect_plan());
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{5}, std::size_t{17}, std::size_t{300}, whole.size() - 16, whole.size() - 1})
    EXPECT_FALSE(open(sharepoint(), dir.write("cut.ptxt", whole.substr(0, size)))) << size;
}

TEST_F(Open, AlteredContentNeverReachesAPipe) {
  const auto path = changed(bytes_of_file(protect_plan()), bytes_of_file(protect_plan()).size() - 1);
  const auto file = must(read_protected_file(path));
  RightsService service(sharepoint().transport);
  const auto use = must(acquire_use(file, *sharepoint().identity, service, kNow));
  Text sink;
  EXPECT_EQ(write_content(file, use, sink, progress).error(), Errc::corrupt);
  EXPECT_EQ(sink.text, "");
}

TEST_F(Open, ToAPipeIsTheSame) {
  const auto file = must(read_protected_file(protect_plan()));
  RightsService service(sharepoint().transport);
  const auto use = must(acquire_use(file, *sharepoint().identity, service, kNow));
  Text sink;
  must(write_content(file, use, sink, progress));
  EXPECT_EQ(sink.text, kPlan);
}

// A file as others make it: PL and CLC only, nothing about the content in the licence.
TEST_F(Open, AFileOfAnotherMakerOpensWithoutACheckOfItsContent) {
  const auto key = must(xrml::ContentKey::generate());
  Text content;
  must(pfile::encrypt_content(must(InputFile::open(dir.write("plain", kPlan))), key, content, progress));
  const auto& publisher = *exchange().identity;
  const xrml::Publication what{"09d39708-df09-4554-bd2b-d6421346dd30", mail_of("exchange"), "", {}, {}, {}};
  const Chain chain{
      must(xrml::issue_publishing_license(publisher.licensor_chain.front(), publisher.licensor_key, what, key, kNow)),
      publisher.licensor_chain.front()};
  const std::string license = xrml::join_chain(chain);
  const auto path = dir.write(
      "other.ptxt", pfile::encode(pfile::lay_out(".txt", license.size()), kPlan.size()) + license + content.text);
  EXPECT_FALSE(must(read_protected_file(path)).seal);
  EXPECT_EQ(must(open(exchange(), path)), kPlan);
  EXPECT_TRUE(must(inspect(path, kNow, progress)).good);
}

TEST_F(Open, ALicenceOfAnotherRootIsNotBelieved) {
  const auto file = must(read_protected_file(protect_plan()));
  const auto& mine = *sharepoint().identity;
  // The same machine, had it pinned another root: its own certificates lead elsewhere, too.
  const Identity elsewhere{mine.account_chain,
                           mine.licensor_chain,
                           mine.account,
                           must(xrml::PrivateKey::from_blob(mine.account_key.to_blob())),
                           must(xrml::PrivateKey::from_blob(mine.licensor_key.to_blob())),
                           {{test::key_of("another root").public_key()}}};
  EXPECT_EQ(verify_publication(file, elsewhere, kNow).error(), Errc::untrusted);
}

TEST_F(Open, AUseLicenceForOtherContentIsNotBelieved) {
  const auto first = protect_plan();
  soap::Chain recorded;
  sharepoint().transport.alter = [&](soap::Chain& chain) { recorded = chain; };
  must(open(sharepoint(), first));
  const auto second = protect_plan();
  sharepoint().transport.alter = [&](soap::Chain& chain) { chain = recorded; };
  EXPECT_EQ(open(sharepoint(), second).error(), Errc::untrusted);
}

TEST_F(Open, AUseLicenceForAnotherAccountDoesNotOpen) {
  const auto path = protect_plan();
  soap::Chain recorded;
  exchange().transport.alter = [&](soap::Chain& chain) { recorded = chain; };
  must(open(exchange(), path));
  sharepoint().transport.alter = [&](soap::Chain& chain) { chain = recorded; };
  EXPECT_EQ(open(sharepoint(), path).error(), Errc::wrong_key);
}

TEST_F(Open, AnAlteredUseLicenceIsNotBelieved) {
  const auto path = protect_plan();
  sharepoint().transport.alter = [](soap::Chain& chain) {
    chain.front().replace(chain.front().find("sharepoint@contoso.test"), 10, "everybody_");
  };
  EXPECT_TRUE(test::fails_with(open(sharepoint(), path), Errc::signature_invalid));
}

TEST_F(Open, CouldNotAskIsNotARefusal) {
  const auto path = protect_plan();
  sharepoint().transport.fails = Error(Errc::unavailable, "away");
  EXPECT_EQ(open(sharepoint(), path).error(), Errc::unavailable);
}

TEST_F(Open, WhatIsNoProtectedFileIsCalledSo) {
  EXPECT_EQ(read_protected_file(dir.write("plan.txt", kPlan)).error(), Errc::malformed);
  const std::string certificate(test::root().text());
  const auto path = dir.write(
      "odd.pfile", pfile::encode(pfile::lay_out("", certificate.size()), 1) + certificate + std::string(16, 'c'));
  EXPECT_EQ(read_protected_file(path).error(), Errc::malformed);
}

TEST_F(Open, ASealThatCannotBeReadIsAnError) {
  for (const auto& data : {std::vector<xrml::AuthenticatedData>{{"APPSPECIFIC", "CONTENT-SHA256", "AAAA"}},
                           {{"APPSPECIFIC", "CONTENT-SHA256", "A"}},
                           {{"APPSPECIFIC", "CONTENT-SHA256", ""}, {"APPSPECIFIC", "CONTENT-SHA256", ""}}}) {
    const auto key = must(xrml::ContentKey::generate());
    const xrml::Publication what{"09d39708-df09-4554-bd2b-d6421346dd30", mail_of("exchange"), "", {}, {}, data};
    const auto& publisher = *exchange().identity;
    const auto license =
        must(xrml::issue_publishing_license(publisher.licensor_chain.front(), publisher.licensor_key, what, key, kNow));
    EXPECT_EQ(content_seal_of(license).error(), Errc::malformed);
  }
}

TEST_F(Open, ProtectingLeavesNothingWhenItIsStopped) {
  progress.stop_after = 0;
  const ProtectRequest request{dir.write("plan.txt", kPlan), dir.path() / "plan.ptxt", false, {}};
  EXPECT_EQ(protect(*exchange().identity, request, kNow, progress).error(), Errc::cancelled);
  EXPECT_FALSE(std::filesystem::exists(request.output));
}

TEST_F(Open, ProtectingReplacesNothingUnasked) {
  const ProtectRequest request{dir.write("plan.txt", kPlan), dir.write("plan.ptxt", "mine"), false, {}};
  EXPECT_EQ(protect(*exchange().identity, request, kNow, progress).error(), Errc::already_exists);
  EXPECT_EQ(bytes_of_file(request.output), "mine");
}

TEST_F(Open, AnUnusualExtensionIsLeftOut) {
  const ProtectRequest request{dir.write("plan.a b", kPlan), dir.path() / "plan.pfile", false, {}};
  must(protect(*exchange().identity, request, kNow, progress));
  EXPECT_EQ(must(read_protected_file(request.output)).header.extension, "");
  EXPECT_EQ(must(open(exchange(), request.output)), kPlan);
}

TEST_F(Open, InspectSaysWhatIsGoodWithoutAnyKey) {
  const auto path = protect_plan();
  const auto good = must(inspect(path, kNow, progress));
  EXPECT_TRUE(good.good) << good.text;
  EXPECT_NE(good.text.find("publishing licence"), std::string::npos);
  EXPECT_NE(good.text.find("exchange@contoso.test"), std::string::npos);

  const std::string whole = bytes_of_file(path);
  const auto content = must(inspect(changed(whole, whole.size() - 1), kNow, progress));
  EXPECT_FALSE(content.good);
  const auto license = must(inspect(changed(whole, whole.find("exchange@contoso.test")), kNow, progress));
  EXPECT_FALSE(license.good);
  EXPECT_NE(license.text.find("NOT GOOD"), std::string::npos);
}

TEST_F(Open, InspectReadsChainsAndFindsBrokenLinks) {
  const auto& chain = exchange().identity->licensor_chain;
  EXPECT_TRUE(must(inspect(dir.write("chain.xml", xrml::join_chain(chain)), kNow, progress)).good);
  const Chain broken{chain[0], chain[2]};
  const auto found = must(inspect(dir.write("chain.xml", xrml::join_chain(broken)), kNow, progress));
  EXPECT_FALSE(found.good);
  EXPECT_NE(found.text.find("not its issuer"), std::string::npos) << found.text;

  // Signed with the key of the next certificate, in its name; but a person's certificate issues nothing.
  const auto& account = exchange().identity->account_chain;
  xrml::Content content = chain[0].content();
  content.issuer = account[0].content().principal();
  const auto own = must(xrml::issue(content, &exchange().identity->account_key));
  const Chain self_made{own, account[0], account[1], account[2]};
  const auto claimed = must(inspect(dir.write("chain.xml", xrml::join_chain(self_made)), kNow, progress));
  EXPECT_FALSE(claimed.good);
  EXPECT_NE(claimed.text.find("a rights account certificate may not issue it"), std::string::npos) << claimed.text;
  EXPECT_EQ(inspect(dir.write("junk", "junk"), kNow, progress).error(), Errc::malformed);
  EXPECT_EQ(inspect(dir.path() / "none", kNow, progress).error(), Errc::not_found);
}

}  // namespace
}  // namespace rms::client
