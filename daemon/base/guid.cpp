// SPDX-License-Identifier: Apache-2.0
#include "base/guid.h"

#include <cctype>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/random_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

namespace rms {

std::string new_guid() {
  return boost::uuids::to_string(boost::uuids::random_generator()());
}

std::string new_braced_guid() {
  return "{" + new_guid() + "}";
}

std::string named_guid(std::string_view space, std::string_view name) {
  const boost::uuids::name_generator_sha1 of_space(boost::uuids::ns::url());
  const boost::uuids::name_generator_sha1 of_name(of_space(space.data(), space.size()));
  return boost::uuids::to_string(of_name(name.data(), name.size()));
}

bool is_guid(std::string_view text) {
  if (text.size() == 38 && text.front() == '{' && text.back() == '}') text = text.substr(1, 36);
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const auto c = static_cast<unsigned char>(text[i]);
    if (dash ? c != '-' : !std::isxdigit(c)) return false;
  }
  return true;
}

}  // namespace rms
