// SPDX-License-Identifier: Apache-2.0
//
// The operations that servers call (MS-RMPR 3, MS-RMSI 3), where they are found and what they are called on the wire.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rms::soap {

enum class Operation {
  certify,                   // SPC in, RAC out
  get_client_licensor_cert,  // RAC in, CLC out
  acquire_license,           // PL and RAC in, use licence out; batched
  acquire_pre_license,
  acquire_issuance_license,
  acquire_template_information,
  acquire_templates,
  get_licensor_certificate,
  find_service_locations_for_user,
  get_server_info,
  precertify,
};
inline constexpr std::size_t kOperationCount = 11;

// "AcquireLicense": root element and usage-log name.
std::string_view to_string(Operation operation);
// "acquire_license": how settings write it. nullopt if there is no such operation.
std::string_view setting_name(Operation operation);
std::optional<Operation> operation_from_setting(std::string_view name);

// One .asmx page: its path, what it is called, which operations it answers.
struct Service {
  std::string_view path;   // "/_wmcs/certification/ServerCertification.asmx"
  std::string_view title;  // "ServerCertificationWebService"
  std::string_view ns;     // "http://microsoft.com/DRM/CertificationService"
  std::span<const Operation> operations;
  std::string_view other_ns{};  // FindServiceLocationsForUser may be asked in this one as well
};

// The namespace, as text that never dies, if `operation` of `service` may be asked in `ns`; else nullopt.
std::optional<std::string_view> namespace_of(const Service& service, Operation operation, std::string_view ns);

// What the SOAPAction header says of it, without quotes.
std::string soap_action(std::string_view ns, Operation operation);

// Certify is asked on two pages; the usage log of the service tells them apart.
inline constexpr std::string_view kServerCertificationPath = "/_wmcs/certification/ServerCertification.asmx";

// Every page that we answer. Paths match without regard to case, as IIS does (MS-RMPR 3.1.4.2).
std::span<const Service> services();
const Service* find_service(std::string_view path);

}  // namespace rms::soap
