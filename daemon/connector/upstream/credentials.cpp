// SPDX-License-Identifier: Apache-2.0
#include "connector/upstream/credentials.h"

#include <utility>

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>

#include "net/key_pin.h"

namespace rms::connector {
namespace {

using grpc::experimental::TlsCustomVerificationCheckRequest;

std::string_view view(grpc::string_ref text) {
  return {text.data(), text.size()};
}

// A verifier of ours takes the place of gRPC's check of the name (what is left to gRPC is the chain up to cloud.ca and
// its times). So it makes that check, too, and judges the whole again with our own code, which alone knows the verified
// chain: gRPC tells only what was shown, and anybody can show a certificate that has a pin.
// gRPC's threads; stateless but for constants.
class PinVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  PinVerifier(std::string ca, std::vector<std::string> pins) : ca_(std::move(ca)), pins_(std::move(pins)) {}

  bool Verify(TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the service's certificate is not for the name");
    grpc::Status by_grpc;
    if (!names_.Verify(request, nullptr, &by_grpc) || !by_grpc.ok()) return true;
    const std::string_view whole = view(request->peer_cert_full_chain());
    const auto shown = net::judge_server_certificate(whole.empty() ? view(request->peer_cert()) : whole,
                                                     view(request->target_name()), ca_);
    if (!shown || shown->problems.any())
      *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "the service's certificate is not good");
    else if (!net::has_pin(*shown, pins_))
      *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "no key of the service's chain is in cloud.pins");
    else
      *status = grpc::Status::OK;
    return true;
  }
  void Cancel(TlsCustomVerificationCheckRequest*) override {}  // nothing is ever pending

 private:
  const std::string ca_;
  const std::vector<std::string> pins_;
  grpc::experimental::HostNameCertificateVerifier names_;
};

std::shared_ptr<grpc::ChannelCredentials> pinned(const net::PemFiles& pem, const std::vector<std::string>& pins) {
  using namespace grpc::experimental;
  TlsChannelCredentialsOptions options;
  options.set_certificate_provider(std::make_shared<StaticDataCertificateProvider>(
      pem.ca, std::vector{IdentityKeyCertPair{std::string(pem.key.text()), pem.certificate_chain}}));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_certificate_verifier(ExternalCertificateVerifier::Create<PinVerifier>(pem.ca, pins));
  return TlsCredentials(options);
}

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> make_credentials(const net::PemFiles& pem,
                                                           const std::vector<std::string>& pins) {
  if (!pins.empty()) return pinned(pem, pins);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = pem.ca;
  options.pem_private_key = std::string(pem.key.text());
  options.pem_cert_chain = pem.certificate_chain;
  return grpc::SslCredentials(options);
}

}  // namespace rms::connector
