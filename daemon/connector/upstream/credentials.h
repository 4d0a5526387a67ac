// SPDX-License-Identifier: Apache-2.0
//
// What gRPC needs to know to trust the service and to be trusted by it. For sources of this room.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <grpcpp/security/credentials.h>

#include "net/tls.h"

namespace rms::connector {

// Mutual TLS: the service's certificate must be signed by `pem.ca` and carry the name that was asked for. With `pins`
// (net/key_pin.h) a key of its verified chain must also be one of them. gRPC keeps its own copy of the key.
std::shared_ptr<grpc::ChannelCredentials> make_credentials(const net::PemFiles& pem,
                                                           const std::vector<std::string>& pins);

}  // namespace rms::connector
