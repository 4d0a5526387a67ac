// SPDX-License-Identifier: Apache-2.0
//
// Envelopes that try to cost more than their size.
#include <variant>

#include "soap/envelope.h"
#include "support/hostile.h"
#include "support/soap_messages.h"
#include "xml/document.h"

namespace rms::soap {
namespace {

using test::filled;
using test::Hostile;
using test::numbered;
using test::times;

// On every page: who sends it chooses where.
bool read(const std::string& envelope) {
  bool is_read = false;
  for (const Service& page : services()) {
    const auto request = RequestEnvelope::parse(page, envelope, std::nullopt);
    is_read = is_read || std::holds_alternative<RequestEnvelope>(request);
  }
  return is_read;
}

std::string with_header(const std::string& entries) {
  return with(good_acquire_license(), "<s:Header>", "<s:Header>" + entries);
}
std::string with_params(const std::string& params) {
  return acquire_license(license_params(xrml("rac"), xrml("pl")) + params);
}
std::string ask(std::string_view path, const std::string& payload) {
  const Service& page = *find_service(path);
  return envelope("", with(payload, ">", " xmlns=\"" + std::string(page.ns) + "\">"));
}

class SoapRequestCost : public testing::TestWithParam<Hostile> {};

TEST_P(SoapRequestCost, IsModest) {
  test::expect_modest(GetParam(), read);
}

constexpr std::string_view kTemplates = "/_wmcs/licensing/templateDistribution.asmx";

INSTANTIATE_TEST_SUITE_P(
    Hostile, SoapRequestCost,
    testing::Values(
        Hostile{"HeaderEntries", [](std::size_t n) { return with_header(filled(n, "<h/>")); }},
        Hostile{"HeaderEntriesForOthers",
                [](std::size_t n) { return with_header(filled(n, "<h s:mustUnderstand='1' s:actor='urn:x'/>")); }},
        Hostile{"HeaderEntriesOfALongNamespace",
                [](std::size_t n) {
                  return with_header("<g xmlns='" + std::string(n / 2, 'u') + "'>" + filled(n / 2, "<VersionData/>") +
                                     "</g>");
                }},
        Hostile{"Versions", [](std::size_t n) { return with_header(filled(n, "<VersionData/>")); }},
        Hostile{"LongVersion",
                [](std::size_t n) { return with(good_acquire_license(), "1.0.0.0", "1.0.0." + std::string(n, '0')); },
                false},
        Hostile{"ParamsOfNobody", [](std::size_t n) { return with_params(filled(n, "<X/>")); }},
        Hostile{"EmptyParams", [](std::size_t n) { return with_params(filled(n, "<AcquireLicenseParams/>")); }, false},
        Hostile{"NilCertificates",
                [](std::size_t n) {
                  return with(good_acquire_license(), "<LicenseeCerts>",
                              "<LicenseeCerts>" + filled(n, "<Certificate/>"));
                }},
        Hostile{"CertificatesOfAnItem",
                [](std::size_t n) {
                  return with(good_acquire_license(), "<LicenseeCerts>",
                              "<LicenseeCerts>" + filled(n, "<Certificate><XrML xmlns=''/></Certificate>"));
                }},
        Hostile{"CertificatesThatAreTooMany",
                [](std::size_t n) {
                  return with(good_certify(), "<MachineCertificateChain>",
                              "<MachineCertificateChain>" + filled(n, "<Certificate><XrML xmlns=''/></Certificate>"));
                },
                false},
        Hostile{"BatchOfSmallChains",
                [](std::size_t n) {
                  return acquire_license(
                      times(16, "<AcquireLicenseParams><LicenseeCerts>" + filled(n / 32, certificate(xrml(""))) +
                                    "</LicenseeCerts><IssuanceLicense>" + filled(n / 32, certificate(xrml(""))) +
                                    "</IssuanceLicense></AcquireLicenseParams>"));
                },
                true, 25'000},
        Hostile{"CommentsInACertificate",
                [](std::size_t n) {
                  return with(good_acquire_license(), "<Certificate>", "<Certificate>" + filled(n, "<!---->"));
                }},
        Hostile{"LargeLicense",
                [](std::size_t n) { return acquire_license(license_params(xrml("rac"), xrml(filled(n, "<b/>")))); }},
        Hostile{"LargeApplicationData",
                [](std::size_t n) {
                  return with(good_acquire_license(), "<ApplicationData/>",
                              "<ApplicationData>" + filled(n, "<b/>") + "</ApplicationData>");
                },
                true, 25'000},
        Hostile{"Utf16",
                [](std::size_t n) { return "\xff\xfe" + xml::to_utf16le(with_params(filled(n / 2, "<X/>"))); }},
        Hostile{"LongNamespaceOfTheRoot",
                [](std::size_t n) {
                  return with(with_params(filled(n / 2, "<X/>")), "<AcquireLicense xmlns=\"",
                              "<AcquireLicense xmlns=\"" + std::string(n / 2, 'u'));
                },
                false},
        Hostile{"Templates",
                [](std::size_t n) {
                  return ask(kTemplates, "<AcquireTemplates><guids>" +
                                             times(25, "<string>" + std::string(n / 25, ' ') + "</string>") +
                                             "</guids></AcquireTemplates>");
                }},
        Hostile{"TemplatesThatAreTooMany",
                [](std::size_t n) {
                  return ask(kTemplates,
                             "<AcquireTemplates><guids>" + filled(n, "<string/>") + "</guids></AcquireTemplates>");
                },
                false},
        Hostile{"LongOperation",
                [](std::size_t n) {
                  return ask(kTemplates, "<" + std::string(n, 'A') + "></" + std::string(n, 'A') + ">");
                },
                false}),
    [](const auto& hostile) { return hostile.param.name; });

class SoapResponseCost : public testing::TestWithParam<Hostile> {};

TEST_P(SoapResponseCost, IsModest) {
  test::expect_modest(GetParam(), [](std::string envelope) {
    return parse_response(Operation::acquire_license, std::move(envelope)).has_value();
  });
}

std::string answer(const std::string& header, const std::string& items) {
  return envelope(header, "<AcquireLicenseResponse xmlns=\"" + std::string(licensing().ns) +
                              "\"><AcquireLicenseResult>" + items + "</AcquireLicenseResult></AcquireLicenseResponse>");
}
std::string item(const std::string& certificates) {
  return "<AcquireLicenseResponse><CertificateChain>" + certificates + "</CertificateChain></AcquireLicenseResponse>";
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, SoapResponseCost,
    testing::Values(
        // Were each entry compared with a namespace before that is known to be one of ours...
        Hostile{"VersionsOfALongNamespace",
                [](std::size_t n) {
                  const std::string name(n / 4, 'u');
                  return envelope("<s:Header xmlns='" + name + "1'>" + filled(n / 2, "<VersionData/>") + "</s:Header>",
                                  "<AcquireLicenseResponse xmlns='" + name + "2'/>");
                },
                false},
        Hostile{"Certificates",
                [](std::size_t n) { return answer("", times(256, item(filled(n / 256, certificate(xrml("")))))); }},
        Hostile{"NilCertificates",
                [](std::size_t n) { return answer("", item(certificate(xrml("x")) + filled(n, "<Certificate/>"))); }},
        Hostile{"AnswersThatAreTooMany",
                [](std::size_t n) { return answer("", filled(n, item(certificate(xrml("x"))))); }, false},
        Hostile{"LargeLicense", [](std::size_t n) { return answer("", item(certificate(xrml(filled(n, "<b/>"))))); }},
        Hostile{"LongFault",
                [](std::size_t n) {
                  return envelope("", "<s:Fault><faultcode>s:Server</faultcode><faultstring>" + filled(n, "a.b-") +
                                          "</faultstring></s:Fault>");
                }}),
    [](const auto& hostile) { return hostile.param.name; });

}  // namespace
}  // namespace rms::soap
