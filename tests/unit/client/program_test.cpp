// SPDX-License-Identifier: Apache-2.0
//
// The program itself but for main(): its options, and its commands on a folder that a real bootstrap made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "client/bootstrap.h"
#include "client/program/commands.h"
#include "client/program/options.h"
#include "support/full_standard_output.h"
#include "support/issuing_service.h"
#include "support/test_ca.h"

namespace rms::client {
namespace {

using test::fails_with;
using test::kNow;
using test::must;
using test::succeeds;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStdout;

class AtNoon final : public Clock {
 public:
  WallTime wall() const override { return kNow; }
  SteadyTime steady() const override { return {}; }
};

class Program : public testing::Test {
 protected:
  ParsedOptions parse(std::vector<const char*> words) {
    words.insert(words.begin(), "rms");
    testing::internal::CaptureStderr();
    CaptureStdout();
    auto parsed = parse_options(static_cast<int>(words.size()), words.data());
    GetCapturedStdout();
    said = testing::internal::GetCapturedStderr();
    return parsed;
  }
  Result<void> run(std::vector<const char*> words) {
    const std::string home_path = (dir.path() / "home").string();
    words.insert(words.end(), {"--home", home_path.c_str()});
    const auto parsed = parse(words);
    EXPECT_TRUE(parsed.options);
    CaptureStdout();
    auto done = run_command(*parsed.options, AtNoon());
    output = GetCapturedStdout();
    return done;
  }
  void bootstrap_home() {
    auto home = must(Home::create(dir.path() / "home"));
    test::IssuingService transport;
    RightsService service(transport);
    must(bootstrap(home, service, {}, kNow));
  }

  test::TempDir dir;
  std::string output, said;  // on standard output; on standard error while parsing
};

TEST_F(Program, TakesOptionsBeforeAndAfterTheCommand) {
  for (const auto& words : {std::vector<const char*>{"--home", "/h", "open", "a.ptxt", "-o", "-"},
                            std::vector<const char*>{"open", "a.ptxt", "--output", "-", "--home", "/h"}}) {
    const auto parsed = parse(words);
    ASSERT_TRUE(parsed.options);
    EXPECT_EQ(parsed.options->command, Command::open);
    EXPECT_EQ(parsed.options->home, "/h");
    EXPECT_EQ(parsed.options->output, "-");
  }
}

TEST_F(Program, TakesOneGrantForEachTo) {
  const auto parsed = parse({"protect", "--to", "a@b:VIEW", "one", "--to", "c@d:EDIT", "two"});
  ASSERT_TRUE(parsed.options);
  EXPECT_EQ(parsed.options->grants, (std::vector<std::string>{"a@b:VIEW", "c@d:EDIT"}));
  EXPECT_EQ(parsed.options->files, (std::vector<std::filesystem::path>{"one", "two"}));
}

TEST_F(Program, TakesSettingsFromTheEnvironment) {
  ::setenv("RMS_CONNECTOR_URL", "https://rmsconnector.contoso.test", 1);
  const auto parsed = parse({"bootstrap"});
  ::unsetenv("RMS_CONNECTOR_URL");
  ASSERT_TRUE(parsed.options);
  EXPECT_EQ(parsed.options->connector, "https://rmsconnector.contoso.test");
}

TEST_F(Program, ExitsWith2AfterAUsageErrorAnd0AfterHelp) {
  for (const auto& words : std::vector<std::vector<const char*>>{{},
                                                                 {"nonsense"},
                                                                 {"open"},
                                                                 {"open", "a", "b"},
                                                                 {"protect", "a"},
                                                                 {"protect", "a", "b", "--to", "a@b:VIEW", "-o", "c"},
                                                                 {"bootstrap", "--timeout", "0"},
                                                                 {"bootstrap", "--no-such-option"}}) {
    const auto parsed = parse(words);
    EXPECT_FALSE(parsed.options);
    EXPECT_EQ(parsed.exit_status, 2);
  }
  EXPECT_EQ(parse({"--help"}).exit_status, 0);
  EXPECT_EQ(parse({"protect", "--help"}).exit_status, 0);
}

TEST_F(Program, AWrongCommandLineIsNamedBehindTheNameOfTheProgram) {
  parse({"frob", "x"});
  EXPECT_THAT(said, AllOf(StartsWith("rms: "), HasSubstr("'frob'"),
                          HasSubstr("bootstrap, templates, protect, open, prelicense, inspect")));
  parse({"--frob", "x"});
  EXPECT_THAT(said, AllOf(StartsWith("rms: there is no option '--frob'"), HasSubstr("bootstrap")));
  parse({});
  EXPECT_THAT(said, AllOf(StartsWith("rms: a command is missing"), HasSubstr("bootstrap")));
  parse({"protect"});
  EXPECT_THAT(said, AllOf(StartsWith("rms: FILE"), HasSubstr("rms protect --help")));
}

TEST_F(Program, SaysWhatWentWrongOnce) {
  EXPECT_EQ(said_of(Error(Errc::already_exists, "plan.ptxt: exists already")), "plan.ptxt: exists already");
  EXPECT_EQ(said_of(Error(Errc::no_rights, "bob")), "no rights: bob");
  EXPECT_EQ(said_of(Error(Errc::io_error, "")), "input/output error");
}

TEST_F(Program, ExitStatusTellsRefusedFromCouldNotAsk) {
  const auto status = [](Errc code) { return exit_status_of(Error(code, "")); };
  for (const Errc code : {Errc::denied, Errc::no_rights}) EXPECT_EQ(status(code), 3);
  for (const Errc code : {Errc::unavailable, Errc::deadline_exceeded, Errc::overloaded, Errc::cancelled})
    EXPECT_EQ(status(code), 4);
  EXPECT_EQ(status(Errc::invalid_setting), 2);
  for (const Errc code : {Errc::malformed, Errc::corrupt, Errc::signature_invalid, Errc::untrusted, Errc::io_error,
                          Errc::not_found, Errc::already_exists, Errc::insecure_file, Errc::not_valid_now})
    EXPECT_EQ(status(code), 1);
}

TEST_F(Program, SaysWhichSettingIsMissing) {
  const auto done = run({"bootstrap", "--connector", "https://localhost", "--ca", "/ca.pem"});
  EXPECT_TRUE(fails_with(done, Errc::invalid_setting));
  EXPECT_NE(done.error().context.find("RMS_CLIENT_CERT"), std::string::npos) << done.error().context;
}

TEST_F(Program, ProtectsSeveralFilesOffline) {
  bootstrap_home();
  const auto one = dir.write("one.txt", "1"), two = dir.write("two.dat", "2");
  ASSERT_TRUE(succeeds(run({"protect", one.c_str(), two.c_str(), "--to", "alice@contoso.test:VIEW"})));
  EXPECT_TRUE(std::filesystem::exists(dir.path() / "one.ptxt"));
  EXPECT_TRUE(std::filesystem::exists(dir.path() / "two.dat.pfile"));
  EXPECT_TRUE(fails_with(run({"protect", one.c_str(), "--to", "alice@contoso.test:VIEW"}), Errc::already_exists));
  EXPECT_TRUE(succeeds(run({"protect", one.c_str(), "--to", "alice@contoso.test:VIEW", "--force"})));
}

TEST_F(Program, ProtectsNothingToStandardOutput) {
  bootstrap_home();
  const auto one = dir.write("one.txt", "1");
  EXPECT_TRUE(fails_with(run({"protect", one.c_str(), "--to", "alice@contoso.test:VIEW", "--output", "-"}),
                         Errc::invalid_setting));
  EXPECT_FALSE(std::filesystem::exists("-"));
}

TEST_F(Program, SaysThatStandardOutputCannotBeWritten) {
  bootstrap_home();
  const auto plan = dir.write("plan.txt", "The plan");
  const std::string file = (dir.path() / "plan.ptxt").string(), home = (dir.path() / "home").string();
  const auto protect = parse({"protect", plan.c_str(), "--to", "alice@contoso.test:VIEW", "--home", home.c_str()});
  const auto inspect = parse({"inspect", file.c_str(), "--home", home.c_str()});
  for (const auto& parsed : {protect, inspect}) {
    ASSERT_TRUE(parsed.options);
    auto done = Result<void>();
    {
      const test::FullStandardOutput full;
      done = run_command(*parsed.options, AtNoon());
    }
    ASSERT_TRUE(fails_with(done, Errc::io_error));
    EXPECT_THAT(done.error().context, HasSubstr("standard output: cannot write"));
  }
}

TEST_F(Program, BootstrapsNothingAgainButLooksAtWhatItWasGiven) {
  bootstrap_home();
  test::TestCa ca;
  const auto client = ca.client("exchange.contoso.test"), other = ca.client("other.contoso.test");
  const auto again = [&](const std::filesystem::path& ca_file, const std::filesystem::path& key) {
    return run({"bootstrap", "--connector", "https://localhost", "--ca", ca_file.c_str(), "--cert",
                client.certificate.c_str(), "--key", key.c_str()});
  };
  ASSERT_TRUE(succeeds(again(ca.certificate(), client.key)));
  EXPECT_THAT(output, HasSubstr("already is"));
  EXPECT_TRUE(fails_with(again(ca.certificate(), other.key), Errc::invalid_setting));
  EXPECT_TRUE(fails_with(again(dir.write("junk.pem", "junk"), client.key), Errc::invalid_setting));
  EXPECT_TRUE(fails_with(again(dir.path() / "none.pem", client.key), Errc::not_found));
}

TEST_F(Program, WantsACertificateOrATicket) {
  bootstrap_home();
  const test::TestCa ca;
  const std::filesystem::path ca_file = ca.certificate();
  const auto without = run({"bootstrap", "--connector", "https://localhost", "--ca", ca_file.c_str()});
  EXPECT_TRUE(fails_with(without, Errc::invalid_setting));
  EXPECT_THAT(without.error().context, HasSubstr("--negotiate"));
  EXPECT_TRUE(succeeds(run({"bootstrap", "--connector", "https://localhost", "--ca", ca_file.c_str(), "--negotiate"})));
}

TEST_F(Program, ProtectsNothingForAnUnknownRight) {
  bootstrap_home();
  const auto one = dir.write("one.txt", "1");
  EXPECT_TRUE(fails_with(run({"protect", one.c_str(), "--to", "alice@contoso.test:READ"}), Errc::invalid_setting));
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "one.ptxt"));
}

TEST_F(Program, WritesTheRequestThatOpenWouldSend) {
  bootstrap_home();
  const auto plan = dir.write("plan.txt", "The plan");
  must(run({"protect", plan.c_str(), "--to", "alice@contoso.test:VIEW"}));
  const std::string file = (dir.path() / "plan.ptxt").string(), to = (dir.path() / "request.xml").string();
  ASSERT_TRUE(succeeds(run({"request", file.c_str(), "--output", to.c_str()})));
  const std::string written = must(read_file(to, 1 << 20));
  ASSERT_TRUE(succeeds(run({"request", file.c_str()})));
  EXPECT_EQ(output, written);
  const auto& service = *soap::find_service(kLicensePage);
  const auto parsed = soap::RequestEnvelope::parse(service, written, std::nullopt);
  ASSERT_TRUE(std::holds_alternative<soap::RequestEnvelope>(parsed));
  EXPECT_EQ(std::get<soap::RequestEnvelope>(parsed).operation(), soap::Operation::acquire_license);
}

TEST_F(Program, OpensNothingOverAnExistingFileAndDoesNotAskForIt) {
  bootstrap_home();
  const auto plan = dir.write("plan.txt", "The plan");
  must(run({"protect", plan.c_str(), "--to", "alice@contoso.test:VIEW"}));
  const std::string file = (dir.path() / "plan.ptxt").string();
  EXPECT_TRUE(fails_with(run({"open", file.c_str()}), Errc::already_exists));  // else: --connector is missing
}

TEST_F(Program, InspectsAndFailsIfSomethingIsAltered) {
  bootstrap_home();
  const auto plan = dir.write("plan.txt", "The plan");
  must(run({"protect", plan.c_str(), "--to", "alice@contoso.test:VIEW"}));
  const auto file = dir.path() / "plan.ptxt";
  ASSERT_TRUE(succeeds(run({"inspect", file.c_str()})));
  EXPECT_NE(output.find("as the licence says"), std::string::npos) << output;
  std::string bytes = must(read_file(file, 1 << 20));
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  dir.write("plan.ptxt", bytes);
  EXPECT_TRUE(fails_with(run({"inspect", file.c_str()}), Errc::signature_invalid));
  EXPECT_NE(output.find("NOT GOOD"), std::string::npos) << output;
}

TEST_F(Program, WithoutABootstrapNamesTheCure) {
  const auto plan = dir.write("plan.txt", "The plan");
  const auto done = run({"protect", plan.c_str(), "--to", "alice@contoso.test:VIEW"});
  EXPECT_TRUE(fails_with(done, Errc::not_found));
  EXPECT_NE(done.error().context.find("rms bootstrap"), std::string::npos);
}

}  // namespace
}  // namespace rms::client
