// SPDX-License-Identifier: Apache-2.0
//
// Private to settings/: what the settings name, looked at before anything is served.
#pragma once

#include "cloud/settings/settings.h"
#include "yaml/file.h"

namespace rms::cloud {

// Where the settings stand that name files.
struct Places {
  yaml::Place certificate, key, client_ca, sqlite, encryption_key;
};

// Notes in `file` everything that keeps the service from starting with `settings`. Paths that are empty have been noted
// as missing already. Creates nothing. Opens an existing store only for Look::store; may then wait for its busy time.
void check_files(const Settings& settings, const Places& places, Look look, yaml::File& file);

}  // namespace rms::cloud
