// SPDX-License-Identifier: Apache-2.0
//
// Rules of the VersionData header (MS-RMPR 2.2.4.2, 3.1.4.6; MS-RMSI 3.1.4). Private to this folder.
#pragma once

#include <optional>
#include <string_view>

#include "soap/envelope.h"

namespace rms::soap {

// What we answer with (MS-RMPR note 1: Windows Server 2008 R2 SP1 and later).
inline constexpr std::string_view kServerMinimumVersion = "1.0.0.0";
inline constexpr std::string_view kServerMaximumVersion = "1.2.0.0";

// Why a request with this header is refused: a part that is not "a.b.c.d", minimum above maximum, or a maximum
// above ours; nullopt if it is not. Parts may be absent.
std::optional<Refused> refuse_version(const VersionData& version);

// Whether a caller with this header understands batches: only if it says so. REQUIRES: refuse_version() had nothing.
bool understands_batches(const std::optional<VersionData>& version);

}  // namespace rms::soap
