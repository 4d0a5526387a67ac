// SPDX-License-Identifier: Apache-2.0
#include "connector/listener/admission.h"

#include <cassert>

namespace rms::connector {

Admission::~Admission() {
  assert(taken_ == 0);
}

std::variant<Admission::Place, Admission::Refusal> Admission::admit(std::string_view server) {
  if (taken_ >= most_) return Refusal::full;
  auto found = servers_.find(server);
  if (found == servers_.end())
    found = servers_.emplace(server, 0).first;
  else if (!server.empty() && found->second >= most_ - taken_)
    return Refusal::share;
  ++found->second;
  ++taken_;
  return Place(this, found);
}

void Admission::give_back(Servers::iterator server) {
  --taken_;
  if (--server->second == 0) servers_.erase(server);
}

}  // namespace rms::connector
