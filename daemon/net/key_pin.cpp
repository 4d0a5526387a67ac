// SPDX-License-Identifier: Apache-2.0
#include "net/key_pin.h"

#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <boost/asio/ip/address.hpp>

#include "base/text.h"
#include "net/signing.h"
#include "net/tls.h"
#include "net/x509.h"

namespace rms::net {
namespace {

constexpr std::size_t kMostNameBytes = 200, kMostNames = 10, kPinBytes = 32;
constexpr int kMostShown = 16;  // certificates of a server

struct FreeStack {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using Stack = std::unique_ptr<STACK_OF(X509), FreeStack>;

std::string cut(std::string text) {
  if (text.size() > kMostNameBytes) text = text.substr(0, kMostNameBytes) + "...";
  return text;
}

std::string hex_of(std::string_view bytes) {
  std::string hex;
  for (const char byte : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

std::string pin_of(X509* certificate) {
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
  if (size <= 0) return {};
  const std::string pin = sha256_hex({reinterpret_cast<char*>(der), static_cast<std::size_t>(size)});
  OPENSSL_free(der);
  return pin;
}

std::string address_text(const ASN1_OCTET_STRING* bytes) {
  namespace ip = boost::asio::ip;
  const unsigned char* data = ASN1_STRING_get0_data(bytes);
  const auto size = static_cast<std::size_t>(ASN1_STRING_length(bytes));
  if (ip::address_v4::bytes_type four; size == four.size()) {
    std::copy_n(data, size, four.begin());
    return ip::address_v4(four).to_string();
  }
  if (ip::address_v6::bytes_type sixteen; size == sixteen.size()) {
    std::copy_n(data, size, sixteen.begin());
    return ip::address_v6(sixteen).to_string();
  }
  return {};
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const GeneralNames found(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(found.get()) && names.size() < kMostNames; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(found.get(), i);
    std::string text;
    if (name->type == GEN_IPADD) text = address_text(name->d.iPAddress);
    if (name->type == GEN_DNS)
      text.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                  static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
    const bool shown = !text.empty() && std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
    if (shown) names.push_back(cut(text));
  }
  return names;
}

bool is_for(X509* certificate, const std::string& host) {
  boost::system::error_code no_address;
  boost::asio::ip::make_address(host, no_address);
  return no_address ? X509_check_host(certificate, host.data(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
                                      nullptr) == 1
                    : X509_check_ip_asc(certificate, host.c_str(), 0) == 1;
}

// Where problems() writes what OpenSSL finds; it goes on to look for more.
int note(int good, X509_STORE_CTX* context) {
  if (good == 1) return 1;
  auto& found = *static_cast<ServerCertificate*>(X509_STORE_CTX_get_app_data(context));
  const int error = X509_STORE_CTX_get_error(context);
  const auto untimely = [&] {
    X509* which = X509_STORE_CTX_get_current_cert(context);
    if (which == nullptr) return;
    found.untimely_subject = cut(text_of(X509_get_subject_name(which)));
    found.untimely_before = wall_time(X509_get0_notBefore(which));
    found.untimely_after = wall_time(X509_get0_notAfter(which));
  };
  switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      found.problems.expired = true;
      untimely();
      break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      found.problems.not_yet_valid = true;
      untimely();
      break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
      found.problems.unknown_issuer = true;
      break;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      found.problems.other_key = true;
      break;
    default:
      if (found.problems.other.empty()) found.problems.other = X509_verify_cert_error_string(error);
      break;
  }
  return 1;
}

void verify(X509* leaf, STACK_OF(X509) * others, const std::vector<X509Ptr>& authorities, ServerCertificate& found) {
  const X509StorePtr store(X509_STORE_new());
  for (const X509Ptr& authority : authorities) X509_STORE_add_cert(store.get(), authority.get());
  const X509StoreContext context(X509_STORE_CTX_new());
  if (!store || !context || X509_STORE_CTX_init(context.get(), store.get(), leaf, others) != 1) {
    found.problems.other = last_openssl_error();
    return;
  }
  // An intermediate CA in cloud.ca is trusted by itself, as gRPC does.
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  X509_STORE_CTX_set_app_data(context.get(), &found);
  X509_STORE_CTX_set_verify_cb(context.get(), note);
  const int good = X509_verify_cert(context.get());
  if (good != 1 && !found.problems.any()) found.problems.other = "it cannot be verified";
  STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context.get());
  for (int i = 0; !found.problems.unknown_issuer && !found.problems.other_key && i < sk_X509_num(chain); ++i) {
    X509* one = sk_X509_value(chain, i);
    found.keys.push_back({cut(text_of(X509_get_subject_name(one))), pin_of(one)});
  }
}

std::vector<X509Ptr> certificates_in(std::string_view pem, int most) {
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<X509Ptr> found;
  for (int i = 0; i < most; ++i) {
    X509* next = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr);
    if (next == nullptr) break;
    found.emplace_back(next);
  }
  ERR_clear_error();
  return found;
}

}  // namespace

std::optional<std::string> parse_key_pin(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256//";
  if (text.starts_with(kPrefix)) text.remove_prefix(kPrefix.size());
  if (text.size() == 44 && text.ends_with('=')) {
    std::array<unsigned char, 33> bytes{};
    const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(text.data()), 44);
    const bool whole = size == 33 && text.find_first_not_of(
                                         "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                         "+/") == 43;
    ERR_clear_error();
    if (!whole) return std::nullopt;
    return hex_of({reinterpret_cast<char*>(bytes.data()), kPinBytes});
  }
  std::string hex = to_lower(text);
  std::erase(hex, ':');
  if (hex.size() != 2 * kPinBytes || hex.find_first_not_of("0123456789abcdef") != hex.npos) return std::nullopt;
  return hex;
}

std::string shown_pin(std::string_view pin) {
  std::array<unsigned char, kPinBytes> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = static_cast<unsigned char>(std::stoi(std::string(pin.substr(2 * i, 2)), nullptr, 16));
  std::array<unsigned char, 45> base64{};
  EVP_EncodeBlock(base64.data(), bytes.data(), static_cast<int>(bytes.size()));
  return "sha256//" + std::string(reinterpret_cast<char*>(base64.data()), 44);
}

Result<ServerCertificate> judge_server_certificate(std::string_view shown, std::string_view host, std::string_view ca) {
  const std::vector<X509Ptr> chain = certificates_in(shown, kMostShown);
  if (chain.empty()) return Error(Errc::malformed, "no certificate was shown");
  const std::vector<X509Ptr> authorities = certificates_in(ca, 1000);
  X509* leaf = chain.front().get();

  ServerCertificate found;
  found.subject = cut(text_of(X509_get_subject_name(leaf)));
  found.issuer = cut(text_of(X509_get_issuer_name(leaf)));
  found.top_issuer = cut(text_of(X509_get_issuer_name(chain.back().get())));
  found.signed_by_itself = X509_check_issued(leaf, leaf) == X509_V_OK;
  found.names = names_of(leaf);
  found.not_before = wall_time(X509_get0_notBefore(leaf));
  found.not_after = wall_time(X509_get0_notAfter(leaf));

  const Stack others(sk_X509_new_null());
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(others.get(), chain[i].get());
  verify(leaf, others.get(), authorities, found);
  found.problems.wrong_name = !is_for(leaf, std::string(host));
  // OpenSSL does not take a CA of that name for the issuer at all if its key has another id.
  if (found.problems.unknown_issuer)
    for (const X509Ptr& authority : authorities)
      for (const X509Ptr& one : chain)
        found.problems.other_key = found.problems.other_key || X509_NAME_cmp(X509_get_subject_name(authority.get()),
                                                                             X509_get_issuer_name(one.get())) == 0;
  ERR_clear_error();
  return found;
}

bool has_pin(const ServerCertificate& certificate, const std::vector<std::string>& pins) {
  return std::ranges::any_of(certificate.keys, [&](const ServerCertificate::Key& key) {
    return std::ranges::find(pins, key.pin) != pins.end();
  });
}

}  // namespace rms::net
