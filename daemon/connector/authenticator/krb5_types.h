// SPDX-License-Identifier: Apache-2.0
// For sources of this room only.
#pragma once

#include "kerberos/owned.h"

namespace rms::connector {

using kerberos::buffer_of;
using kerberos::GssBuffer;
using kerberos::GssContext;
using kerberos::GssCredential;
using kerberos::GssName;
using kerberos::Krb5Context;
using kerberos::Krb5Owned;
using kerberos::text_of;

}  // namespace rms::connector
