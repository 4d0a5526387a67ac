// SPDX-License-Identifier: Apache-2.0
#include "net/shown_chain.h"

#include <algorithm>
#include <array>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/x509.h"

namespace rms::net {
namespace asio = boost::asio;
namespace {

constexpr int kMostShown = 16;  // certificates; a chain has three or four

void append(std::string& pem, X509* certificate) {
  const Bio out(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(out.get(), certificate) != 1) return;
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  pem.append(data, static_cast<std::size_t>(std::max(size, 0L)));
}

// Takes what was shown and refuses it.
int keep_and_refuse(X509_STORE_CTX* context, void* kept) {
  auto& pem = *static_cast<std::string*>(kept);
  X509* own = X509_STORE_CTX_get0_cert(context);
  if (own != nullptr) append(pem, own);
  STACK_OF(X509)* all = X509_STORE_CTX_get0_untrusted(context);
  for (int i = 0; i < std::min(sk_X509_num(all), kMostShown); ++i)
    if (X509* one = sk_X509_value(all, i); own == nullptr || X509_cmp(one, own) != 0) append(pem, one);
  X509_STORE_CTX_set_error(context, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

bool is_address(const std::string& host) {
  boost::system::error_code no_address;
  asio::ip::make_address(host, no_address);
  return !no_address;
}

}  // namespace

asio::awaitable<Result<std::string>> shown_chain(asio::ip::tcp::socket& socket, std::string_view host) {
  const std::string name(host);
  std::string pem;
  asio::ssl::context context(asio::ssl::context::tls_client);
  SSL_CTX* native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(native, keep_and_refuse, &pem);
  // As gRPC does: gateways choose their certificate by both.
  constexpr std::array<unsigned char, 3> kHttp2{2, 'h', '2'};
  SSL_CTX_set_alpn_protos(native, kHttp2.data(), kHttp2.size());
  asio::ssl::stream<asio::ip::tcp::socket&> stream(socket, context);
  if (!is_address(name)) SSL_set_tlsext_host_name(stream.native_handle(), name.c_str());

  const auto [error] =
      co_await stream.async_handshake(asio::ssl::stream_base::client, asio::as_tuple(asio::use_awaitable));
  if (pem.empty()) co_return Error(Errc::unavailable, "no certificate was shown: " + error.message());
  co_return pem;
}

}  // namespace rms::net
