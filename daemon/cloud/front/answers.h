// SPDX-License-Identifier: Apache-2.0
//
// Who is at work on which question in this process, and the newest answers: an attempt that comes while another one is
// at work waits for it, without a thread, and one that comes soon after gets what that one got.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <grpcpp/support/status.h>

#include "base/clock.h"
#include "cloud/store/records.h"

namespace rms::cloud {

// Any thread. What other processes answered is in the store; this spares asking it, and never has the last word.
class Answers {
 public:
  struct Limits {
    std::size_t waiting = 8;  // attempts that wait for one question
    std::size_t most = 1'024;
    std::size_t bytes = 16 * 1024 * 1024;
    std::chrono::minutes keep{10};
  };
  using Bytes = std::shared_ptr<const std::string>;

  // How the attempt at work ended.
  struct Answered {
    Bytes answer;
  };
  struct Failed {  // by an accident that would befall the others, too
    grpc::Status status;
  };
  struct Abandoned {};  // its caller has gone: somebody else may begin anew
  using Ending = std::variant<Answered, Failed, Abandoned>;
  using Waiter = std::function<void(const Ending&)>;

  struct Ours {};           // work, then call end()
  struct Waits {};          // `waiter` is called by who is at work, on its thread
  struct OtherQuestion {};  // the id was given to something else
  struct TooMany {};
  using Begun = std::variant<Ours, Answered, Waits, OtherQuestion, TooMany>;

  explicit Answers(const Clock& clock) : Answers(clock, Limits{}) {}
  Answers(const Clock& clock, Limits limits) : clock_(clock), limits_(limits) {}

  Begun begin(const std::string& tenant, const QuestionRecord& question, Waiter waiter);
  // Once for each Ours. Answers are kept; the waiters are called before this returns.
  void end(const std::string& tenant, const QuestionRecord& question, Ending ending);

  std::size_t kept_for_test() const;

 private:
  struct Entry {
    std::string digest;
    Bytes answer;  // null: at work
    SteadyTime since;
    std::vector<Waiter> waiters;
  };
  void keep(const std::string& key, Bytes answer);  // REQUIRES: mutex_ is held

  const Clock& clock_;
  const Limits limits_;
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<std::string, Entry> entries_;
  std::deque<std::string> oldest_first_;  // of those with an answer
  std::size_t bytes_ = 0;
};

}  // namespace rms::cloud
