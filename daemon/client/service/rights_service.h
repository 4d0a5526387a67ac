// SPDX-License-Identifier: Apache-2.0
//
// The rights service as a client sees it, through the connector: the three calls of its life (MS-RMPR 3.3.4.1, 3.5.4.2,
// 3.4.4.1). Nothing that comes back is believed here; callers verify the chains.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/service/transport.h"
#include "soap/messages.h"
#include "xrml/document.h"

namespace rms::client {

using Chain = std::vector<xrml::Document>;  // leaf first

class RightsService {
 public:
  explicit RightsService(Transport& transport) : transport_(transport) {}

  // Each: Transport's errors; Errc::no_rights and Errc::denied with the name and words of the service's refusal;
  // Errc::malformed if the answer is not what was asked for.
  Result<Chain> certify(const xrml::Document& machine);
  Result<Chain> get_client_licensor(std::span<const xrml::Document> account);
  Result<Chain> acquire_license(std::span<const xrml::Document> account, std::span<const xrml::Document> publication);

  // What acquire_license() posts to kLicensePage.
  static std::string acquire_license_envelope(std::span<const xrml::Document> account,
                                              std::span<const xrml::Document> publication);

 private:
  Result<soap::Response> ask(const soap::Service& service, soap::Operation operation, const std::string& envelope);
  Transport& transport_;
};

inline constexpr std::string_view kCertifyPage = "/_wmcs/certification/ServerCertification.asmx";
inline constexpr std::string_view kPublishPage = "/_wmcs/licensing/publish.asmx";
inline constexpr std::string_view kLicensePage = "/_wmcs/licensing/license.asmx";

// A refusal as an error: whose it is, its exception's name and its words.
Error refusal(const soap::Fault& fault);

}  // namespace rms::client
