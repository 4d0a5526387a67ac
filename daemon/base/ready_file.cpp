// SPDX-License-Identifier: Apache-2.0
#include "base/ready_file.h"

#include <fstream>
#include <system_error>

#include "base/process.h"

namespace rms {

Result<void> write_ready_file(const std::filesystem::path& path,
                              const std::vector<std::pair<std::string_view, std::string>>& lines) {
  const std::filesystem::path unfinished = path.string() + ".unfinished";
  std::ofstream file(unfinished, std::ios::trunc);
  for (const auto& [key, value] : lines) file << key << '=' << value << '\n';
  file << "pid=" << process_id() << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(unfinished, path, error);
  if (file && !error) return {};
  std::filesystem::remove(unfinished, error);
  return Error(Errc::io_error, path.string() + ": cannot be written");
}

}  // namespace rms
