// SPDX-License-Identifier: Apache-2.0
#include "ctl/lookup/report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/utf8.h"

namespace rms::ctl {
namespace {

std::string_view to_string(AccountKind kind) {
  switch (kind) {
    case AccountKind::computer:
      return "computer";
    case AccountKind::user:
      return "user";
    case AccountKind::managed:
      return "managed service account";
    case AccountKind::group_managed:
      return "group managed service account";
    case AccountKind::group:
      return "group";
    case AccountKind::foreign:
      return "account of another domain";
    case AccountKind::other:
      break;
  }
  return "entry of another kind";
}

// "a computer", "a group (security, global)"
std::string what_it_is(const Account& account) {
  std::string text(to_string(account.kind));
  text.insert(0, account.kind == AccountKind::foreign || account.kind == AccountKind::other ? "an " : "a ");
  if (account.is_group() && !account.scope.empty()) text += " (" + account.scope + ")";
  if (account.disabled) text += ", disabled";
  return text;
}

// As tickets and settings write it.
std::string principal_of(const Account& account, const Domain& domain) {
  return account.name + "@" + to_upper(domain.names.dns);
}
std::string down_level_of(const Account& account, const Domain& domain) {
  return domain.names.netbios + "\\" + account.name;
}

bool is_of(const Account& account, const Domain& domain) {
  return account.sid.starts_with(domain.sid + "-");
}

class Lines {
 public:
  // A label once, then what belongs to it in lines of their own.
  void add(std::string_view label, std::string_view value) {
    text_ += fmt::format("  {:<10} {}\n", label == last_ ? "" : label, value);
    last_ = label;
  }
  void heading(std::string_view text) {
    text_ += fmt::format("{}\n", text);
    last_.clear();
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string last_;
};

void describe(Lines& lines, const Account& account, const Domain& domain) {
  lines.heading(printable_utf8(account.name) + " is " + what_it_is(account));
  if (!account.is_group() && is_of(account, domain)) {
    lines.add("account", printable_utf8(principal_of(account, domain)));
    lines.add("account", printable_utf8(down_level_of(account, domain)));
  }
  if (!account.mail.empty()) lines.add("mail", printable_utf8(account.mail));
  lines.add("SID", account.sid);
  lines.add("place", printable_utf8(account.dn));
  std::size_t width = 0;
  for (const GroupName& group : account.groups) width = std::max(width, group.sid.size());
  for (const GroupName& group : account.groups)
    lines.add("in groups",
              group.name.empty() ? group.sid : fmt::format("{:<{}}  {}", group.sid, width, printable_utf8(group.name)));
  if (account.more_groups) lines.add("in groups", fmt::format("and more than these {}", account.groups.size()));
  if (const auto match = match_line(account); !match.empty()) {
    lines.add("settings", match);
    if (is_of(account, domain)) lines.add("settings", "trusted_domains: [" + domain.sid + "]");
  } else {
    lines.add("settings", "none: tickets do not name this group");
  }
}

nlohmann::json json_of(const Account& account, const Domain& domain) {
  auto groups = nlohmann::json::array();
  for (const GroupName& group : account.groups) groups.push_back({{"sid", group.sid}, {"name", group.name}});
  nlohmann::json made{{"kind", to_string(account.kind)},
                      {"name", account.name},
                      {"sid", account.sid},
                      {"dn", account.dn},
                      {"disabled", account.disabled},
                      {"groups", std::move(groups)},
                      {"more_groups", account.more_groups}};
  if (!account.mail.empty()) made["mail"] = account.mail;
  if (!account.scope.empty()) made["scope"] = account.scope;
  if (!account.is_group() && is_of(account, domain))
    made["accounts"] = {principal_of(account, domain), down_level_of(account, domain)};
  if (account.in_tickets) made["match"] = {{account.is_group() ? "group_sid" : "sid", account.sid}};
  return made;
}

}  // namespace

std::string match_line(const Account& account) {
  if (!account.in_tickets) return {};
  return fmt::format("match: {{{}: {}}}", account.is_group() ? "group_sid" : "sid", account.sid);
}

std::string problem_of(const Answer& answer, const Domain& domain, std::string_view where) {
  using Form = SearchedName::Form;
  const auto name = printable_utf8(answer.name.written);
  if (answer.accounts.size() == 1 && !answer.more) return {};
  if (answer.accounts.size() > 1 || answer.more)
    return fmt::format("{}: ambiguous, {}{} have that name; give the SID, or the whole name of one", name,
                       answer.more ? "more than " : "", answer.accounts.size());
  const auto here = fmt::format("{} ({}) at {}", printable_utf8(to_upper(domain.names.dns)),
                                printable_utf8(domain.names.netbios), where);
  if (answer.name.form == Form::down_level && names_another_domain(answer.name, domain.names))
    return fmt::format("{}: is of another domain than {}; name that one with --domain or --server", name, here);
  const auto as = answer.name.form == Form::sid          ? "SID"
                  : answer.name.form == Form::principal  ? "account, user principal name or mail address"
                  : answer.name.account.ends_with('$')   ? "account name"
                  : answer.name.form == Form::down_level ? "account name (with and without $)"
                                                         : "account name (with and without $) or common name";
  return fmt::format("{}: not found; searched as {} in all of {}", name, as, here);
}

std::string text_report(const Answer& answer, const Domain& domain) {
  Lines lines;
  for (const Account& account : answer.accounts) describe(lines, account, domain);
  return lines.take();
}

std::string json_report(std::span<const Answer> answers, const Domain& domain, std::string_view where) {
  auto names = nlohmann::json::array();
  for (const Answer& answer : answers) {
    nlohmann::json one{{"name", answer.name.written}, {"found", nlohmann::json::array()}, {"more", answer.more}};
    for (const Account& account : answer.accounts) one["found"].push_back(json_of(account, domain));
    if (const auto problem = problem_of(answer, domain, where); !problem.empty()) one["problem"] = problem;
    names.push_back(std::move(one));
  }
  const nlohmann::json all{
      {"server", where},
      {"domain", {{"dns", domain.names.dns}, {"netbios", domain.names.netbios}, {"sid", domain.sid}}},
      {"names", std::move(names)}};
  return all.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace rms::ctl
