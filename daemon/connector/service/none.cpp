// SPDX-License-Identifier: Apache-2.0
#include "connector/service/none.h"

namespace rms::connector {
namespace {

class Nobody final : public ServiceManager {
 public:
  void ready(std::string_view) override {}
  void reloading() override {}
  void stopping() override {}
  void status(std::string_view) override {}
  std::optional<std::chrono::microseconds> watchdog_interval() const override { return std::nullopt; }
  void alive() override {}
};

}  // namespace

std::unique_ptr<ServiceManager> make_no_service_manager() {
  return std::make_unique<Nobody>();
}

}  // namespace rms::connector
