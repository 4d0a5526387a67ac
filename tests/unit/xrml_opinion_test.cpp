// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/xrml_world.h"
#include "xrml/certificates.h"
#include "xrml/official_template.h"

namespace rms::xrml {
namespace {

using test::key_of;
using test::kNow;
using test::kYear;
using test::mail_of;
using test::must;
using test::publication;
using test::root;
using test::server;
using test::server_certificate;
using test::urls;

// An opinion that is not ours: the rule of the signatures, written down again in Python by others.
TEST(VerifyXrml, FindsEveryDocumentThatWeIssueGood) {
  const auto script = std::filesystem::path(RMS_VECTORS_DIR) / "verify_xrml.py";
  if (!std::filesystem::exists(script))
    GTEST_SKIP() << "the script is not here: it lives outside of the repository, at " << script;
  if (std::system("python3 -c ''") != 0) GTEST_SKIP() << "there is no python3";
  const auto license = test::published_by("alice", must(ContentKey::generate()));
  TemplateDefinition definition;
  definition.guid = "4b1010c0-92b8-4169-8493-b5137c6fe168";
  definition.texts = {{1033, "Für <alle> & \"jeden\"", ""}};
  definition.rights = {{std::string(kAnyone), {"VIEW", "OBJMODEL"}}};
  const auto policy = must(issue_official_template(server(), definition, urls(), kNow));
  const auto key = must(ContentKey::generate());
  const auto online = must(sign_publishing_license(
      server(), must(issue_unsigned_license(server_certificate().content().principal(), publication(), key, kNow)), key,
      urls(), kNow));
  const auto opened =
      must(open_publishing_license(license.front(), server_certificate().content().principal(), key_of("server")));
  const auto use =
      must(issue_use_license(server(), license.front(), opened.rights_data, holder_of(test::account_certificate("bob")),
                             opened.key, {{"VIEW", kYear, {}}, {"EDIT", {}, 7}}, kNow));
  const std::vector<std::vector<Document>> chains = {
      license,
      {test::account_certificate("bob"), server_certificate(), root()},
      {use, server_certificate(), root()},
      {test::machine()},
      {policy, server_certificate()},
      {online, server_certificate()},
      {must(issue_public_rights_account(server(), {"S-1-5-21-1-2-3-4", "", mail_of("bob"), {}},
                                        key_of("bob").public_key(), urls(), kNow, kYear)),
       server_certificate()}};
  const std::filesystem::path directory = testing::TempDir() + "/xrml-" + std::to_string(::getpid());
  std::filesystem::create_directories(directory);
  std::string command = "python3 '" + script.string() + "'";
  for (std::size_t i = 0; i < chains.size(); ++i) {
    const auto file = directory / ("chain" + std::to_string(i) + ".xml");
    std::ofstream(file, std::ios::binary) << join_chain(chains[i]);
    command += " '" + file.string() + "'";
  }
  command += " >'" + (directory / "opinion").string() + "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::ifstream opinion(directory / "opinion");
  int good = 0;
  for (std::string line; std::getline(opinion, line);) good += line.find(" ok sha256 RSA-2048") != std::string::npos;
  EXPECT_EQ(good, 4 + 3 + 3 + 1 + 2 + 2 + 2);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace rms::xrml
