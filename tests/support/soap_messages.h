// SPDX-License-Identifier: Apache-2.0
//
// Envelopes written as a person would, for tests that change one thing in a good one.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "soap/envelope.h"

namespace rms::soap {

inline const Service& page(std::string_view path) {
  const Service* service = find_service(path);
  if (service == nullptr) throw std::logic_error("no such page: " + std::string(path));
  return *service;
}
inline const Service& licensing() {
  return page("/_wmcs/licensing/license.asmx");
}
inline const Service& publishing() {
  return page("/_wmcs/licensing/publish.asmx");
}
inline const Service& certification() {
  return page("/_wmcs/certification/ServerCertification.asmx");
}

inline std::string repeated(std::size_t times, std::string_view what) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += what;
  return all;
}

// `text` with the first `from` replaced, which must be there.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  if (at == std::string::npos) throw std::logic_error("nothing to replace: " + std::string(from));
  return text.replace(at, from.size(), to);
}

inline std::string xrml(std::string_view content) {
  return "<XrML xmlns=\"\" version=\"1.2\">" + std::string(content) + "</XrML>";
}
inline std::string certificate(std::string_view document) {
  return "<Certificate>" + std::string(document) + "</Certificate>";
}

inline std::string version_header(const Service& service, std::string_view maximum) {
  return "<s:Header><VersionData xmlns=\"" + std::string(service.ns) +
         "\"><MinimumVersion>1.0.0.0</MinimumVersion><MaximumVersion>" + std::string(maximum) +
         "</MaximumVersion></VersionData></s:Header>";
}
inline std::string envelope(std::string_view header, std::string_view payload) {
  return "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" "
         "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">" +
         std::string(header) + "<s:Body>" + std::string(payload) + "</s:Body></s:Envelope>";
}

// The same envelope in SOAP 1.2.
inline std::string in_soap12(std::string soap11) {
  return with(std::move(soap11), "http://schemas.xmlsoap.org/soap/envelope/",
              "http://www.w3.org/2003/05/soap-envelope");
}
// A request of an operation with these parameters; its header says 1.0.0.0.
inline std::string ask_in(std::string_view ns, std::string_view operation, std::string_view params) {
  const std::string name(operation), in(ns);
  return envelope("<s:Header><VersionData xmlns=\"" + in +
                      "\"><MinimumVersion>1.0.0.0</MinimumVersion><MaximumVersion>1.0.0.0</MaximumVersion>"
                      "</VersionData></s:Header>",
                  "<" + name + " xmlns=\"" + in + "\">" + std::string(params) + "</" + name + ">");
}
inline std::string ask(const Service& service, Operation operation, std::string_view params) {
  return ask_in(service.ns, to_string(operation), params);
}

inline std::string license_params(std::string_view rac, std::string_view pl) {
  return "<AcquireLicenseParams><LicenseeCerts>" + certificate(rac) + "</LicenseeCerts>" +
         (pl.empty() ? std::string() : "<IssuanceLicense>" + certificate(pl) + "</IssuanceLicense>") +
         "<ApplicationData/></AcquireLicenseParams>";
}
inline std::string acquire_license(std::string_view params, std::string_view maximum = "1.1.0.0") {
  return envelope(version_header(licensing(), maximum), "<AcquireLicense xmlns=\"" + std::string(licensing().ns) +
                                                            "\"><RequestParams>" + std::string(params) +
                                                            "</RequestParams></AcquireLicense>");
}
// A request that nothing is wrong with.
inline std::string good_acquire_license() {
  return acquire_license(license_params(xrml("rac"), xrml("pl")));
}

inline std::string good_certify() {
  return envelope(version_header(certification(), "1.0.0.0"),
                  "<Certify xmlns=\"" + std::string(certification().ns) +
                      "\"><requestParams><MachineCertificateChain>" + certificate(xrml("spc")) +
                      "</MachineCertificateChain><Persistent>true</Persistent></requestParams></Certify>");
}

inline std::string good_get_client_licensor_cert() {
  return envelope(version_header(publishing(), "1.0.0.0"),
                  "<GetClientLicensorCert xmlns=\"" + std::string(publishing().ns) +
                      "\"><RequestParams><GetClientLicensorCertParams><PersonaCerts>" + certificate(xrml("rac")) +
                      "</PersonaCerts></GetClientLicensorCertParams></RequestParams></GetClientLicensorCert>");
}

// The request in `bytes`; throws what is wrong with it.
inline RequestEnvelope read_request(const Service& service, std::string bytes) {
  auto read = RequestEnvelope::parse(service, std::move(bytes), std::nullopt);
  if (auto* refused = std::get_if<Refused>(&read)) throw std::runtime_error(refused->fault.to_string());
  return std::get<RequestEnvelope>(std::move(read));
}
inline AcquireLicenseRequest read_acquire_license(const RequestEnvelope& envelope) {
  return std::get<AcquireLicenseRequest>(envelope.request());
}

}  // namespace rms::soap
