// SPDX-License-Identifier: Apache-2.0
#include "soap/dialect.h"

#include <algorithm>

#include "base/text.h"

namespace rms::soap {
namespace {

std::string_view trimmed(std::string_view text) {
  return rms::trimmed(text, " \t");
}

// Takes one value off the front of `text`, up to its semicolon or the end: a token, or a quoted string without its
// quotes (RFC 9110 5.6.6). nullopt if it ends badly.
std::optional<std::string> take_value(std::string_view& text) {
  std::string value;
  if (!text.starts_with('"')) {
    const auto end = text.find(';');
    value = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end);
    return value;
  }
  for (text.remove_prefix(1); !text.empty() && text.front() != '"'; text.remove_prefix(1)) {
    if (text.front() == '\\') text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    value += text.front();
  }
  if (text.empty()) return std::nullopt;
  text = trimmed(text.substr(1));
  if (!text.empty() && text.front() != ';') return std::nullopt;
  return value;
}

}  // namespace

std::string_view content_type(SoapVersion version) {
  return version == SoapVersion::v1_1 ? kContentType : "application/soap+xml; charset=utf-8";
}

std::optional<MediaType> parse_media_type(std::string_view type, std::string_view parameters) {
  if (type == "text/xml") return MediaType{SoapVersion::v1_1, std::nullopt};
  if (type != "application/soap+xml") return std::nullopt;
  MediaType media{SoapVersion::v1_2, std::nullopt};
  while (!(parameters = trimmed(parameters)).empty()) {
    const auto end = std::min(parameters.find_first_of("=;"), parameters.size());
    const std::string_view name = trimmed(parameters.substr(0, end));
    const bool has_value = parameters.substr(end).starts_with('=');
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (!has_value) continue;
    parameters = trimmed(parameters);
    auto value = take_value(parameters);
    if (!value || (media.action && equal_without_case(name, "action"))) return std::nullopt;
    if (equal_without_case(name, "action")) media.action = std::move(value);
    parameters.remove_prefix(std::min<std::size_t>(1, parameters.size()));  // its semicolon
  }
  return media;
}

}  // namespace rms::soap
