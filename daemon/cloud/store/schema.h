// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/result.h"
#include "cloud/store/sqlite_database.h"

namespace rms::cloud {

// Brings an open database to the schema that this program knows, version by version, in one transaction: another
// process that does the same at the same time waits and finds the work done.
// Errc::unsupported if the file is of a newer program: it is left alone.
Result<void> migrate(Database& database);

}  // namespace rms::cloud
