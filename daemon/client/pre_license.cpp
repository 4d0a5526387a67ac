// SPDX-License-Identifier: Apache-2.0
#include "client/pre_license.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/address.h"
#include "base/text.h"
#include "client/names.h"
#include "client/words.h"

namespace rms::client {
namespace {

class Recipients {
 public:
  // `place`: where it stands, for the error.
  Result<void> add(std::string_view name, const std::string& place) {
    if (!is_address(name) && !is_sid(name))
      return Error(Errc::invalid_setting, place + "'" + printable(name.substr(0, 80)) +
                                              "' is neither a mail address nor a SID; right would be "
                                              "alice@contoso.test or S-1-5-21-1-2-3-1118");
    if (!seen_.insert(to_lower(name)).second) return {};
    if (names.size() == kMaxRecipients)
      return Error(Errc::too_large, "more than " + std::to_string(kMaxRecipients) + " recipients");
    names.emplace_back(name);
    return {};
  }
  std::vector<std::string> names;

 private:
  std::set<std::string> seen_;
};

xrml::Object licensee_of(const xrml::Document& license) {
  const auto& principals = license.content().principals;
  return principals.empty() ? xrml::Object() : principals.front().object;
}

// An address may be an alias of its holder's: only the service knows those. A SID is one person's.
Result<void> check_holder(const xrml::Document& license, const std::string& recipient) {
  const auto holder = licensee_of(license);
  if (!is_sid(recipient) || equal_without_case(recipient, holder.id)) return {};
  return Error(Errc::untrusted, "the licence that came is for somebody else: " + describe(holder));
}

Result<void> check_pre_license(const Chain& license, const std::string& recipient, const ProtectedFile& file,
                               const Identity& identity, xrml::Time now) {
  RMS_CHECK(verify_use_license(license, file, identity, now));
  RMS_CHECK(check_holder(license.front(), recipient));
  if (!xrml::may_be_kept(license.front()))
    return Error(Errc::denied,
                 "its publisher wants each opening to be asked for: no licence may be kept "
                 "(NOLICCACHE)");
  return {};
}

}  // namespace

Result<std::vector<std::string>> read_recipients(std::span<const std::string> named,
                                                 const std::optional<std::filesystem::path>& list) {
  Recipients recipients;
  for (const auto& name : named) RMS_CHECK(recipients.add(name, ""));
  if (list) {
    RMS_TRY(const std::string text, read_file(*list, kMaxRecipientListBytes));
    std::size_t number = 0;
    for (std::string_view left = text; !left.empty();) {
      const auto end = left.find('\n');
      const auto line = trimmed(left.substr(0, std::min(end, left.find('#'))), " \t\r\n");
      left.remove_prefix(std::min(end, left.size() - 1) + 1);
      ++number;
      if (!line.empty()) RMS_CHECK(recipients.add(line, list->string() + ":" + std::to_string(number) + ": "));
    }
  }
  if (recipients.names.empty())
    return Error(Errc::invalid_setting,
                 "nobody is named: --for was not given, and no line of --for-file names anybody");
  return std::move(recipients.names);
}

Result<std::vector<Result<Chain>>> acquire_pre_licenses(const ProtectedFile& file, const Identity& identity,
                                                        RightsService& service, std::span<const std::string> recipients,
                                                        xrml::Time now) {
  RMS_TRY(auto licenses, service.acquire_pre_license(recipients, file.license.front()));
  for (std::size_t i = 0; i < licenses.size(); ++i) {
    if (!licenses[i]) continue;
    if (auto good = check_pre_license(*licenses[i], recipients[i], file, identity, now); !good)
      licenses[i] = std::move(good).error();
  }
  return licenses;
}

std::string other_holder(const xrml::Document& license, std::string_view recipient) {
  const auto holder = licensee_of(license);
  const auto& name = holder.name.empty() ? holder.id : holder.name;
  return is_sid(recipient) || equal_without_case(name, recipient) ? std::string() : name;
}

std::filesystem::path pre_license_name(const std::filesystem::path& folder, const std::filesystem::path& file,
                                       std::string_view recipient) {
  std::string name = file.filename().string() + ".";
  for (const char c : recipient) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("@._+-").find(c) != std::string_view::npos;
    name += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return folder / (name + ".license");
}

}  // namespace rms::client
