// SPDX-License-Identifier: Apache-2.0
#include "connector/settings/patterns.h"

namespace rms::connector {
namespace {

bool has_star(const std::optional<std::string>& text) {
  return text && text->find('*') != text->npos;
}

// Whether one text can begin with both and end with both: then a long enough one does.
bool may_both_fit(std::string_view a, std::string_view b) {
  const std::size_t star_a = a.find('*'), star_b = b.find('*');
  if (star_a == a.npos && star_b == b.npos) return a == b;
  if (star_a == a.npos || star_b == b.npos) return false;  // the plain one is the more specific
  const auto begin_a = a.substr(0, star_a), begin_b = b.substr(0, star_b);
  const auto end_a = a.substr(star_a + 1), end_b = b.substr(star_b + 1);
  return (begin_a.starts_with(begin_b) || begin_b.starts_with(begin_a)) &&
         (end_a.ends_with(end_b) || end_b.ends_with(end_a));
}

bool may_both_have(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  return a && b ? may_both_fit(*a, *b) : !a && !b;  // who names more is the more specific
}

}  // namespace

bool is_pattern(const Match& match) {
  return has_star(match.dns) || has_star(match.uri);
}

bool fits_pattern(std::string_view name, std::string_view pattern, char separator) {
  const std::size_t star = pattern.find('*');
  if (star == pattern.npos) return name == pattern;
  const auto begin = pattern.substr(0, star), end = pattern.substr(star + 1);
  if (name.size() <= begin.size() + end.size() || !name.starts_with(begin) || !name.ends_with(end)) return false;
  const auto open = name.substr(begin.size(), name.size() - begin.size() - end.size());
  return open.find(separator) == open.npos && name.find('*') == name.npos;
}

std::string_view dns_place(std::string_view name) {
  const std::size_t dot = name.find('.');
  return dot == name.npos ? std::string_view() : name.substr(dot + 1);
}

std::string_view uri_place(std::string_view uri) {
  const std::size_t slash = uri.rfind('/');
  return slash == uri.npos ? std::string_view() : uri.substr(0, slash + 1);
}

std::string pattern_place(const Match& match) {
  return std::string(has_star(match.uri) ? uri_place(*match.uri) : dns_place(*match.dns));
}

bool may_both_match(const Match& a, const Match& b) {
  return may_both_have(a.dns, b.dns) && may_both_have(a.uri, b.uri) && !a.fingerprint && !b.fingerprint;
}

}  // namespace rms::connector
