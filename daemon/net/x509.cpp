// SPDX-License-Identifier: Apache-2.0
#include "net/x509.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "net/tls.h"

namespace rms::net {

std::string text_of(const X509_NAME* name) {
  const Bio out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(std::max(size, 0L))};
}

std::string fingerprint_of(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  X509_digest(certificate, EVP_sha256(), digest.data(), &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) fmt::format_to(std::back_inserter(hex), "{:02x}", digest[i]);
  return hex;
}

WallTime wall_time(const ASN1_TIME* time) {
  std::tm parts{};
  ASN1_TIME_to_tm(time, &parts);
  const std::chrono::year_month_day day(std::chrono::year(parts.tm_year + 1900),
                                        std::chrono::month(static_cast<unsigned>(parts.tm_mon + 1)),
                                        std::chrono::day(static_cast<unsigned>(parts.tm_mday)));
  const std::chrono::sys_seconds time_point = std::chrono::sys_days(day) + std::chrono::hours(parts.tm_hour) +
                                              std::chrono::minutes(parts.tm_min) + std::chrono::seconds(parts.tm_sec);
  // "For ever" is written as the end of the year 9999 (RFC 5280 4.1.2.5); WallTime counts nanoseconds, 1677 to 2262.
  return std::clamp<std::chrono::sys_seconds>(time_point, std::chrono::ceil<std::chrono::seconds>(WallTime::min()),
                                              std::chrono::floor<std::chrono::seconds>(WallTime::max()));
}

Result<std::string> read_public_file(const std::filesystem::path& path, std::size_t most_bytes, Errc too_big) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) return Error(Errc::not_found, path.string() + ": no such file");
  // Whatever else it is (a pipe, a device), reading it could take for ever.
  if (!std::filesystem::is_regular_file(path, unknown))
    return Error(Errc::io_error, path.string() + ": must be a regular file");
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(Errc::io_error, path.string() + ": cannot be read");
  std::string text(most_bytes + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return Error(Errc::io_error, path.string() + ": cannot be read");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > most_bytes)
    return Error(too_big, fmt::format("{}: too big: it may have {} bytes", path.string(), most_bytes));
  return text;
}

Result<std::vector<X509Ptr>> parse_certificates(const std::filesystem::path& path, std::string_view pem) {
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<X509Ptr> found;
  ERR_clear_error();
  while (X509* next = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)) found.emplace_back(next);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string why = last_openssl_error();
  if (!at_end) return Error(Errc::malformed, path.string() + ": a certificate in it cannot be read: " + why);
  if (found.empty()) return Error(Errc::malformed, path.string() + ": holds no PEM certificate");
  return found;
}

int no_passphrase(char*, int, int, void*) {
  return -1;
}

}  // namespace rms::net
