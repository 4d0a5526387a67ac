// SPDX-License-Identifier: Apache-2.0
//
// What protected and opened files are called (docs/pfile.md).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace rms::client {

// "plan.txt" -> "plan.ptxt" for text and images, "mail.dat" -> "mail.dat.pfile" for all else; same folder.
std::filesystem::path protected_name(const std::filesystem::path& plain);

// The way back: "plan.ptxt" with extension ".txt" -> "plan.txt", "mail.dat.pfile" -> "mail.dat". A name that follows
// neither habit gets the extension appended. Never the name of the protected file itself.
std::filesystem::path opened_name(const std::filesystem::path& protected_file, std::string_view extension);

// Text from a document or a peer as it may go to a terminal: control characters become '?'.
std::string printable(std::string_view text);

}  // namespace rms::client
