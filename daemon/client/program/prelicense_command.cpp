// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <system_error>

#include "client/names.h"
#include "client/pre_license.h"
#include "client/program/context.h"
#include "client/program/terminal.h"
#include "client/rights.h"

namespace rms::client {
namespace {

struct Tally {
  std::size_t written = 0, refused = 0, failed = 0;
  std::optional<Error> failure;  // the first
};

bool is_refusal(const Error& error) {
  return error == Errc::denied || error == Errc::no_rights;
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return Error(Errc::io_error, folder.string() + ": cannot create: " + error.message());
  return {};
}

// Before the service is asked: a licence that was issued for nothing stands in the usage log.
Result<void> check_free(std::span<const std::string> recipients, const std::filesystem::path& folder,
                        const std::filesystem::path& file) {
  for (const auto& recipient : recipients) {
    const auto path = pre_license_name(folder, file, recipient);
    std::error_code error;
    if (std::filesystem::exists(path, error))
      return Error(Errc::already_exists, path.string() + ": exists already; --force replaces it");
  }
  return {};
}

Result<void> write(const Chain& license, const std::filesystem::path& path, bool replace) {
  using File = OutputFile;
  RMS_TRY(auto file,
          File::create(path, replace ? File::Existing::replace : File::Existing::keep, File::Readers::umask));
  RMS_CHECK(file.append(bytes_of(xrml::join_chain(license))));
  return file.commit();
}

std::string rights_in(const xrml::Document& license) {
  std::vector<xrml::UseGrant> grants;
  if (license.content().work)
    for (const auto& grant : license.content().work->grants)
      grants.push_back({grant.right, grant.time, grant.interval_days});
  return describe(grants);
}

// One line for one recipient.
void deliver(const std::string& recipient, const Result<Chain>& license, const std::filesystem::path& path,
             bool replace, Tally& tally) {
  const auto written = license ? write(*license, path, replace) : Result<void>(license.error());
  if (written) {
    ++tally.written;
    const std::string other = other_holder(license->front(), recipient);
    fmt::print("{}: {}: {}{}\n", printable(recipient), printable(path.string()), printable(rights_in(license->front())),
               other.empty() ? "" : "; it is for " + printable(other));
    return;
  }
  const bool refused = is_refusal(written.error());
  ++(refused ? tally.refused : tally.failed);
  if (!refused && !tally.failure) tally.failure = written.error();
  fmt::print("{}: {}: {}\n", printable(recipient), refused ? "no licence" : "failed",
             printable(refused ? written.error().context : said_of(written.error())));
}

Result<void> verdict(const Tally& tally) {
  const std::size_t all = tally.written + tally.refused + tally.failed;
  if (tally.refused > 0)
    return Error(Errc::denied, fmt::format("{} of {} get no licence; the lines above say why", tally.refused, all));
  if (tally.failure)
    return Error(tally.failure->code, fmt::format("{} of {} failed; the lines above say why", tally.failed, all));
  return {};
}

}  // namespace

Result<void> run_prelicense(const Context& context) {
  const auto& options = context.options;
  RMS_TRY(const auto recipients, read_recipients(options.recipients, options.recipient_list));
  RMS_TRY(const auto identity, load_identity(context));
  const auto& path = options.files.front();
  RMS_TRY(const auto file, read_protected_file(path));
  RMS_CHECK(verify_publication(file, identity, context.now));
  const auto folder = options.output.value_or(path.parent_path());
  if (options.output) RMS_CHECK(make_folder(folder));
  if (!options.force) RMS_CHECK(check_free(recipients, folder, path));
  RMS_TRY(const auto transport, context.connect(options));
  RightsService service(*transport);

  Tally tally;
  for (std::span<const std::string> left = recipients; !left.empty();) {
    const auto some = left.first(std::min(left.size(), kRecipientsPerCall));
    const auto licenses = acquire_pre_licenses(file, identity, service, some, context.now);
    if (!licenses && tally.written + tally.refused > 0)
      return Error(licenses.error()).in(fmt::format("from {} on nobody was asked about", some.front()));
    if (!licenses) return licenses.error();
    for (std::size_t i = 0; i < some.size(); ++i)
      deliver(some[i], (*licenses)[i], pre_license_name(folder, path, some[i]), options.force, tally);
    RMS_CHECK(flush_standard_output());  // A line for each is there as soon as its licence is.
    left = left.subspan(some.size());
  }
  return verdict(tally);
}

}  // namespace rms::client
