// SPDX-License-Identifier: Apache-2.0
#include "cloud/server/locations.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace rms::cloud {
namespace {

constexpr std::size_t kMaxTypeBytes = 64;

bool is_letter(char c) {
  return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_type(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTypeBytes && is_letter(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_letter(c) || is_digit(c); });
}

bool consists_of(std::string_view text, std::string_view punctuation) {
  return std::ranges::all_of(text, [punctuation](char c) {
    return is_letter(c) || is_digit(c) || punctuation.find(c) != std::string_view::npos;
  });
}

// "rmsconnector.contoso.test", "192.0.2.7:8443", "[2001:db8::7]:8443": no user, and no character that means something
// to XML, a shell or a log.
bool is_authority(std::string_view text) {
  std::string_view port;
  const auto colon = text.find(':', text.starts_with('[') ? text.find(']') : 0);
  if (colon != std::string_view::npos) {
    port = text.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, is_digit)) return false;
    text = text.substr(0, colon);
  }
  if (text.starts_with('['))
    return text.size() > 2 && text.ends_with(']') && consists_of(text.substr(1, text.size() - 2), ":.");
  return !text.empty() && consists_of(text, "-.");
}

}  // namespace

Result<void> check_published_base(std::string_view base) {
  if (base.empty()) return {};
  const auto scheme = base.find("://");
  const bool web = base.starts_with("https://") || base.starts_with("http://");
  if (web && base.size() <= kMaxPublishedBaseBytes) {
    const auto rest = base.substr(scheme + 3);
    const auto path = std::min(rest.find('/'), rest.size());
    if (is_authority(rest.substr(0, path)) && consists_of(rest.substr(path), "-._~/") && !rest.ends_with('/'))
      return {};
  }
  return Error(Errc::malformed, "published_base must be like https://rmsconnector.contoso.test/_wmcs, of " +
                                    std::to_string(kMaxPublishedBaseBytes) + " bytes at most");
}

xrml::ServiceUrls published_urls(const IssuingTenant& tenant, std::string_view published_base) {
  if (published_base.empty()) return tenant.urls();
  return xrml::ServiceUrls::from_base(std::string(published_base));
}

std::span<const std::string_view> offered_services() {
  static constexpr std::array<std::string_view, 7> kTypes{
      "LicensingService", "PublishingService",        "CertificationService",        "PrecertificationService",
      "ServerService",    "LicensingInternalService", "CertificationInternalService"};
  return kTypes;
}

std::optional<std::string> location_of(std::string_view type, const xrml::ServiceUrls& urls) {
  if (type == "CertificationService" || type == "CertificationInternalService" || type == "PrecertificationService" ||
      type == "ActivationService")
    return urls.certification;
  if (type == "LicensingService") return urls.extranet_licensing.value_or(urls.licensing);
  if (type == "LicensingInternalService" || type == "PublishingService" || type == "ServerService")
    return urls.licensing;
  return std::nullopt;
}

Outcome<soap::FindServiceLocationsResponse> find_service_locations(const soap::FindServiceLocationsRequest& request,
                                                                   const xrml::ServiceUrls& urls) {
  soap::FindServiceLocationsResponse response;
  for (const auto& type : request.types) {
    if (!is_type(type))
      return soap::Fault{std::string(soap::exceptions::kInvalidOperation),
                         "A service type is a name such as CertificationService."};
    response.locations.push_back({type, location_of(type, urls)});
  }
  return response;
}

}  // namespace rms::cloud
