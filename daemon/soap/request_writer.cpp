// SPDX-License-Identifier: Apache-2.0
#include "soap/codec.h"
#include "soap/envelope.h"

namespace rms::soap {

std::string write_request(const Service& service, const Request& request, const VersionData& version,
                          SoapVersion soap_version) {
  const Operation operation = operation_of(request);
  // As readers understand what is absent: a maximum is the minimum then.
  const std::string_view minimum = version.minimum ? std::string_view(*version.minimum) : "1.0.0.0";
  const std::string_view maximum = version.maximum ? std::string_view(*version.maximum) : minimum;
  std::optional<VersionHeader> header;
  if (operation != Operation::get_server_info) header = {service.ns, minimum, maximum};
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
