// SPDX-License-Identifier: Apache-2.0
#include "cloud/keys/tenant_cache.h"

namespace rms::cloud {

Result<std::size_t> TenantCache::open_all() {
  RMS_TRY(const auto records, store_.tenants());
  const std::scoped_lock lock(mutex_);
  for (const auto& record : records) RMS_CHECK(keep(record));
  return records.size();
}

Result<const IssuingTenant*> TenantCache::find(std::string_view guid) {
  const std::scoped_lock lock(mutex_);
  if (const auto found = open_.find(guid); found != open_.end()) return found->second.get();
  RMS_TRY(const auto record, store_.find_tenant(guid));
  return keep(record);
}

Result<const IssuingTenant*> TenantCache::keep(const TenantRecord& record) {
  RMS_TRY(auto tenant, IssuingTenant::open(record, wrapping_key_));
  auto& kept = open_[record.guid];
  if (!kept) kept = std::make_unique<const IssuingTenant>(std::move(tenant));
  return kept.get();
}

}  // namespace rms::cloud
