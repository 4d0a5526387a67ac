// SPDX-License-Identifier: Apache-2.0
#include "soap/codec.h"
#include "soap/envelope.h"
#include "soap/version.h"

namespace rms::soap {
namespace {

std::string_view code_name(FaultCode code, SoapVersion version) {
  switch (code) {
    case FaultCode::must_understand:
      return "soap:MustUnderstand";
    case FaultCode::version_mismatch:
      return "soap:VersionMismatch";
    case FaultCode::server:
      break;
  }
  return version == SoapVersion::v1_1 ? "soap:Server" : "soap:Receiver";
}

// SOAP 1.1 section 4.4; SOAP 1.2 part 1 section 5.4.
void write_fault(Writer& out, SoapVersion version, FaultCode code, const Fault& fault) {
  out.open("soap:Fault");
  if (version == SoapVersion::v1_1) {
    out.text("faultcode", code_name(code, version));
    out.text("faultstring", fault.to_string());
    out.empty("detail");
  } else {
    out.open("soap:Code");
    out.text("soap:Value", code_name(code, version));
    out.close("soap:Code");
    out.open("soap:Reason");
    out.exact("<soap:Text xml:lang=\"en\">");
    out.exact(xml::escape(fault.to_string()));
    out.close("soap:Text");
    out.close("soap:Reason");
  }
  out.close("soap:Fault");
}

ResponseEnvelope fault_envelope(SoapVersion version, FaultCode code, const Fault& fault) {
  const auto write = [&](Writer& out) { write_fault(out, version, code, fault); };
  return {500, content_type(version), write_envelope(version, std::nullopt, write)};
}

// The failure that is the whole answer; null if there is none.
const Fault* whole_fault(const Response& response, const std::optional<VersionData>& version) {
  if (const auto* fault = std::get_if<Fault>(&response)) return fault;
  const auto* licenses = std::get_if<AcquireLicenseResponse>(&response);
  if (licenses == nullptr || licenses->answers.size() != 1 || understands_batches(version)) return nullptr;
  return std::get_if<Fault>(&licenses->answers.front());
}

struct WriteResult {
  Writer& out;
  void operator()(const Fault&) const {}  // whole_fault() has it.
  void operator()(const auto& response) const { write(out, response); }
};

}  // namespace

ResponseEnvelope write_response(const Dialect& dialect, const Response& response,
                                const std::optional<VersionData>& version) {
  if (const Fault* fault = whole_fault(response, version))
    return fault_envelope(dialect.version, FaultCode::server, *fault);
  const auto operation = static_cast<Operation>(response.index());
  const std::string root = std::string(to_string(operation)) + "Response";
  std::optional<VersionHeader> header;
  if (operation != Operation::get_server_info) header = {dialect.ns, kServerMinimumVersion, kServerMaximumVersion};
  return {200, content_type(dialect.version), write_envelope(dialect.version, header, [&](Writer& out) {
            out.open(root, dialect.ns);
            std::visit(WriteResult{out}, response);
            out.close(root);
          })};
}

ResponseEnvelope write_refusal(const Refused& refused) {
  return fault_envelope(refused.dialect.version, refused.code, refused.fault);
}

}  // namespace rms::soap
