// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>

#include "client/names.h"
#include "client/open.h"
#include "client/program/context.h"
#include "client/program/terminal.h"
#include "client/rights.h"

namespace rms::client {
namespace {

void tell(const ProtectedFile& file, const Use& use) {
  fmt::print(stderr, "{}: granted {} by {}; protected by {}, owner {}\n", printable(file.file.path().string()),
             printable(describe(use.grants)), printable(use.issuer), printable(use.publisher), printable(use.owner));
  if (!file.seal)
    fmt::print(stderr,
               "rms: warning: its licence does not cover its content: whether that was altered cannot be told\n");
}

Result<Use> get_use(const Context& context, const ProtectedFile& file, const Identity& identity) {
  const auto& options = context.options;
  if (options.license) return use_kept_license(file, *options.license, identity, context.now);
  RMS_TRY(const auto transport, context.connect(options));
  RightsService service(*transport);
  return acquire_use(file, identity, service, context.now);
}

}  // namespace

Result<void> run_open(const Context& context) {
  const auto& options = context.options;
  RMS_TRY(const auto identity, load_identity(context));
  RMS_TRY(const auto file, read_protected_file(options.files.front()));
  const auto output = options.output.value_or(opened_name(options.files.front(), file.header.extension));
  const bool to_standard_output = output == "-";
  if (!to_standard_output) {
    // Before the service is asked: a licence that was issued for nothing stands in the usage log.
    using File = OutputFile;
    RMS_CHECK(
        File::create(output, options.force ? File::Existing::replace : File::Existing::keep, File::Readers::owner));
  }
  RMS_TRY(const auto use, get_use(context, file, identity));
  tell(file, use);
  TerminalProgress progress(printable(file.file.path().string()));
  if (!to_standard_output) return write_content(file, use, output, options.force, progress);
  StandardOutput sink;
  return write_content(file, use, sink, progress);
}

}  // namespace rms::client
