// SPDX-License-Identifier: Apache-2.0
//
// When a password may be shown to a proxy, as a value without a clock. Several connections are made at once, and again
// and again; with a wrong password that would lock the account at its directory within seconds.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"
#include "base/file_stamp.h"

namespace rms::connector {

class PasswordPatience {
 public:
  // After a refusal of one that was good before: the directory behind the proxy may have been away.
  static constexpr std::chrono::seconds kAfterOneThatWasGood{30};
  // After a refusal of one that never was: each further try may be the one that locks the account.
  static constexpr std::chrono::minutes kAfterOneThatNeverWas{5};

  enum class Choice {
    show,     // begun() must follow
    wait,     // another connection is trying it: wait for what comes of that
    refused,  // it was refused; not again before until()
  };

  // `file` is the password's file as it is now. Another one than before begins anew.
  Choice choose(std::optional<FileStamp> file, SteadyTime now) {
    if (file != file_) *this = PasswordPatience(file);
    if (now < until_) return Choice::refused;
    return trying_ && !good_ ? Choice::wait : Choice::show;
  }
  SteadyTime until() const { return until_; }

  void begun() { trying_ = true; }
  // What the proxy said of it. A connection that ends without any says neither, but always ended().
  void accepted() { good_ = true; }
  void refused(SteadyTime now) {
    until_ = now + (good_ ? SteadyTime::duration(kAfterOneThatWasGood) : SteadyTime::duration(kAfterOneThatNeverWas));
  }
  void ended() { trying_ = false; }

  PasswordPatience() = default;

 private:
  explicit PasswordPatience(std::optional<FileStamp> file) : file_(file) {}

  std::optional<FileStamp> file_;
  SteadyTime until_ = SteadyTime::min();
  bool good_ = false, trying_ = false;
};

}  // namespace rms::connector
