// SPDX-License-Identifier: Apache-2.0
//
// Who gets one of the places for requests in hand. A value without sockets or clocks.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace rms::connector {

// A server gets a place as long as it has fewer than are left free. So one alone may have half of them, two at most a
// third each, and whoever comes next always finds one: nobody has to say beforehand who may need how many.
// Loop thread only. REQUIRES at destruction: no places are taken.
class Admission {
 public:
  class Place;
  enum class Refusal {
    full,   // all places are taken
    share,  // this server has as many as are left
  };

  // REQUIRES: most > 0
  explicit Admission(std::size_t most) : most_(most) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;
  ~Admission();

  // `server`: the name of who asks; empty for nobody in particular, for whom there are no shares.
  std::variant<Place, Refusal> admit(std::string_view server);

  std::size_t taken() const { return taken_; }
  // By name of the server; only those that have some.
  const std::map<std::string, std::size_t, std::less<>>& taken_by() const { return servers_; }
  std::size_t most() const { return most_; }
  // From now on there are so many. Who has a place keeps it, even if they are more. REQUIRES: most > 0
  void change_most(std::size_t most) { most_ = most; }

 private:
  using Servers = std::map<std::string, std::size_t, std::less<>>;  // places taken; as many entries at most

  void give_back(Servers::iterator server);

  std::size_t most_;
  std::size_t taken_ = 0;
  Servers servers_;
};

// Gives the place back when it goes.
class Admission::Place {
 public:
  Place(Place&& other) noexcept : admission_(std::exchange(other.admission_, nullptr)), server_(other.server_) {}
  Place& operator=(Place&&) = delete;
  ~Place() {
    if (admission_) admission_->give_back(server_);
  }

 private:
  friend class Admission;
  Place(Admission* admission, Servers::iterator server) : admission_(admission), server_(server) {}
  Admission* admission_;
  Servers::iterator server_;
};

}  // namespace rms::connector
