// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "soap/envelope.h"
#include "soap/version.h"
#include "soap/writer.h"

namespace rms::soap {
namespace {

std::size_t size_of(const Fault& fault) {
  return 2 * (fault.exception.size() + fault.text.size());
}

struct Size {
  std::size_t operator()(const CertifyResponse& response) const { return kItemBytes + chain_bytes(response.chain); }
  std::size_t operator()(const GetClientLicensorCertResponse& response) const {
    std::size_t bytes = 0;
    for (const Chain& chain : response.chains) bytes += kItemBytes + chain_bytes(chain);
    return bytes;
  }
  std::size_t operator()(const AcquireLicenseResponse& response) const {
    std::size_t bytes = 0;
    for (const AcquireLicenseAnswer& answer : response.answers) {
      const auto* chain = std::get_if<Chain>(&answer);
      bytes += kItemBytes + (chain != nullptr ? chain_bytes(*chain) : size_of(std::get<Fault>(answer)));
    }
    return bytes;
  }
  std::size_t operator()(const Fault& fault) const { return size_of(fault); }
};

struct WriteBody {
  Writer& out;
  std::string_view ns;

  void operator()(const CertifyResponse& response) const {
    out.open("CertifyResponse", ns);
    out.open("CertifyResult");
    out.chain("CertificateChain", response.chain);
    // Of no meaning any more, but servers send it and schemas want it (MS-RMPR 3.3.4.1.3, note 40).
    out.open("Quota");
    out.text("Verified", "true");
    out.text("CurrentConsumption", "5");
    out.text("Maximum", "10");
    out.close("Quota");
    out.close("CertifyResult");
    out.close("CertifyResponse");
  }

  void operator()(const GetClientLicensorCertResponse& response) const {
    out.open("GetClientLicensorCertResponse", ns);
    out.open("GetClientLicensorCertResult");
    for (const Chain& chain : response.chains) {
      out.open("GetClientLicensorCertResponse");
      out.chain("CertificateChain", chain);
      out.close("GetClientLicensorCertResponse");
    }
    out.close("GetClientLicensorCertResult");
    out.close("GetClientLicensorCertResponse");
  }

  void operator()(const AcquireLicenseResponse& response) const {
    out.open("AcquireLicenseResponse", ns);
    out.open("AcquireLicenseResult");
    for (std::size_t i = 0; i < response.answers.size(); ++i) {
      out.open("AcquireLicenseResponse");
      if (const auto* chain = std::get_if<Chain>(&response.answers[i]))
        out.chain("CertificateChain", *chain);
      else
        item_fault(std::get<Fault>(response.answers[i]), i);
      out.empty("ReferenceCertificates");
      out.close("AcquireLicenseResponse");
    }
    out.close("AcquireLicenseResult");
    out.close("AcquireLicenseResponse");
  }

  // MS-RMPR 3.4.4.1.3.5, in the place of the use licence.
  void item_fault(const Fault& fault, std::size_t index) const {
    out.open("CertificateChain");
    out.open("Certificate");
    out.open("AcquireLicenseException");
    out.text("ExceptionString", fault.to_string());
    out.text("batchindex", std::to_string(index));
    out.close("AcquireLicenseException");
    out.close("Certificate");
    out.close("CertificateChain");
  }

  void operator()(const Fault& fault) const {
    out.open("soap:Fault");
    out.text("faultcode", "soap:Server");
    out.text("faultstring", fault.to_string());
    out.empty("detail");
    out.close("soap:Fault");
  }
};

// The failure that is the whole answer; null if there is none.
const Fault* whole_fault(const Response& response, const std::optional<VersionData>& version) {
  if (const auto* fault = std::get_if<Fault>(&response)) return fault;
  const auto* licenses = std::get_if<AcquireLicenseResponse>(&response);
  if (licenses == nullptr || licenses->answers.size() != 1 || understands_batches(version)) return nullptr;
  return std::get_if<Fault>(&licenses->answers.front());
}

}  // namespace

ResponseEnvelope write_response(std::string_view ns, const Response& response,
                                const std::optional<VersionData>& version) {
  Writer out(kEnvelopeBytes + std::visit(Size(), response));
  const WriteBody write{out, ns};
  const Fault* fault = whole_fault(response, version);
  if (fault != nullptr) {
    out.begin_without_header();
    write(*fault);
  } else {
    out.begin(ns, kServerMinimumVersion, kServerMaximumVersion);
    std::visit(write, response);
  }
  return {fault != nullptr ? 500U : 200U, std::move(out).end()};
}

}  // namespace rms::soap
