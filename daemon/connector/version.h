// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace rms::connector {

// "0.1.0": of the project, as CMake knows it.
inline constexpr std::string_view kVersion = RMS_VERSION;
// Of the libraries that it was built with.
inline constexpr std::string_view kGrpcVersion = RMS_GRPC_VERSION;
inline constexpr std::string_view kOpensslVersion = RMS_OPENSSL_VERSION;

}  // namespace rms::connector
