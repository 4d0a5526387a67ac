// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "cloud/keys/issuing_tenant.h"
#include "cloud/store/store.h"

namespace rms::cloud {

// Tenants that were opened stay open: their keys are unwrapped once, not once a request. Grows to the number of
// tenants. Any thread. A tenant does not change after it was made, so a reference stays good for the life of the cache.
class TenantCache {
 public:
  TenantCache(TenantStore& store, Secret wrapping_key) : store_(store), wrapping_key_(std::move(wrapping_key)) {}

  // Opens every tenant there is: a wrong key file shows at the start of the service, not at the first request.
  // How many there are, or what IssuingTenant::open() or the store said.
  Result<std::size_t> open_all();

  // Opens it now if it was made since. Errc::not_found, and as IssuingTenant::open() and the store.
  Result<const IssuingTenant*> find(std::string_view guid);

 private:
  Result<const IssuingTenant*> keep(const TenantRecord& record);  // REQUIRES: mutex_ is held

  TenantStore& store_;
  const Secret wrapping_key_;
  std::mutex mutex_;  // guards open_
  std::map<std::string, std::unique_ptr<const IssuingTenant>, std::less<>> open_;
};

}  // namespace rms::cloud
