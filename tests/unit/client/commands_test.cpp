// SPDX-License-Identifier: Apache-2.0
//
// Commands as a user types them, on machines that were bootstrapped, against a service that issues.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/pfile/header.h"
#include "client/program/commands.h"
#include "client/program/options.h"
#include "support/bootstrapped.h"
#include "support/full_standard_output.h"

namespace rms::client {
namespace {

using test::definition;
using test::fails_with;
using test::kNow;
using test::machine_of;
using test::mail_of;
using test::must;
using test::official_template;
using test::succeeds;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;

constexpr const char* kGuid = "11111111-1111-4111-8111-111111111111";

class AtNoon final : public Clock {
 public:
  WallTime wall() const override { return kNow; }
  SteadyTime steady() const override { return {}; }
};

class ToTheService final : public Transport {
 public:
  explicit ToTheService(Transport& service) : service_(service) {}
  Result<std::string> post(std::string_view path, std::string_view soap_action, const std::string& body) override {
    return service_.post(path, soap_action, body);
  }

 private:
  Transport& service_;
};

class Commands : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"exchange", "sharepoint"}) {
      auto& machine = machine_of(name);
      std::filesystem::remove_all(machine.home_path() / "templates");
      machine.transport.fails.reset();
      machine.transport.templates = {official_template(definition(kGuid, "Plans"))};
      machine.transport.asked_at_once.clear();
    }
    dir.write("plan.txt", "The plan");
  }
  std::string at(const char* name) const { return (dir.path() / name).string(); }

  int parse_only(std::vector<std::string> words) {
    std::vector<const char*> argv{"rms"};
    for (const auto& word : words) argv.push_back(word.c_str());
    CaptureStderr();
    const auto parsed = parse_options(static_cast<int>(argv.size()), argv.data());
    told = testing::internal::GetCapturedStderr();
    return parsed.options ? -1 : parsed.exit_status;
  }
  Result<void> run(const char* machine, std::vector<std::string> words) {
    auto& who = machine_of(machine);
    words.insert(words.end(), {"--home", who.home_path().string()});
    std::vector<const char*> argv{"rms"};
    for (const auto& word : words) argv.push_back(word.c_str());
    const auto parsed = parse_options(static_cast<int>(argv.size()), argv.data());
    EXPECT_TRUE(parsed.options);
    CaptureStdout();
    CaptureStderr();
    const auto done = run_command(*parsed.options, AtNoon(), connect(machine));
    said = testing::internal::GetCapturedStdout();
    told = testing::internal::GetCapturedStderr();
    return done;
  }
  static Connect connect(const char* machine) {
    return [machine](const Options&) -> Result<std::unique_ptr<Transport>> {
      return std::unique_ptr<Transport>(std::make_unique<ToTheService>(machine_of(machine).transport));
    };
  }
  Result<std::string> open_as(const char* machine, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"open", at("plan.ptxt"), "-o", at("opened"), "-f"};
    words.insert(words.end(), more.begin(), more.end());
    RMS_CHECK(run(machine, words));
    return read_file(at("opened"), 100);
  }

  test::TempDir dir;
  std::string said, told;  // on standard output, on standard error
};

TEST_F(Commands, TemplatesAreListedAfterAskingAndWithoutAsking) {
  ASSERT_TRUE(succeeds(run("exchange", {"templates"})));
  EXPECT_THAT(said,
              AllOf(HasSubstr("Plans\n"), HasSubstr("1 template as of 2026-11-20T12:00Z: 1 fetched, 0 unchanged")));
  machine_of("exchange").transport.fails = Error(Errc::unavailable, "away");
  ASSERT_TRUE(succeeds(run("exchange", {"templates", "--offline"})));
  EXPECT_THAT(said, HasSubstr("1 template as of 2026-11-20T12:00Z\n"));
  EXPECT_THAT(told, HasSubstr("nobody was asked"));
  ASSERT_TRUE(succeeds(run("exchange", {"templates", "--offline", "--json"})));
  EXPECT_THAT(said, HasSubstr("\"guid\": \"11111111-1111-4111-8111-111111111111\""));
}

TEST_F(Commands, TemplatesThatCouldNotBeAskedForNameThoseThatAreHere) {
  machine_of("exchange").transport.fails = Error(Errc::unavailable, "away");
  const auto never = run("exchange", {"templates"});
  EXPECT_TRUE(fails_with(never, Errc::unavailable));
  EXPECT_THAT(never.error().context, Not(HasSubstr("--offline")));
  EXPECT_TRUE(fails_with(run("exchange", {"templates", "--offline"}), Errc::not_found));
  machine_of("exchange").transport.fails.reset();
  ASSERT_TRUE(succeeds(run("exchange", {"templates"})));
  machine_of("exchange").transport.fails = Error(Errc::unavailable, "away");
  const auto later = run("exchange", {"templates"});
  EXPECT_TRUE(fails_with(later, Errc::unavailable));
  EXPECT_THAT(later.error().context, "away; rms templates --offline lists those of 2026-11-20T12:00Z");
}

TEST_F(Commands, TemplatesAreFetchedAnewOnDemandOnly) {
  ASSERT_TRUE(succeeds(run("exchange", {"templates"})));
  ASSERT_TRUE(succeeds(run("exchange", {"templates"})));
  EXPECT_THAT(said, HasSubstr("0 fetched, 1 unchanged"));
  ASSERT_TRUE(succeeds(run("exchange", {"templates", "--refresh"})));
  EXPECT_THAT(said, HasSubstr("1 fetched, 0 unchanged, 0 removed"));
}

TEST_F(Commands, TemplatesOfAHomeThatIsNotThereAreNotMade) {
  EXPECT_TRUE(fails_with(Home::change(dir.path() / "none"), Errc::not_found));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "none"));
}

TEST_F(Commands, ProtectsByTemplateOfflineAndSaysHowOldItIs) {
  const std::vector<std::string> protect{"protect", at("plan.txt"), "--template", "pLANS"};
  EXPECT_TRUE(fails_with(run("exchange", protect), Errc::not_found));
  ASSERT_TRUE(succeeds(run("exchange", {"templates"})));
  machine_of("exchange").transport.fails = Error(Errc::unavailable, "away");
  ASSERT_TRUE(succeeds(run("exchange", protect)));
  EXPECT_THAT(said, HasSubstr("template 'Plans' as of 2026-11-20T12:00Z"));
  machine_of("exchange").transport.fails.reset();
  EXPECT_EQ(must(open_as("sharepoint")), "The plan");
  EXPECT_THAT(told, HasSubstr("granted VIEW, EDIT for 7 days"));
}

TEST_F(Commands, ADamagedTemplateIsNotUsed) {
  ASSERT_TRUE(succeeds(run("exchange", {"templates"})));
  must(replace_file(machine_of("exchange").home_path() / "templates" / (std::string(kGuid) + ".xml"), "junk"));
  EXPECT_TRUE(fails_with(run("exchange", {"protect", at("plan.txt"), "--template", kGuid}), Errc::corrupt));
  EXPECT_TRUE(fails_with(run("exchange", {"templates", "--offline"}), Errc::corrupt));
  ASSERT_TRUE(succeeds(run("exchange", {"templates"})));
  EXPECT_TRUE(succeeds(run("exchange", {"protect", at("plan.txt"), "--template", kGuid})));
}

TEST_F(Commands, ProtectsOnlineAndSaysWhoSigned) {
  ASSERT_TRUE(succeeds(run("exchange", {"protect", at("plan.txt"), "--to", mail_of("sharepoint") + ":VIEW", "--online",
                                        "--expires", "30d"})));
  EXPECT_THAT(said, AllOf(HasSubstr("expires 2026-12-20T12:00Z"), HasSubstr("signed by the rights service")));
  EXPECT_EQ(must(open_as("sharepoint")), "The plan");
}

TEST_F(Commands, ProtectsAgainstForwarding) {
  ASSERT_TRUE(
      succeeds(run("exchange", {"protect", at("plan.txt"), "--do-not-forward", "--to", mail_of("sharepoint")})));
  EXPECT_EQ(must(open_as("sharepoint")), "The plan");
  EXPECT_THAT(told, HasSubstr("VIEW, EDIT, DOCEDIT, OBJMODEL, VIEWRIGHTSDATA, REPLY, REPLYALL by"));
  EXPECT_TRUE(fails_with(
      run("exchange", {"protect", at("plan.txt"), "-f", "--do-not-forward", "--to", mail_of("sharepoint") + ":PRINT"}),
      Errc::invalid_setting));
}

TEST_F(Commands, WhatDoesNotGoTogetherIsAUsageErrorWithAReason) {
  const std::vector<std::pair<std::vector<std::string>, const char*>> wrong{
      {{"protect", "a"}, "--template NAME"},
      {{"protect", "a", "--do-not-forward"}, "--to MAIL"},
      {{"protect", "a", "--template", "x", "--to", "a@b:VIEW"}, "leave out --to"},
      {{"protect", "a", "--template", "x", "--do-not-forward"}, "leave out --do-not-forward"},
      {{"protect", "a", "--template", "x", "--expires", "1d"}, "leave out --expires"},
      {{"protect", "a", "--template", "x", "--ask-each-time"}, "leave out --ask-each-time"},
      {{"templates", "--refresh", "--offline"}, "leave out --offline"},
      {{"prelicense", "a"}, "--for"}};
  for (const auto& [words, reason] : wrong) {
    EXPECT_EQ(parse_only(words), 2) << words.back();
    EXPECT_THAT(told, HasSubstr(reason));
  }
}

TEST_F(Commands, PrelicensesEachAndTellsWhoWasRefused) {
  ASSERT_TRUE(succeeds(run("exchange", {"protect", at("plan.txt"), "--to", mail_of("sharepoint") + ":VIEW"})));
  const std::vector<std::string> prelicense{"prelicense", at("plan.ptxt"), "--for", mail_of("sharepoint"),
                                            "-o",         at("licences")};
  auto with_alice = prelicense;
  with_alice.insert(with_alice.end(), {"--for", mail_of("alice")});
  const auto done = run("exchange", with_alice);
  ASSERT_TRUE(fails_with(done, Errc::denied));
  EXPECT_EQ(exit_status_of(done.error()), 3);
  const std::string license = at("licences/plan.ptxt.sharepoint@contoso.test.license");
  EXPECT_THAT(said, AllOf(HasSubstr("sharepoint@contoso.test: " + license + ": VIEW\n"),
                          HasSubstr("alice@contoso.test: no licence: refused by the rights service")));
  EXPECT_FALSE(std::filesystem::exists(at("licences/plan.ptxt.alice@contoso.test.license")));

  machine_of("sharepoint").transport.fails = Error(Errc::unavailable, "away");
  EXPECT_EQ(must(open_as("sharepoint", {"--license", license})), "The plan");
  EXPECT_TRUE(fails_with(open_as("exchange", {"--license", license}), Errc::wrong_key));

  const int calls = machine_of("exchange").transport.calls;
  EXPECT_TRUE(fails_with(run("exchange", prelicense), Errc::already_exists));
  EXPECT_EQ(machine_of("exchange").transport.calls, calls) << "nobody is asked for what could not be written";
  auto again = prelicense;
  again.push_back("--force");
  EXPECT_TRUE(succeeds(run("exchange", again)));
}

TEST_F(Commands, PrelicensesByAnAliasAndSaysWhoThatIs) {
  ASSERT_TRUE(succeeds(run("exchange", {"protect", at("plan.txt"), "--to", mail_of("sharepoint") + ":VIEW"})));
  machine_of("exchange").transport.known_as = {{"sp@contoso.test", mail_of("sharepoint")}};
  EXPECT_TRUE(succeeds(run("exchange", {"prelicense", at("plan.ptxt"), "--for", "sp@contoso.test"})));
  machine_of("exchange").transport.known_as.clear();
  EXPECT_THAT(said, HasSubstr("sp@contoso.test: " + at("plan.ptxt.sp@contoso.test.license") +
                              ": VIEW; it is for sharepoint@contoso.test\n"));
}

TEST_F(Commands, PrelicensesManyInCallsThatEndInTime) {
  ASSERT_TRUE(succeeds(run("exchange", {"protect", at("plan.txt"), "--to", mail_of("sharepoint") + ":VIEW"})));
  std::string list;
  for (int i = 0; i < 51; ++i) list += std::to_string(i) + "@fabrikam.test\n";
  EXPECT_TRUE(fails_with(
      run("exchange", {"prelicense", at("plan.ptxt"), "--for-file", dir.write("list", list).string()}), Errc::denied));
  EXPECT_THAT(machine_of("exchange").transport.asked_at_once, testing::ElementsAre(50u, 1u));
  EXPECT_THAT(said, HasSubstr("50@fabrikam.test: no licence"));
}

TEST_F(Commands, PrelicensesNotInSilenceOnAFullDisk) {
  ASSERT_TRUE(succeeds(run("exchange", {"protect", at("plan.txt"), "--to", mail_of("sharepoint") + ":VIEW"})));
  const std::string home = machine_of("exchange").home_path().string();
  const std::string file = at("plan.ptxt"), recipient = mail_of("sharepoint");
  const char* argv[] = {"rms", "prelicense", file.c_str(), "--for", recipient.c_str(), "--home", home.c_str()};
  const auto parsed = parse_options(7, argv);
  ASSERT_TRUE(parsed.options);
  auto done = Result<void>();
  {
    const test::FullStandardOutput full;
    done = run_command(*parsed.options, AtNoon(), connect("exchange"));
  }
  EXPECT_TRUE(fails_with(done, Errc::io_error));
}

TEST_F(Commands, PrelicensesNothingForAFileThatWasAltered) {
  ASSERT_TRUE(succeeds(run("exchange", {"protect", at("plan.txt"), "--to", mail_of("sharepoint") + ":VIEW"})));
  std::string bytes = must(read_file(at("plan.ptxt"), 1 << 20));
  bytes.replace(bytes.find("exchange@"), 8, "exchangf");
  dir.write("plan.ptxt", bytes);
  const int calls = machine_of("exchange").transport.calls;
  EXPECT_TRUE(fails_with(run("exchange", {"prelicense", at("plan.ptxt"), "--for", mail_of("sharepoint")}),
                         Errc::signature_invalid));
  EXPECT_EQ(machine_of("exchange").transport.calls, calls);
}

TEST_F(Commands, InspectExplainsALicenceATemplateAndWhatItCannotKnow) {
  ASSERT_TRUE(succeeds(run("exchange", {"templates"})));
  const auto file = machine_of("exchange").home_path() / "templates" / (std::string(kGuid) + ".xml");
  ASSERT_TRUE(succeeds(run("exchange", {"inspect", file.string()})));
  for (const char* words : {"official template", "Plans (language 1033)", "Plans auf Deutsch (language 1031)",
                            "everybody with an account here (ANYONE) may:", "VIEW           View, Open, Read",
                            "expires     never", "7 days with each use licence", "signature   good"})
    EXPECT_THAT(said, HasSubstr(words));

  ASSERT_TRUE(succeeds(run("exchange", {"protect", at("plan.txt"), "--template", kGuid})));
  ASSERT_TRUE(succeeds(run("exchange", {"inspect", at("plan.ptxt")})));
  for (const char* words : {"protected file (.pfile), version 3.0", "8 bytes before protection", "as the licence says",
                            "for server  Contoso & <Sons>", "that is encrypted for this server", "whether to believe"})
    EXPECT_THAT(said, HasSubstr(words));
  EXPECT_THAT(said, Not(HasSubstr("Plans"))) << "a publishing licence does not tell strangers its template";

  ASSERT_TRUE(succeeds(run("exchange", {"prelicense", at("plan.ptxt"), "--for", mail_of("sharepoint")})));
  ASSERT_TRUE(succeeds(run("exchange", {"inspect", at("plan.ptxt.sharepoint@contoso.test.license")})));
  for (const char* words :
       {"use licence", "holder      sharepoint@contoso.test", "its holder may:", "EDIT           Save",
        "7 days, until 2026-11-27T12:00Z", "owner       exchange@contoso.test"})
    EXPECT_THAT(said, HasSubstr(words));
}

TEST_F(Commands, InspectTellsWhatIsPast) {
  ASSERT_TRUE(succeeds(
      run("exchange", {"protect", at("plan.txt"), "--to", mail_of("sharepoint") + ":VIEW", "--expires", "1d"})));
  // A use licence that another publisher's service gave for a right that is over.
  const auto published = must(
      xrml::parse_chain(must(read_file(at("plan.ptxt"), 1 << 20))
                            .substr(must(pfile::read_header(must(InputFile::open(at("plan.ptxt"))))).license.offset,
                                    must(pfile::read_header(must(InputFile::open(at("plan.ptxt"))))).license.length)));
  const auto opened =
      must(xrml::open_publishing_license(published.front(), test::server().principal, test::key_of("server")));
  const auto license = must(xrml::issue_use_license(
      test::server(), published.front(), opened.rights_data, machine_of("sharepoint").identity->account_chain.front(),
      opened.key, {{"VIEW", {kNow - 2 * test::kDay, kNow - test::kDay}, {}}, {"X\x7f", {}, {}}}, kNow));
  dir.write("past.license", license.text());
  ASSERT_TRUE(succeeds(run("exchange", {"inspect", at("past.license")})));
  EXPECT_THAT(said,
              AllOf(HasSubstr("until 2026-11-19T12:00Z (past)"), HasSubstr("X?             (an application's own")));
}

}  // namespace
}  // namespace rms::client
