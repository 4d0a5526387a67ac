// SPDX-License-Identifier: Apache-2.0
#include "soap/codec.h"
#include "soap/envelope.h"

namespace rms::soap {

std::string write_request(const Service& service, const Request& request, const VersionData& version,
                          SoapVersion soap_version) {
  const Operation operation = operation_of(request);
  const auto or_lowest = [](const std::optional<std::string>& v) { return v ? std::string_view(*v) : "1.0.0.0"; };
  std::optional<VersionHeader> header;
  if (operation != Operation::get_server_info)
    header = {service.ns, or_lowest(version.minimum), or_lowest(version.maximum)};
  return write_envelope(soap_version, header, [&](Writer& out) {
    out.open(to_string(operation), service.ns);
    std::visit([&out](const auto& params) { write(out, params); }, request);
    out.close(to_string(operation));
  });
}

std::string soap_action(const Service& service, Operation operation) {
  return soap_action(service.ns, operation);
}

}  // namespace rms::soap
