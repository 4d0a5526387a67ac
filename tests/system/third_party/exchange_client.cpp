// SPDX-License-Identifier: Apache-2.0
//
// A SOAP client that nobody of this project wrote: gSOAP makes it from the WSDLs that the connector serves. This file
// only says what to ask, in the order of an Exchange server:
//
//   GetServerInfo > Certify > GetClientLicensorCert > AcquireTemplateInformation > AcquireTemplates > GetServerInfo
//   > AcquirePreLicense for every recipient > AcquireLicense
//
// What comes is written to files in the folder OUT, XrML as it came: the test holds them against other opinions.
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "ServerSoap.nsmap"
#include "soapLicenseSoapProxy.h"
#include "soapPublishSoapProxy.h"
#include "soapServerCertificationWebServiceSoapProxy.h"
#include "soapServerSoapProxy.h"
#include "soapTemplateDistributionWebServiceSoapProxy.h"

namespace {

// As the command line gave them: --url, --ca, --identity (certificate and key), --machine and --license (XrML),
// --recipients (one a line), --soap (1 for 1.1, 2 for 1.2), --out.
std::map<std::string, std::string> options;

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const std::string& name, std::string_view text) {
  std::ofstream out(options.at("out") + "/" + name, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + name);
}

// The documents of a file that is one XrML document after the other.
std::vector<std::string> documents_of(const std::string& text) {
  constexpr std::string_view kEnd = "</XrML>";
  std::vector<std::string> documents;
  for (std::size_t from = text.find("<XrML"); from != text.npos;) {
    const std::size_t end = text.find(kEnd, from) + kEnd.size();
    documents.push_back(text.substr(from, end - from));
    from = text.find("<XrML", end);
  }
  return documents;
}

class Exchange {
 public:
  Exchange() : soap_(soap_new1(SOAP_C_UTFSTRING | SOAP_IO_KEEPALIVE)) {
    soap_set_version(soap_, static_cast<short>(std::stoi(options.at("soap"))));
    const bool ready = soap_ssl_client_context(soap_, SOAP_SSL_DEFAULT, options.at("identity").c_str(), nullptr,
                                               options.at("ca").c_str(), nullptr, nullptr) == SOAP_OK;
    check(ready, "TLS");
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() {
    soap_destroy(soap_);
    soap_end(soap_);
    soap_free(soap_);
  }

  void get_server_info(const std::string& page, const std::string& file) {
    ServerSoapProxy proxy(soap_);
    server__ArrayOfServerInfoRequest requests;
    for (const auto type :
         {server__ServerInfoType__VersionInfo, server__ServerInfoType__ServerFeatureInfo,
          server__ServerInfoType__ServerLicensorCertificate, server__ServerInfoType__ServiceLocations}) {
      auto* request = make<server__ServerInfoRequest>();
      request->Type = type;
      requests.ServerInfoRequest.push_back(request);
    }
    _server__GetServerInfo question;
    question.requests = &requests;
    _server__GetServerInfoResponse answer;
    soap_->header = nullptr;
    check(proxy.GetServerInfo(url(page), nullptr, &question, answer) == SOAP_OK, "GetServerInfo");
    check(answer.GetServerInfoResult != nullptr, "GetServerInfo: no result");
    write(file, content_of(*answer.GetServerInfoResult));
  }

  void certify() {
    ServerCertificationWebServiceSoapProxy proxy(soap_);
    certification__CertifyParams params;
    params.MachineCertificateChain = chain<certification__ArrayOfXmlNode>(documents_of(read(options.at("machine"))));
    params.Persistent = true;
    _certification__Certify question;
    question.requestParams = &params;
    _certification__CertifyResponse answer;
    offer(&SOAP_ENV__Header::certification__VersionData_);
    check(proxy.Certify(url("certification/ServerCertification.asmx"), nullptr, &question, answer) == SOAP_OK,
          "Certify");
    agreed(&SOAP_ENV__Header::certification__VersionData_);
    check(answer.CertifyResult != nullptr, "Certify: no result");
    account_ = documents(answer.CertifyResult->CertificateChain);
    keep("account.xml", account_);
  }

  void get_client_licensor_cert() {
    PublishSoapProxy proxy(soap_);
    publishing__GetClientLicensorCertParams params;
    params.PersonaCerts = chain<publishing__ArrayOfXmlNode>(account_);
    publishing__ArrayOfGetClientLicensorCertParams all;
    all.GetClientLicensorCertParams.push_back(&params);
    _publishing__GetClientLicensorCert question;
    question.RequestParams = &all;
    _publishing__GetClientLicensorCertResponse answer;
    offer(&SOAP_ENV__Header::publishing__VersionData_);
    check(proxy.GetClientLicensorCert(url("licensing/publish.asmx"), nullptr, &question, answer) == SOAP_OK,
          "GetClientLicensorCert");
    agreed(&SOAP_ENV__Header::publishing__VersionData_);
    check(answer.GetClientLicensorCertResult != nullptr &&
              answer.GetClientLicensorCertResult->GetClientLicensorCertResponse.size() == 1,
          "GetClientLicensorCert: not one answer");
    keep("licensor.xml",
         documents(answer.GetClientLicensorCertResult->GetClientLicensorCertResponse[0]->CertificateChain));
  }

  void fetch_templates() {
    TemplateDistributionWebServiceSoapProxy proxy(soap_);
    const char* const page = url("licensing/templateDistribution.asmx");
    _templates__AcquireTemplateInformation what;
    _templates__AcquireTemplateInformationResponse there;
    offer(&SOAP_ENV__Header::templates__VersionData_);
    check(proxy.AcquireTemplateInformation(page, nullptr, &what, there) == SOAP_OK, "AcquireTemplateInformation");
    agreed(&SOAP_ENV__Header::templates__VersionData_);
    const auto* information = there.AcquireTemplateInformationResult;
    check(information != nullptr && information->ServerPublicKey != nullptr, "AcquireTemplateInformation: no key");
    check(static_cast<std::size_t>(information->GuidHashCount) == information->GuidHash.size(),
          "AcquireTemplateInformation: miscounted");

    templates__ArrayOfString guids;
    for (const templates__GuidHash* one : information->GuidHash) guids.string.push_back(*one->Guid);
    const std::string unknown = "{00000000-0000-4000-8000-000000000000}";
    guids.string.push_back(unknown);
    _templates__AcquireTemplates question;
    question.guids = &guids;
    _templates__AcquireTemplatesResponse answer;
    offer(&SOAP_ENV__Header::templates__VersionData_);
    check(proxy.AcquireTemplates(page, nullptr, &question, answer) == SOAP_OK, "AcquireTemplates");
    const auto& templates = answer.AcquireTemplatesResult->GuidTemplate;
    check(templates.size() == guids.string.size(), "AcquireTemplates: not one answer to each GUID");
    check(templates.back()->Template == nullptr, "AcquireTemplates: a template that does not exist");
    for (std::size_t i = 0; i + 1 < templates.size(); ++i) {
      check(*templates[i]->Guid == guids.string[i], "AcquireTemplates: not in order");
      check(*templates[i]->Hash == *information->GuidHash[i]->Hash, "AcquireTemplates: another hash");
      write("template-" + std::to_string(i) + ".xml", *templates[i]->Template);
    }
  }

  // A server that cannot be asked now is asked again, as Exchange does.
  void acquire_pre_license() {
    LicenseSoapProxy proxy(soap_);
    licensing__ArrayOfString recipients;
    std::ifstream lines(options.at("recipients"));
    for (std::string line; std::getline(lines, line);) recipients.string.push_back(line);
    licensing__AcquirePreLicenseParams params;
    params.LicenseeIdentities = &recipients;
    params.IssuanceLicense = chain<licensing__ArrayOfXmlNode>({documents_of(read(options.at("license"))).at(0)});
    licensing__ArrayOfAcquirePreLicenseParams all;
    all.AcquirePreLicenseParams.push_back(&params);
    _licensing__AcquirePreLicense question;
    question.RequestParams = &all;
    _licensing__AcquirePreLicenseResponse answer;
    int status = 503, attempts = 0;
    while (attempts < 5 && status == 503) {
      ++attempts;
      offer(&SOAP_ENV__Header::licensing__VersionData_);
      status = proxy.AcquirePreLicense(url("licensing/license.asmx"), nullptr, &question, answer);
    }
    std::cout << "AcquirePreLicense: attempts: " << attempts << "\n";
    check(status == SOAP_OK, "AcquirePreLicense");
    agreed(&SOAP_ENV__Header::licensing__VersionData_);
    check(answer.AcquirePreLicenseResult != nullptr &&
              answer.AcquirePreLicenseResult->AcquirePreLicenseResponse.size() == 1,
          "AcquirePreLicense: not one answer");
    const auto& result = *answer.AcquirePreLicenseResult->AcquirePreLicenseResponse[0];
    const auto licenses = documents(result.Licenses);
    const auto server = documents(result.CertificateChain);
    check(licenses.size() == recipients.string.size(), "AcquirePreLicense: not one licence for each recipient");
    for (std::size_t i = 0; i < licenses.size(); ++i) {
      std::vector<std::string> chain{licenses[i]};
      if (licenses[i].starts_with("<XrML")) chain.insert(chain.end(), server.begin(), server.end());
      keep("prelicense-" + std::to_string(i) + ".xml", chain);
    }
  }

  void acquire_license() {
    LicenseSoapProxy proxy(soap_);
    licensing__AcquireLicenseParams params;
    params.LicenseeCerts = chain<licensing__ArrayOfXmlNode>(account_);
    params.IssuanceLicense = chain<licensing__ArrayOfXmlNode>(documents_of(read(options.at("license"))));
    licensing__ArrayOfAcquireLicenseParams all;
    all.AcquireLicenseParams.push_back(&params);
    _licensing__AcquireLicense question;
    question.RequestParams = &all;
    _licensing__AcquireLicenseResponse answer;
    offer(&SOAP_ENV__Header::licensing__VersionData_);
    check(proxy.AcquireLicense(url("licensing/license.asmx"), nullptr, &question, answer) == SOAP_OK, "AcquireLicense");
    agreed(&SOAP_ENV__Header::licensing__VersionData_);
    check(answer.AcquireLicenseResult != nullptr && answer.AcquireLicenseResult->AcquireLicenseResponse.size() == 1,
          "AcquireLicense: not one answer");
    keep("use-license.xml", documents(answer.AcquireLicenseResult->AcquireLicenseResponse[0]->CertificateChain));
  }

 private:
  void check(bool good, const std::string& what) {
    if (good) return;
    std::cerr << what << ": ";
    if (soap_->error != SOAP_OK) soap_stream_fault(soap_, std::cerr);
    throw std::runtime_error(what + " failed");
  }

  const char* url(const std::string& page) {
    return soap_strdup(soap_, (options.at("url") + "/_wmcs/" + page).c_str());
  }

  // Puts the VersionData of one service into the head of the next request.
  template <class Version>
  void offer(Version* SOAP_ENV__Header::*member) {
    auto* version = make<Version>();
    version->MinimumVersion = &minimum_;
    version->MaximumVersion = &maximum_;
    soap_->header = make<SOAP_ENV__Header>();
    soap_->header->*member = version;
  }
  // The answer's head has it, too.
  template <class Version>
  void agreed(Version* SOAP_ENV__Header::*member) {
    const auto* header = soap_->header;
    check(header != nullptr && header->*member != nullptr && *(header->*member)->MaximumVersion == "1.2.0.0",
          "no VersionData in the answer");
  }

  template <class Array>
  Array* chain(const std::vector<std::string>& texts) {
    Array* array = make<Array>();
    for (const std::string& text : texts) {
      array->Certificate.emplace_back();
      array->Certificate.back().__any = soap_strdup(soap_, text.c_str());
    }
    return array;
  }

  // What stands in an element of any content: gSOAP keeps its characters in one of two members.
  template <class Any>
  static std::string content_of(const Any& element) {
    return std::string(element.__any != nullptr ? element.__any : "") +
           (element.__mixed != nullptr ? element.__mixed : "");
  }
  template <class Array>
  static std::vector<std::string> documents(const Array* array) {
    std::vector<std::string> texts;
    if (array != nullptr)
      for (const auto& certificate : array->Certificate) texts.push_back(content_of(certificate));
    return texts;
  }
  static void keep(const std::string& name, const std::vector<std::string>& texts) {
    std::string text;
    for (const std::string& one : texts) text += one;
    write(name, text);
  }

  // Owned by this object for as long as it lives; gSOAP only points at them.
  template <class T>
  T* make() {
    made_.push_back(std::make_shared<T>());
    return static_cast<T*>(made_.back().get());
  }

  struct soap* soap_;
  std::string minimum_ = "1.0.0.0", maximum_ = "1.1.0.0";
  std::vector<std::shared_ptr<void>> made_;
  std::vector<std::string> account_;
};

}  // namespace

int main(int argc, char** argv) try {
  for (int i = 1; i + 1 < argc; i += 2) options[std::string(argv[i]).substr(2)] = argv[i + 1];
  soap_ssl_init();
  Exchange exchange;
  exchange.get_server_info("certification/server.asmx", "certification-info.txt");
  exchange.certify();
  exchange.get_client_licensor_cert();
  exchange.fetch_templates();
  exchange.get_server_info("licensing/server.asmx", "licensing-info.txt");
  exchange.acquire_pre_license();
  exchange.acquire_license();
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << "\n";
  return 1;
}
