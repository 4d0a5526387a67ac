// SPDX-License-Identifier: Apache-2.0
#include "client/pre_license.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "client/names.h"
#include "client/rights.h"

namespace rms::client {
namespace {

// "S-1-5-21-1-2-3-1118"
bool is_sid(std::string_view text) {
  constexpr std::string_view kStart = "S-1-";
  return text.size() > kStart.size() && text.size() <= 184 && equal_without_case(text.substr(0, 4), kStart) &&
         text.find_first_not_of("0123456789-", kStart.size()) == std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

class Recipients {
 public:
  // `place`: where it stands, for the error.
  Result<void> add(std::string_view name, const std::string& place) {
    if (!is_mail(name) && !is_sid(name))
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
      const auto line = trimmed(left.substr(0, std::min(end, left.find('#'))));
      left.remove_prefix(std::min(end, left.size() - 1) + 1);
      ++number;
      if (!line.empty()) RMS_CHECK(recipients.add(line, list->string() + ":" + std::to_string(number) + ": "));
    }
  }
  if (recipients.names.empty()) return Error(Errc::invalid_setting, "nobody is named; give --for or --for-file");
  return std::move(recipients.names);
}

Result<std::vector<Result<Chain>>> acquire_pre_licenses(const ProtectedFile& file, const Identity& identity,
                                                        RightsService& service, std::span<const std::string> recipients,
                                                        xrml::Time now) {
  RMS_TRY(auto licenses, service.acquire_pre_license(recipients, file.license.front()));
  for (auto& license : licenses) {
    if (!license) continue;
    if (auto good = verify_use_license(*license, file, identity, now); !good)
      license = std::move(good).error();
    else if (!xrml::may_be_kept(license->front()))
      license = Error(Errc::denied,
                      "its publisher wants each opening to be asked for: no licence may be kept "
                      "(NOLICCACHE)");
  }
  return licenses;
}

std::filesystem::path pre_license_name(const std::filesystem::path& folder, const std::filesystem::path& file,
                                       std::string_view recipient) {
  std::string name = file.filename().string() + ".";
  for (const char c : recipient) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("@._+-").find(c) != std::string_view::npos;
    name += plain ? c : '_';
  }
  return folder / (name + ".license");
}

}  // namespace rms::client
