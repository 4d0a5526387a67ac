// SPDX-License-Identifier: Apache-2.0
//
// The rights service as a client sees it, through the connector: the calls of its life (MS-RMPR 3.3.4.1, 3.4.4, 3.5.4,
// 3.7.4.1; MS-RMSI 3.5.4.1). Nothing that comes back is believed here; callers verify the chains.
#pragma once

#include <span>
#include <string>
#include <string_view>
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

  // One answer for each recipient, in order: a use licence with its chain, or why there is none. REQUIRES: from 1 to
  // soap::kMaxPreLicenseIdentities recipients. The service gets the publishing licence alone, as MS-RMSI wants it.
  Result<std::vector<Result<Chain>>> acquire_pre_license(std::span<const std::string> recipients,
                                                         const xrml::Document& publishing_license);

  // A publishing licence without issuer and signature in, the same from the service with its chain out.
  Result<Chain> acquire_issuance_license(const xrml::Document& unsigned_license);
  // The service's own certificate and what leads from there to the root.
  Result<Chain> get_licensor_certificate();

  // GUID and hash of each template that there is now.
  Result<std::vector<soap::TemplateHash>> template_information();
  // One for each GUID, in order; without text where there is none any more. REQUIRES: from 1 to soap::kMaxTemplates.
  Result<std::vector<soap::Template>> acquire_templates(std::span<const std::string> guids);

  // What acquire_license() posts to kLicensePage.
  static std::string acquire_license_envelope(std::span<const xrml::Document> account,
                                              std::span<const xrml::Document> publication);

 private:
  template <class Response>
  Result<Response> ask(std::string_view page, const soap::Request& request);
  Transport& transport_;
};

inline constexpr std::string_view kCertifyPage = "/_wmcs/certification/ServerCertification.asmx";
inline constexpr std::string_view kPublishPage = "/_wmcs/licensing/publish.asmx";
inline constexpr std::string_view kLicensePage = "/_wmcs/licensing/license.asmx";
inline constexpr std::string_view kServerPage = "/_wmcs/licensing/server.asmx";
inline constexpr std::string_view kTemplatePage = "/_wmcs/licensing/templateDistribution.asmx";

// A refusal as an error: whose it is, its exception's name and its words; and if not the content or the account is in
// the way but a grant of the server that asked, which one. `correlation_id`: by which administrators find it; or empty.
Error refusal(const soap::Fault& fault, std::string_view correlation_id = {});

}  // namespace rms::client
