// SPDX-License-Identifier: Apache-2.0
#include "connector/reload/snapshot.h"

#include "connector/upstream/way_check.h"

namespace rms::connector {

Result<DaemonFiles> open_files(const Settings& settings, const Clock& clock, Log* log, const KerberosAcceptor* before) {
  RMS_TRY(auto cloud, net::read_pem_files(settings.cloud.certificate, settings.cloud.key, settings.cloud.ca));
  RMS_CHECK(check_way_out(settings.cloud));
  const auto& kerberos = settings.authentication.kerberos;
  RMS_TRY(auto listen, net::make_mutual_server_context(
                           settings.listen.certificate, settings.listen.key, settings.listen.client_ca,
                           kerberos ? net::ClientCertificate::optional : net::ClientCertificate::required));
  DaemonFiles files{std::move(cloud), std::make_shared<boost::asio::ssl::context>(std::move(listen)), nullptr,
                    std::nullopt};
  if (!settings.listen.client_crl.empty()) {
    RMS_TRY(files.revoked, net::RevocationLists::read(settings.listen.client_crl, settings.listen.client_ca));
  }
  if (kerberos) {
    RMS_TRY(files.kerberos, KerberosAcceptor::open(*kerberos, clock, log, before));
  }
  return files;
}

}  // namespace rms::connector
