// SPDX-License-Identifier: Apache-2.0
//
// What rms-cloudctl directory does with a tenant's directory. Only import_directory() changes anything.
#pragma once

#include <ostream>
#include <string>

#include "base/result.h"
#include "cloud/store/store.h"
#include "ctl/directory/contents.h"

namespace rms::ctl {

// Puts `contents` in the place of what the tenant has, in one transaction, and prints what that changes: how many, and
// the first few. With `dry_run` it prints only. Errc::invalid_setting if there is nobody in `contents`: a wrong filter
// would lock everyone out. Others: the store's.
Result<void> import_directory(cloud::DirectoryStore& store, const cloud::TenantRecord& tenant, const Contents& contents,
                              bool dry_run, std::ostream& out);

// A user or a group, by address, alias or SID, and all groups that it is in. Errc::not_found.
Result<void> show_entry(cloud::DirectoryStore& store, const cloud::TenantRecord& tenant, const std::string& name,
                        std::ostream& out);

// Users, then groups, each in the order of their addresses.
Result<void> list_entries(cloud::DirectoryStore& store, const cloud::TenantRecord& tenant, std::ostream& out);

}  // namespace rms::ctl
