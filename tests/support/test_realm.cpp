// SPDX-License-Identifier: Apache-2.0
#include "support/test_realm.h"

#include <array>
#include <cstdlib>
#include <ctime>
#include <stdexcept>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include "connector/authenticator/der.h"
#include "connector/authenticator/krb5_types.h"

namespace rms::test {
namespace {

using connector::der;
using namespace std::string_literals;

constexpr std::uint8_t context(int number) {
  return static_cast<std::uint8_t>(0xa0 | number);
}
constexpr std::uint8_t application(int number) {
  return static_cast<std::uint8_t>(0x60 | number);
}

void must(krb5_error_code failure, const char* what) {
  if (failure != 0) throw std::runtime_error(fmt::format("{}: {}", what, failure));
}

std::string integer(std::int64_t value) {
  std::string bytes;
  do {
    bytes.insert(bytes.begin(), static_cast<char>(value & 0xff));
    value >>= 8;
  } while (value != 0);
  if (static_cast<unsigned char>(bytes[0]) >= 0x80) bytes.insert(bytes.begin(), '\0');
  return der(0x02, bytes);
}

std::string octets(std::string_view bytes) {
  return der(0x04, bytes);
}

// A sequence of [0], [1] ... in their order.
std::string fields(std::initializer_list<std::pair<int, std::string>> fields) {
  std::string all;
  for (const auto& [number, value] : fields) all += der(context(number), value);
  return der(0x30, all);
}

std::string time(std::time_t when) {
  return der(0x18, fmt::format("{:%Y%m%d%H%M%SZ}", fmt::gmtime(when)));
}

std::string realm(const std::string& principal) {
  return der(0x1b, principal.substr(principal.rfind('@') + 1));
}

std::string name(const std::string& principal) {
  std::string parts, rest = principal.substr(0, principal.rfind('@'));
  for (std::size_t slash; (slash = rest.find('/')) != rest.npos; rest.erase(0, slash + 1))
    parts += der(0x1b, rest.substr(0, slash));
  return fields({{0, integer(1)}, {1, der(0x30, parts + der(0x1b, rest))}});
}

krb5_data data_of(const std::string& bytes) {
  return {0, static_cast<unsigned>(bytes.size()), const_cast<char*>(bytes.data())};
}

krb5_keyblock keyblock(std::int32_t enctype, const std::string& bytes) {
  krb5_keyblock key{};
  key.enctype = enctype;
  key.length = static_cast<unsigned>(bytes.size());
  key.contents = reinterpret_cast<krb5_octet*>(const_cast<char*>(bytes.data()));
  return key;
}

using Principal = connector::Krb5Owned<krb5_principal, krb5_free_principal>;

std::string pac(krb5_context library, const TicketRequest& request, krb5_keyblock service, std::time_t authenticated) {
  connector::Krb5Owned<krb5_pac, krb5_pac_free> made(library);
  must(krb5_pac_init(library, made.out()), "a PAC");
  const krb5_data info = data_of(*request.logon_info);
  must(krb5_pac_add_buffer(library, made.get(), KRB5_PAC_LOGON_INFO, &info), "logon information");
  Principal client(library);
  must(krb5_parse_name(library, request.client.c_str(), client.out()), "a client");
  const std::string other(service.length, 'x');
  const krb5_keyblock controller = keyblock(18, std::string(32, 'c'));
  const std::string controller_key(32, 'c');
  const krb5_keyblock stranger = keyblock(service.enctype, other);
  krb5_keyblock kdc = controller;
  kdc.contents = reinterpret_cast<krb5_octet*>(const_cast<char*>(controller_key.data()));
  krb5_data out{};
  must(krb5_pac_sign(library, made.get(), static_cast<krb5_timestamp>(authenticated), client.get(),
                     request.pac_of_another_key ? &stranger : &service, &kdc, &out),
       "a signed PAC");
  std::string bytes(out.data, out.length);
  krb5_free_data_contents(library, &out);
  return bytes;
}

std::string encrypted(krb5_context library, const krb5_keyblock& key, krb5_keyusage usage, const std::string& plain,
                      std::optional<std::uint32_t> kvno) {
  std::size_t size = 0;
  must(krb5_c_encrypt_length(library, key.enctype, plain.size(), &size), "a length");
  std::string cipher(size, '\0');
  const krb5_data input = data_of(plain);
  krb5_enc_data output{};
  output.ciphertext = data_of(cipher);
  must(krb5_c_encrypt(library, &key, usage, nullptr, &input, &output), "encryption");
  if (!kvno) return fields({{0, integer(key.enctype)}, {2, octets(cipher)}});
  return fields({{0, integer(key.enctype)}, {1, integer(*kvno)}, {2, octets(cipher)}});
}

const std::string kSessionKey(32, 's');

// Ticket, RFC 4120 5.3.
std::string ticket(krb5_context library, const TicketRequest& request, std::time_t now) {
  const std::string service_key = request.sealed_with.value_or(request.key.bytes);
  const krb5_keyblock key = keyblock(request.key.enctype, service_key);
  const std::time_t began = now - 3600;
  std::string body =
      der(context(0), der(0x03, "\0\x40\x80\0\0"s)) +  // forwardable, pre-authenticated or so: nobody asks
      der(context(1), fields({{0, integer(18)}, {1, octets(kSessionKey)}})) + der(context(2), realm(request.client)) +
      der(context(3), name(request.client)) + der(context(4), fields({{0, integer(0)}, {1, octets("")}})) +
      der(context(5), time(began)) + der(context(6), time(began)) +
      der(context(7), time(now + request.valid_for.count()));
  if (request.logon_info) {
    const std::string win2k = der(0x30, fields({{0, integer(128)}, {1, octets(pac(library, request, key, began))}}));
    body += der(context(10), der(0x30, fields({{0, integer(1)}, {1, octets(win2k)}})));
  }
  const std::string part = der(application(3), der(0x30, body));
  return der(application(1),
             fields({{0, integer(5)},
                     {1, realm(request.key.principal)},
                     {2, name(request.key.principal)},
                     {3, encrypted(library, key, KRB5_KEYUSAGE_KDC_REP_TICKET, part, request.key.kvno)}}));
}

connector::Krb5Context library() {
  krb5_context made = nullptr;
  must(krb5_init_context(&made), "libkrb5");
  return connector::Krb5Context(made);
}

}  // namespace

struct TestRealm::Caller {
  connector::GssContext exchange;
  connector::GssName target;
  connector::GssCredential credential;
  connector::Krb5Context library;
  krb5_ccache cache = nullptr;
  gss_OID mechanism = nullptr;
  OM_uint32 flags = 0;
  std::string binding;

  ~Caller() {
    if (cache != nullptr) krb5_cc_destroy(library.get(), cache);
  }

  // One call of the client's side.
  OM_uint32 step(std::string_view input, std::string& output) {
    gss_channel_bindings_struct bound{};
    bound.application_data = connector::buffer_of(binding);
    gss_buffer_desc in = connector::buffer_of(input);
    connector::GssBuffer out;
    OM_uint32 minor = 0;
    const OM_uint32 major = gss_init_sec_context(&minor, credential.get(), exchange.out(), target.get(), mechanism,
                                                 flags, 0, binding.empty() ? GSS_C_NO_CHANNEL_BINDINGS : &bound, &in,
                                                 nullptr, out.out(), nullptr, nullptr);
    output = connector::text_of(out);
    return GSS_ERROR(major) ? minor + (minor == 0) : 0;
  }
};

TestRealm::TestRealm() = default;
TestRealm::~TestRealm() = default;

void TestRealm::write_keytab(const std::filesystem::path& file, std::initializer_list<RealmKey> keys) {
  const auto context = library();
  const std::filesystem::path next = file.string() + ".next";
  std::filesystem::remove(next);
  krb5_keytab keytab = nullptr;
  must(krb5_kt_resolve(context.get(), ("WRFILE:" + next.string()).c_str(), &keytab), "a keytab");
  for (const RealmKey& key : keys) {
    Principal principal(context.get());
    must(krb5_parse_name(context.get(), key.principal.c_str(), principal.out()), "a service");
    krb5_keytab_entry entry{};
    entry.principal = principal.get();
    entry.vno = key.kvno;
    entry.key = keyblock(key.enctype, key.bytes);
    must(krb5_kt_add_entry(context.get(), keytab, &entry), "an entry");
  }
  krb5_kt_close(context.get(), keytab);
  std::filesystem::rename(next, file);
}

// Puts one ticket into `cache`, which is empty then but for it.
static void fill(krb5_context context, krb5_ccache cache, const TicketRequest& request, std::time_t now) {
  Principal client(context), server(context);
  must(krb5_parse_name(context, request.client.c_str(), client.out()), "a client");
  must(krb5_parse_name(context, request.key.principal.c_str(), server.out()), "a service");
  must(krb5_cc_initialize(context, cache, client.get()), "an empty cache");
  const std::string bytes = ticket(context, request, now);
  krb5_creds credentials{};
  credentials.client = client.get();
  credentials.server = server.get();
  credentials.keyblock = keyblock(18, kSessionKey);
  credentials.times = {static_cast<krb5_timestamp>(now - 3600), static_cast<krb5_timestamp>(now - 3600),
                       static_cast<krb5_timestamp>(now + 86400), 0};
  credentials.ticket = data_of(bytes);
  must(krb5_cc_store_cred(context, cache, &credentials), "a ticket");
}

void TestRealm::write_cache(const std::filesystem::path& file, const TicketRequest& request) {
  const auto context = library();
  krb5_ccache cache = nullptr;
  must(krb5_cc_resolve(context.get(), ("FILE:" + file.string()).c_str(), &cache), "a cache");
  fill(context.get(), cache, request, std::time(nullptr));
  krb5_cc_close(context.get(), cache);
}

std::string TestRealm::token(const TicketRequest& request) {
  static int count = 0;
  caller_ = std::make_unique<Caller>();
  Caller& caller = *caller_;
  caller.library = library();
  krb5_context context = caller.library.get();
  const std::time_t now = std::time(nullptr);
  if (request.clock_ahead.count() != 0)
    must(krb5_set_real_time(context, static_cast<krb5_timestamp>(now + request.clock_ahead.count()), 0), "a clock");

  const std::string name = fmt::format("MEMORY:realm-{}", ++count);
  must(krb5_cc_resolve(context, name.c_str(), &caller.cache), "a cache");
  fill(context, caller.cache, request, now);

  const std::array<gss_key_value_element_desc, 1> places{{{"ccache", name.c_str()}}};
  const gss_key_value_set_desc store{places.size(), const_cast<gss_key_value_element_desc*>(places.data())};
  OM_uint32 minor = 0;
  if (GSS_ERROR(gss_acquire_cred_from(&minor, GSS_C_NO_NAME, GSS_C_INDEFINITE, GSS_C_NO_OID_SET, GSS_C_INITIATE, &store,
                                      caller.credential.out(), nullptr, nullptr)))
    throw std::runtime_error(fmt::format("no credential: {}", minor));
  gss_buffer_desc target = connector::buffer_of(request.key.principal);
  gss_import_name(&minor, &target, GSS_KRB5_NT_PRINCIPAL_NAME, caller.target.out());
  static gss_OID_desc spnego{6, const_cast<char*>("\x2b\x06\x01\x05\x05\x02")};
  caller.mechanism = request.spnego ? &spnego : const_cast<gss_OID>(gss_mech_krb5);
  caller.flags = GSS_C_MUTUAL_FLAG;
  caller.binding = request.channel_binding;
  std::string token;
  if (const OM_uint32 failure = caller.step("", token); failure != 0)
    throw std::runtime_error(fmt::format("no token: {}", failure));
  return base64(token);
}

bool TestRealm::believes(const std::string& answer) {
  std::string more;
  if (caller_->step(from_base64(answer), more) != 0 || !more.empty()) return false;
  OM_uint32 minor = 0, flags = 0;
  int open = 0;
  gss_inquire_context(&minor, caller_->exchange.get(), nullptr, nullptr, nullptr, nullptr, &flags, nullptr, &open);
  return open != 0 && (flags & GSS_C_MUTUAL_FLAG) != 0;
}

std::string base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()));
  out.pop_back();
  return out;
}

std::string from_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3, '\0');
  EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                  static_cast<int>(text.size()));
  out.resize(out.size() - (text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0));
  return out;
}

}  // namespace rms::test
