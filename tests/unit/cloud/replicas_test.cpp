// SPDX-License-Identifier: Apache-2.0
//
// Two rms-cloudd on one store, as processes, under load: each question has one answer and one row, whoever is asked, at
// the same time or after one of the two was killed; each account has one key.
#include <atomic>
#include <map>
#include <mutex>
#include <set>

#include "base/guid.h"
#include "cloud/store/sqlite_store.h"
#include "rms/v1/certification.grpc.pb.h"
#include "support/eventually.h"
#include "support/outcome.h"
#include "unit/cloud/programs.h"
#include "xrml/document.h"

namespace rms {
namespace {

using test::must;

class CloudReplicas : public CloudPrograms {
 protected:
  // `people` accounts in the directory, and two services.
  void start(int people) {
    set_up();
    std::string users = "mail,name,sid,aliases\n";
    for (int i = 0; i < people; ++i) users += mail(i) + ",Person,,\n";
    directory_.write("users.csv", users);
    directory_.write("groups.csv", "mail,name,sid,aliases,members\n");
    ASSERT_EQ(ctl_config({"directory", "import", "--tenant", "contoso.test", "--users",
                          (directory_.path() / "users.csv").string(), "--groups",
                          (directory_.path() / "groups.csv").string()}),
              0)
        << read_file(output_);
    for (std::size_t i = 0; i < 2; ++i) {
      services_[i] = serve("", i == 0 ? "log" : "second.log");
      channels_[i] = channel();
    }
    words_ = test::signed_by(client_, test::attribution("exchange", "exchange@contoso.test", "Precertify",
                                                        std::chrono::system_clock::now()));
  }
  static std::string mail(int i) { return "person" + std::to_string(i) + "@contoso.test"; }

  struct Given {
    grpc::Status status;
    v1::PrecertifyResponse response;
  };
  // Asks service `which` for the certificate of person `i`.
  Given certificate(std::size_t which, int i, const std::string& id, unsigned attempt) const {
    v1::PrecertifyRequest request;
    *request.mutable_context()->mutable_attribution() = words_;
    request.mutable_context()->set_request_id(id);
    request.mutable_context()->set_attempt(attempt);
    request.set_user_name(mail(i));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + 20s);
    Given given;
    given.status = v1::Certification::NewStub(channels_[which])->Precertify(&context, request, &given.response);
    return given;
  }
  static std::string key_in(const v1::PrecertifyResponse& response) {
    const auto certificate = must(xrml::Document::parse(response.certificate()));
    return certificate.content().principal().key->fingerprint();
  }
  std::size_t rows() const {
    const auto store = must(cloud::SqliteStore::open({directory_.path() / "store.db"}));
    return must(store->last_usage(std::nullopt, 1'000'000)).size();
  }

  std::unique_ptr<Process> services_[2];
  std::shared_ptr<grpc::Channel> channels_[2];
  v1::SignedAttribution words_;
};

TEST_F(CloudReplicas, AnswerEachQuestionOnceAndMakeEachKeyOnce) {
  constexpr int kThreads = 4, kEach = 40, kPeople = 20;
  start(kPeople);
  std::mutex mutex;
  std::map<std::string, std::set<std::string>> answers;  // by request
  std::map<int, std::set<std::string>> keys;             // by person
  std::vector<std::string> problems;
  // Both services get every question; which of them is first is chance.
  std::vector<std::thread> threads;
  std::vector<std::string> ids;
  for (int i = 0; i < kThreads / 2 * kEach; ++i) ids.push_back(new_guid());
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const auto n = static_cast<std::size_t>(t / 2 * kEach + i);
        const int person = static_cast<int>(n) % kPeople;
        const auto given =
            certificate(static_cast<std::size_t>(t % 2), person, ids[n], 1 + static_cast<unsigned>(t % 2));
        const std::scoped_lock lock(mutex);
        if (!given.status.ok() || given.response.has_fault()) {
          problems.push_back(given.status.error_message() + given.response.fault().exception());
          continue;
        }
        answers[ids[n]].insert(given.response.SerializeAsString());
        keys[person].insert(key_in(given.response));
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(problems.empty()) << problems.size() << " of " << kThreads * kEach << ", the first: " << problems.front();
  for (const auto& [id, different] : answers) EXPECT_EQ(different.size(), 1u) << id;
  for (const auto& [person, different] : keys) EXPECT_EQ(different.size(), 1u) << mail(person);
  EXPECT_EQ(rows(), ids.size());
  for (const auto* log : {"log", "second.log"}) {
    const auto said = read_file(directory_.path() / log);
    EXPECT_EQ(said.find(" warning "), std::string::npos) << said;
    EXPECT_EQ(said.find(" error "), std::string::npos) << said;
  }
}

TEST_F(CloudReplicas, WhatOneThatWasKilledAnsweredTheOtherAnswersAlike) {
  start(1);
  std::atomic<bool> over = false;
  std::mutex mutex;
  std::vector<std::string> asked;
  std::map<std::string, std::string> answered;  // what came back
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      while (!over) {
        const auto id = new_guid();
        const auto given = certificate(0, 0, id, 1);
        const std::scoped_lock lock(mutex);
        asked.push_back(id);
        if (given.status.ok()) answered[id] = given.response.SerializeAsString();
        if (!given.status.ok()) return;  // it is dead
      }
    });
  const auto count = [&] {
    const std::scoped_lock lock(mutex);
    return answered.size();
  };
  EXPECT_TRUE(test::eventually([&] { return count() > 50; }));
  services_[0]->signal(SIGKILL);
  over = true;
  for (auto& thread : threads) thread.join();
  services_[0]->wait();
  // Every question once more, also those whose answers were lost on the way.
  for (const auto& id : asked) {
    const auto again = certificate(1, 0, id, 2);
    ASSERT_TRUE(again.status.ok()) << again.status.error_message();
    if (answered.contains(id)) {
      EXPECT_EQ(again.response.SerializeAsString(), answered[id]);
    }
  }
  EXPECT_EQ(rows(), asked.size());
}

}  // namespace
}  // namespace rms
