// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "cloud/store/records.h"
#include "xrml/certificates.h"

namespace rms::cloud {

// Who an account is, with all that licences may call it.
struct Person {
  xrml::Account account;          // mail, aliases, SID or GUID
  std::vector<GroupName> groups;  // nested ones too
};

}  // namespace rms::cloud
