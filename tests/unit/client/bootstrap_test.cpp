// SPDX-License-Identifier: Apache-2.0
#include "client/bootstrap.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support/issuing_service.h"
#include "support/test_ca.h"

namespace rms::client {
namespace {

using test::kDay;
using test::kNow;
using test::must;

class Bootstrap : public testing::Test {
 protected:
  std::filesystem::path at(const char* name) const { return home_path / name; }
  Result<Bootstrapped> run(BootstrapOptions options = {}, xrml::Time now = kNow) {
    RMS_TRY(auto home, Home::create(home_path));
    RightsService service(transport);
    return bootstrap(home, service, options, now);
  }
  Result<Identity> load(xrml::Time now = kNow) const {
    RMS_TRY(const auto home, Home::open(home_path));
    return home.load_identity(now);
  }
  std::string read(const char* name) const { return must(read_file(at(name), 1 << 20)); }
  void overwrite(const char* name, std::string_view content) { must(replace_file(at(name), content)); }
  static unsigned mode(const std::filesystem::path& path) {
    struct stat info {};
    ::stat(path.c_str(), &info);
    return info.st_mode & 07777;
  }

  test::TempDir dir;
  std::filesystem::path home_path = dir.path() / "home";
  test::IssuingService transport;
};

TEST_F(Bootstrap, GivesAnIdentityThatLoads) {
  const auto done = run();
  ASSERT_TRUE(done) << done.error().to_string();
  EXPECT_TRUE(done->fresh);
  EXPECT_EQ(done->account.mail, "exchange@contoso.test");
  EXPECT_EQ(done->root, test::key_of("root").public_key().fingerprint());
  const auto identity = load();
  ASSERT_TRUE(identity) << identity.error().to_string();
  EXPECT_EQ(identity->account.mail, "exchange@contoso.test");
  EXPECT_EQ(identity->licensor_key.public_key(), *identity->licensor_chain.front().content().principal().key);
}

// Not allowed to look is not the same as nothing there. Root may look everywhere: it becomes somebody else for a
// moment.
TEST_F(Bootstrap, AHomeThatMayNotBeEnteredIsNotTakenForNone) {
  must(run());
  const uid_t self = ::geteuid();
  ASSERT_EQ(self == 0 ? ::seteuid(65534) : ::chmod(dir.path().c_str(), 0), 0);
  const auto home = Home::open(home_path);
  ASSERT_EQ(self == 0 ? ::seteuid(self) : ::chmod(dir.path().c_str(), 0700), 0);
  ASSERT_TRUE(test::fails_with(home, Errc::io_error));
  EXPECT_NE(home.error().context.find("Permission denied"), std::string::npos) << home.error().context;
}

TEST_F(Bootstrap, KeepsItsFilesToItself) {
  must(run());
  EXPECT_EQ(mode(home_path), 0700u);
  for (const auto& entry : std::filesystem::directory_iterator(home_path))
    EXPECT_EQ(mode(entry.path()), 0600u) << entry.path();
}

TEST_F(Bootstrap, AsksNobodyTheSecondTime) {
  must(run());
  const int calls = transport.calls;
  EXPECT_FALSE(must(run()).fresh);
  EXPECT_EQ(transport.calls, calls);
}

TEST_F(Bootstrap, RenewsWithTheSameMachineKey) {
  must(run());
  const std::string key = read("machine.key"), account = read("account.xml");
  EXPECT_TRUE(must(run({true, {}})).fresh);
  EXPECT_EQ(read("machine.key"), key);
  EXPECT_NE(read("account.xml"), account);
  EXPECT_TRUE(load());
}

TEST_F(Bootstrap, ContinuesWhereAnEarlierOneWasCutShort) {
  transport.fails = Error(Errc::unavailable, "away");
  EXPECT_EQ(run().error(), Errc::unavailable);
  EXPECT_EQ(load().error(), Errc::not_found);
  transport.fails.reset();
  EXPECT_TRUE(must(run()).fresh);
  std::filesystem::remove(at("root.pub"));  // written last
  EXPECT_TRUE(must(run()).fresh);
}

TEST_F(Bootstrap, IsRefusedIfTheServiceRefuses) {
  transport.refuses = soap::Fault{std::string(soap::exceptions::kUnauthorizedAccess), "Not you."};
  EXPECT_EQ(run().error(), Errc::denied);
}

TEST_F(Bootstrap, BelievesNoOtherRootThanThePinnedOne) {
  must(run());
  const std::string account = read("account.xml");
  must(Home::create(home_path)->pin_root(test::key_of("another root").public_key()));
  EXPECT_EQ(load().error(), Errc::untrusted);
  EXPECT_EQ(run({true, {}}).error(), Errc::untrusted);
  EXPECT_EQ(read("account.xml"), account);
}

TEST_F(Bootstrap, PinsTheRootThatItWasTold) {
  EXPECT_EQ(run({false, test::key_of("another root").public_key()}).error(), Errc::untrusted);
  EXPECT_EQ(load().error(), Errc::not_found);
  const auto exported = must(read_root(dir.write("root.xml", test::root().text())));
  EXPECT_EQ(exported, test::key_of("root").public_key());
  EXPECT_TRUE(run({false, exported}));
  EXPECT_EQ(run({false, test::key_of("another root").public_key()}).error(), Errc::untrusted);
}

TEST_F(Bootstrap, ReadsNoRootWhoseSignatureIsWrong) {
  std::string text(test::root().text());
  text.replace(text.find("Contoso Root"), 7, "Fabrika");
  EXPECT_EQ(read_root(dir.write("root.xml", text)).error(), Errc::signature_invalid);
  EXPECT_EQ(read_root(dir.write("root.xml", "no XrML")).error(), Errc::malformed);
}

TEST_F(Bootstrap, TakesNoAccountCertificateOfAnotherMachine) {
  const std::string other(test::account_certificate("bob").text());
  transport.alter = [&](soap::Chain& chain) { chain.front() = other; };
  EXPECT_EQ(run().error(), Errc::wrong_key);
  EXPECT_EQ(load().error(), Errc::not_found);
}

TEST_F(Bootstrap, TakesNothingElseThanItAskedFor) {
  transport.alter = [](soap::Chain& chain) { chain.erase(chain.begin()); };
  EXPECT_EQ(run().error(), Errc::malformed);
}

TEST_F(Bootstrap, ExpiredAccountNamesTheCure) {
  transport.account_validity = {kNow - kDay, kNow + kDay};
  must(run());
  const auto identity = load(kNow + 2 * kDay);
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error(), Errc::not_valid_now);
  EXPECT_NE(identity.error().context.find("rms bootstrap --renew"), std::string::npos) << identity.error().context;
}

class DamagedHome : public Bootstrap, public testing::WithParamInterface<const char*> {};

TEST_P(DamagedHome, NamesTheCureAndTheCureHelps) {
  must(run());
  const std::string whole = read(GetParam());
  for (const std::string& damaged : {std::string(), whole.substr(0, whole.size() / 2), "x" + whole,
                                     whole.substr(0, 200) + "?" + whole.substr(201)}) {
    overwrite(GetParam(), damaged);
    const auto identity = load();
    ASSERT_FALSE(identity);
    EXPECT_EQ(identity.error(), Errc::corrupt) << identity.error().to_string();
    EXPECT_NE(identity.error().context.find("rms bootstrap --renew"), std::string::npos) << identity.error().context;
    EXPECT_EQ(run().error(), Errc::corrupt);
    const auto cured = run({true, {}});
    ASSERT_TRUE(cured) << cured.error().to_string();
    EXPECT_TRUE(load());
  }
}
INSTANTIATE_TEST_SUITE_P(Each, DamagedHome,
                         testing::Values("machine.key", "machine.xml", "account.xml", "licensor.xml"));

TEST_F(Bootstrap, ADamagedPinIsNotReplacedByItself) {
  must(run());
  overwrite("root.pub", "AAAA");
  EXPECT_EQ(load().error(), Errc::corrupt);
  EXPECT_EQ(run({true, {}}).error(), Errc::corrupt);
  std::filesystem::remove(at("root.pub"));
  EXPECT_TRUE(run({true, test::key_of("root").public_key()}));
}

TEST_F(Bootstrap, CertificatesOfTwoBootstrapsMixedAreDamage) {
  must(run());
  const std::string account = read("account.xml");
  transport.mail = "other@contoso.test";
  must(run({true, {}}));
  overwrite("account.xml", account);
  EXPECT_EQ(load().error(), Errc::corrupt);
}

TEST_F(Bootstrap, AKeyThatOthersMayReadIsRefused) {
  must(run());
  ::chmod(at("machine.key").c_str(), 0644);
  EXPECT_EQ(load().error(), Errc::insecure_file);
}

TEST_F(Bootstrap, AFolderThatOthersMayEnterIsRefused) {
  must(run());
  ::chmod(home_path.c_str(), 0755);
  EXPECT_EQ(load().error(), Errc::insecure_file);
  EXPECT_EQ(run().error(), Errc::insecure_file);
}

TEST_F(Bootstrap, NothingThereIsNotFound) {
  EXPECT_EQ(load().error(), Errc::not_found);
}

TEST_F(Bootstrap, AWriterIsAloneAndReadersAreTogether) {
  const auto try_lock = [&](int how) {
    const int fd = ::open(at("lock").c_str(), O_RDWR);
    const bool got = ::flock(fd, how | LOCK_NB) == 0;
    ::close(fd);
    return got;
  };
  {
    const auto writer = must(Home::create(home_path));
    EXPECT_FALSE(try_lock(LOCK_SH));
  }
  const auto reader = must(Home::open(home_path));
  EXPECT_TRUE(try_lock(LOCK_SH));
  EXPECT_FALSE(try_lock(LOCK_EX));
}

}  // namespace
}  // namespace rms::client
