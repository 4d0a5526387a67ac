// SPDX-License-Identifier: Apache-2.0
//
// The only place that knows libcurl.
#include <curl/curl.h>

#include <algorithm>
#include <array>

#include "client/files/files.h"
#include "client/names.h"
#include "client/service/transport.h"
#include "client/version.h"
#include "net/tls.h"
#include "soap/envelope.h"

namespace rms::client {
namespace {

struct CloseEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct Received {
  std::string body;
  std::size_t limit;
  bool too_large = false;
};

std::size_t receive(char* data, std::size_t, std::size_t size, void* to) {
  auto& received = *static_cast<Received*>(to);
  if (size > received.limit - received.body.size()) {
    received.too_large = true;
    return 0;  // Ends the transfer.
  }
  received.body.append(data, size);
  return size;
}

int ask_to_go_on(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return (*static_cast<std::function<bool()>*>(stop))() ? 1 : 0;
}

curl_blob blob_of(std::string_view text) {
  return {const_cast<char*>(text.data()), text.size(), CURL_BLOB_COPY};  // Copied, never written to.
}

// A TLS alert came from the other side, so it was about us: our certificate is missing, unknown, expired or unwanted.
// "handshake failure" is none of these: it also says that there is no cipher in common, which nobody decided about us.
bool refused_our_certificate(std::string_view detail) {
  constexpr std::array<std::string_view, 5> kAlerts{"alert certificate", "alert bad certificate", "alert unknown ca",
                                                    "alert access denied", "alert unsupported certificate"};
  return std::any_of(kAlerts.begin(), kAlerts.end(),
                     [&](std::string_view alert) { return detail.find(alert) != std::string_view::npos; });
}

constexpr std::size_t kMaxCorrelationIdBytes = 128;

class HttpsTransport final : public Transport {
 public:
  HttpsTransport(HttpsSettings settings, std::unique_ptr<CURL, CloseEasy> easy)
      : settings_(std::move(settings)), easy_(std::move(easy)) {}

  Result<std::string> post(std::string_view path, std::string_view soap_action, const std::string& body) override;
  std::string_view correlation_id() const override { return correlation_id_; }

 private:
  std::string who() const { return "the connector at " + settings_.url; }
  Error failure(CURLcode code, const Received& received, const char* detail) const;
  Result<std::string> judge(Received received) const;

  HttpsSettings settings_;
  std::unique_ptr<CURL, CloseEasy> easy_;
  std::string correlation_id_;
};

Result<std::string> HttpsTransport::post(std::string_view path, std::string_view soap_action, const std::string& body) {
  const std::string url = settings_.url + std::string(path);
  curl_slist* list = nullptr;
  list = curl_slist_append(list, ("Content-Type: " + std::string(soap::kContentType)).c_str());
  list = curl_slist_append(list, ("SOAPAction: \"" + std::string(soap_action) + "\"").c_str());
  list = curl_slist_append(list, "Expect:");  // Bodies are small: no round trip to ask whether one is welcome.
  const std::unique_ptr<curl_slist, FreeList> headers(list);
  Received received{{}, settings_.response_limit_bytes};
  std::array<char, CURL_ERROR_SIZE> detail{};

  correlation_id_.clear();
  CURL* easy = easy_.get();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
  curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &settings_.stop);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail.data());
  const CURLcode code = curl_easy_perform(easy);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, nullptr);
  if (code != CURLE_OK) return failure(code, received, detail.data());
  curl_header* header = nullptr;
  if (curl_easy_header(easy, "request-id", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
    correlation_id_ = std::string_view(header->value).substr(0, kMaxCorrelationIdBytes);
  return judge(std::move(received));
}

Error HttpsTransport::failure(CURLcode code, const Received& received, const char* detail) const {
  const std::string why = *detail != '\0' ? detail : curl_easy_strerror(code);
  if (received.too_large)
    return Error(Errc::too_large,
                 who() + " sent more than " + std::to_string(settings_.response_limit_bytes) + " bytes");
  if (refused_our_certificate(why)) return Error(Errc::denied, who() + " refused this server's certificate: " + why);
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
      return Error(Errc::untrusted, who() + " has no certificate that " + settings_.ca.string() +
                                        " vouches for under that name: " + why);
    case CURLE_SSL_CERTPROBLEM:
      return Error(Errc::invalid_setting, settings_.certificate.string() + " and " + settings_.key.string() +
                                              " are no certificate and key that fit together: " + why);
    case CURLE_SSL_CACERT_BADFILE:
      return Error(Errc::invalid_setting, settings_.ca.string() + ": " + why);
    case CURLE_SSL_CONNECT_ERROR:
      return Error(Errc::unavailable, "no TLS with " + who() + ": " + why);
    case CURLE_OPERATION_TIMEDOUT:
      return Error(Errc::deadline_exceeded, who() + " did not answer in time: " + why);
    case CURLE_ABORTED_BY_CALLBACK:
      return Error(Errc::cancelled, "interrupted");
    default:
      return Error(Errc::unavailable, "cannot reach " + who() + ": " + why);
  }
}

Result<std::string> HttpsTransport::judge(Received received) const {
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  const char* type = nullptr;
  curl_easy_getinfo(easy_.get(), CURLINFO_CONTENT_TYPE, &type);
  const bool is_xml = type != nullptr && std::string_view(type).find("xml") != std::string_view::npos;
  const std::string said = " (HTTP status " + std::to_string(status) +
                           (correlation_id_.empty() ? ")" : ", correlation id " + printable(correlation_id_) + ")");
  switch (status) {
    case 200:
      return std::move(received.body);
    case 401:
      if (settings_.negotiate)
        return Error(Errc::denied, who() +
                                       " saw no Kerberos ticket that it takes. klist shows whether there is one, and "
                                       "whether for HTTP/ and that host; the connector's log has the reason" +
                                       said);
      [[fallthrough]];
    case 403:
      return Error(Errc::denied, who() +
                                     " refused this server: it is not authorized, or not for this. "
                                     "Who administers the connector sees why by rms-connectorctl explain" +
                                     said);
    case 404:
      return Error(Errc::not_found, who() + " knows no such service: is that the address of a connector?" + said);
    case 413:
      return Error(Errc::too_large, who() + " refused the request: it is too large" + said);
    case 429:
      return Error(Errc::overloaded, who() + " has no room for the request" + said);
    case 503:
      return Error(Errc::unavailable, who() + " cannot ask the rights service at the moment" + said);
    case 504:
      return Error(Errc::deadline_exceeded, who() + " got no answer from the rights service in time" + said);
    case 500:
      if (is_xml) return std::move(received.body);
      [[fallthrough]];
    default:
      if (status >= 500) return Error(Errc::unavailable, who() + " failed" + said);
      return Error(Errc::malformed, who() + " gave an answer that no connector gives" + said);
  }
}

Error bad_url(const std::string& url) {
  return Error(Errc::invalid_setting, "'" + url +
                                          "' is no address of a connector; right would be, for example, "
                                          "https://rmsconnector.contoso.test");
}

Result<void> check_url(const std::string& url) {
  const std::unique_ptr<CURLU, void (*)(CURLU*)> parsed(curl_url(), &curl_url_cleanup);
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return bad_url(url);
  const auto has = [&](CURLUPart part) {
    char* text = nullptr;
    const bool found = curl_url_get(parsed.get(), part, &text, 0) == CURLUE_OK;
    curl_free(text);
    return found;
  };
  if (url.compare(0, 8, "https://") != 0 || has(CURLUPART_QUERY) || has(CURLUPART_FRAGMENT) || has(CURLUPART_USER))
    return bad_url(url);
  return {};
}

constexpr std::size_t kMaxCaBytes = 1024 * 1024;

// The CA's file alone: a ticket stands in for certificate and key.
Result<net::PemFiles> read_ca(const std::filesystem::path& file) {
  net::PemFiles pem;
  RMS_TRY(pem.ca, read_file(file, kMaxCaBytes));
  if (auto certificate = net::read_certificate_pem(pem.ca); !certificate)
    return std::move(certificate).error().in(file.string());
  return pem;
}

Result<net::PemFiles> read_files(const HttpsSettings& settings) {
  auto pem =
      settings.negotiate ? read_ca(settings.ca) : net::read_pem_files(settings.certificate, settings.key, settings.ca);
  if (!pem && (pem.error() == Errc::malformed || pem.error() == Errc::wrong_key))
    return Error(Errc::invalid_setting, std::move(pem).error().context);
  return pem;
}

}  // namespace

Result<std::unique_ptr<Transport>> make_https_transport(HttpsSettings settings) {
  while (!settings.url.empty() && settings.url.back() == '/') settings.url.pop_back();
  RMS_CHECK(check_url(settings.url));
  // Now and not in the first handshake: a bootstrap that has nothing to ask still says that they do not fit.
  RMS_TRY(const auto pem, read_files(settings));

  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  std::unique_ptr<CURL, CloseEasy> easy(started == CURLE_OK ? curl_easy_init() : nullptr);
  if (!easy) return Error(Errc::io_error, "libcurl does not start");
  const curl_blob ca_blob = blob_of(pem.ca), certificate_blob = blob_of(pem.certificate_chain),
                  key_blob = blob_of(pem.key.text());
  const auto set = [&](CURLoption option, auto value) {
    return curl_easy_setopt(easy.get(), option, value) == CURLE_OK;
  };
  const auto milliseconds = [](std::chrono::milliseconds d) { return static_cast<long>(d.count()); };
  const std::string agent = "rms;version=" + std::string(version()) +
                            ";AppName=rms;AppVersion=" + std::string(version()) +
                            ";OSName=" + std::string(system_name());
  const bool identity_set =
      settings.negotiate
          // An empty name: who the ticket is for.
          ? set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_NEGOTIATE)) && set(CURLOPT_USERPWD, ":")
          : set(CURLOPT_KEYPASSWD, "") && set(CURLOPT_SSLCERT_BLOB, &certificate_blob) &&
                set(CURLOPT_SSLKEY_BLOB, &key_blob);
  const bool all_set =
      identity_set && set(CURLOPT_PROTOCOLS_STR, "https") &&
      set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2)) && set(CURLOPT_SSL_VERIFYPEER, 1L) &&
      set(CURLOPT_SSL_VERIFYHOST, 2L) && set(CURLOPT_CAINFO_BLOB, &ca_blob) &&
      set(CURLOPT_CAPATH, static_cast<char*>(nullptr)) &&  // Debian's curl would believe all of /etc/ssl/certs as well.
      set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1)) && set(CURLOPT_FOLLOWLOCATION, 0L) &&
      set(CURLOPT_PROXY, "") && set(CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED)) &&
      set(CURLOPT_NOSIGNAL, 1L) && set(CURLOPT_TIMEOUT_MS, milliseconds(settings.timeout)) &&
      set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(settings.connect_timeout)) && set(CURLOPT_POST, 1L) &&
      set(CURLOPT_USERAGENT, agent.c_str()) && set(CURLOPT_WRITEFUNCTION, &receive) &&
      set(CURLOPT_XFERINFOFUNCTION, &ask_to_go_on) && set(CURLOPT_NOPROGRESS, 0L);
  if (!all_set)
    return Error(Errc::unsupported, settings.negotiate ? "this libcurl knows no Kerberos (SPNEGO), or no verified TLS"
                                                       : "this libcurl cannot do what verified mutual TLS needs");
  return std::unique_ptr<Transport>(std::make_unique<HttpsTransport>(std::move(settings), std::move(easy)));
}

}  // namespace rms::client
