// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "connector/settings/difference.h"

namespace rms::connector {
namespace {

using Names = std::vector<std::string>;

std::string date(WallTime time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S} UTC", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string joined(const Names& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

Names setting_names(const std::set<soap::Operation>& operations) {
  Names names;
  for (const soap::Operation each : operations) names.emplace_back(soap::setting_name(each));
  return names;
}

template <class Set>
Set without(const Set& all, const Set& those) {
  Set left;
  for (const auto& each : all)
    if (std::ranges::find(those, each) == those.end()) left.insert(left.end(), each);
  return left;
}

// "dns exchange.contoso.test and issuer 4e07..."
std::string words(const Match& match) {
  Names parts;
  const auto add = [&](std::string_view name, const std::optional<std::string>& value) {
    if (value) parts.push_back(fmt::format("{} {}", name, *value));
  };
  add("dns", match.dns);
  add("uri", match.uri);
  add("issuer", match.issuer);
  add("fingerprint", match.fingerprint);
  add("account", match.account);
  add("sid", match.sid);
  add("group_sid", match.group_sid);
  return fmt::format("{}", fmt::join(parts, " and "));
}

std::string words(const OpenAny& open_any) {
  return fmt::format("until {}: {}", date(open_any.until), open_any.reason);
}

// One server's part.
class Comparison {
 public:
  Comparison(const ServerEntry& from, const ServerEntry& to, Difference& found) : from_(from), to_(to), found_(found) {}

  void run() {
    if (from_.name != to_.name) say(fmt::format("{} is called {} now", from_.name, to_.name));
    if (from_.role != to_.role)
      say(fmt::format("{} has the role {} now (was {})", to_.name, to_string(to_.role), to_string(from_.role)));
    recognition();
    account();
    operations();
    names("templates", from_.scope.templates, to_.scope.templates, "may get licences of content of");
    names("owners", from_.scope.owners, to_.scope.owners, "may get licences of content of the owners");
    names("recipients", from_.scope.recipients, to_.scope.recipients, "may fetch licences for the recipients");
    end();
    open_any();
  }

 private:
  void say(std::string text, bool loud = false) {
    found_.changes.push_back({ChangeKind::server, std::move(text), loud});
  }
  void loses(std::string text, bool loud = false) {
    found_.losers.insert(from_.name);
    say(std::move(text), loud);
  }

  void recognition() {
    if (from_.match == to_.match) return;
    found_.recognized_otherwise.insert(from_.name);
    Match rest_before = from_.match, rest_after = to_.match;
    rest_before.fingerprint = rest_after.fingerprint = std::nullopt;
    if (rest_before == rest_after && from_.match.fingerprint && to_.match.fingerprint)
      return say(fmt::format("{} is recognized by another fingerprint: {} (was {})", to_.name, *to_.match.fingerprint,
                             *from_.match.fingerprint));
    say(fmt::format("{} is recognized by {} (was by {})", to_.name, words(to_.match), words(from_.match)));
  }

  void account() {
    if (from_.identity != to_.identity)
      say(fmt::format("{}: {} (was {})", to_.name,
                      to_.identity == IdentityOf::server ? "each of its servers is an account of its own at the service"
                                                         : "its servers are one account at the service",
                      to_.identity == IdentityOf::server ? "one for all" : "one each"));
    if (from_.mail == to_.mail && from_.sid == to_.sid) return;
    const auto who = [](const ServerEntry& entry) {
      return entry.sid.empty() ? entry.mail : entry.mail + " " + entry.sid;
    };
    say(fmt::format("{} is another account at the service: {} (was {})", to_.name, who(to_), who(from_)));
  }

  void operations() {
    const auto gained = without(to_.operations, from_.operations), lost = without(from_.operations, to_.operations);
    if (!gained.empty()) say(fmt::format("{} may now also {}", to_.name, joined(setting_names(gained))));
    if (!lost.empty()) loses(fmt::format("{} may no longer {}", to_.name, joined(setting_names(lost))));
  }

  void names(std::string_view what, const std::optional<Names>& before, const std::optional<Names>& after,
             std::string_view may) {
    if (before == after) return;
    if (!before) return loses(fmt::format("{} {} {} only (was all)", to_.name, may, or_none(*after)));
    if (!after) return say(fmt::format("{} gains all {} (was {} only)", to_.name, what, or_none(*before)));
    const Names gained = without(*after, *before), lost = without(*before, *after);
    if (!gained.empty()) say(fmt::format("{} gains {} {}", to_.name, what, joined(gained)));
    if (!lost.empty()) loses(fmt::format("{} loses {} {}", to_.name, what, joined(lost)));
  }
  static std::string or_none(const Names& list) { return list.empty() ? "none" : joined(list); }

  void end() {
    const auto &before = from_.scope.until, &after = to_.scope.until;
    if (before == after) return;
    const std::string was = before ? fmt::format("was until {}", date(*before)) : "had no end";
    const std::string text = after ? fmt::format("{} may do what it may until {} ({})", to_.name, date(*after), was)
                                   : fmt::format("{} may do what it may without an end ({})", to_.name, was);
    if (after && (!before || *after < *before))
      loses(text);
    else
      say(text);
  }

  void open_any() {
    const auto &before = from_.scope.open_any, &after = to_.scope.open_any;
    if (before == after) return;
    if (!before)
      return say(fmt::format("{} may now open what it was granted no right to, {}", to_.name, words(*after)), true);
    if (!after)
      return loses(
          fmt::format("{} may no longer open what it was granted no right to (was {})", to_.name, words(*before)),
          true);
    const std::string text = fmt::format("{} may open what it was granted no right to, {} (was {})", to_.name,
                                         words(*after), words(*before));
    if (after->until < before->until)
      loses(text, true);
    else
      say(text, true);
  }

  const ServerEntry& from_;
  const ServerEntry& to_;
  Difference& found_;
};

void add(const ServerEntry& entry, Difference& found) {
  const auto say = [&](std::string text, bool loud = false) {
    found.changes.push_back({ChangeKind::server, std::move(text), loud});
  };
  say(fmt::format("{} is added: {}, recognized by {}, as {}", entry.name, to_string(entry.role), words(entry.match),
                  entry.sid.empty() ? entry.mail : entry.mail + " " + entry.sid));
  say(fmt::format("{} may {}{}", entry.name, joined(setting_names(entry.operations)),
                  entry.scope.until ? fmt::format(", until {}", date(*entry.scope.until)) : ""));
  const auto only = [&](std::string_view what, const std::optional<Names>& names) {
    if (names) say(fmt::format("{}: only {} {}", entry.name, what, names->empty() ? "none" : joined(*names)));
  };
  only("templates", entry.scope.templates);
  only("owners", entry.scope.owners);
  only("recipients", entry.scope.recipients);
  if (entry.scope.open_any)
    say(fmt::format("{} may open what it was granted no right to, {}", entry.name, words(*entry.scope.open_any)), true);
}

}  // namespace

void compare_servers(const Settings& from, const Settings& to, Difference& found) {
  std::map<std::string_view, const ServerEntry*> before, after;
  for (const ServerEntry& entry : from.servers) before[entry.name] = &entry;
  for (const ServerEntry& entry : to.servers) after[entry.name] = &entry;

  // Another name for what is recognized by the same is no other server. Matches of one file differ.
  std::map<std::string, const ServerEntry*> nameless;
  for (const auto& [name, entry] : before)
    if (!after.contains(name)) nameless[words(entry->match)] = entry;
  for (const ServerEntry& entry : to.servers) {
    const ServerEntry* was = nullptr;
    if (const auto same = before.find(entry.name); same != before.end()) {
      was = same->second;
    } else if (const auto renamed = nameless.find(words(entry.match)); renamed != nameless.end()) {
      was = renamed->second;
      nameless.erase(renamed);
    }
    if (was == nullptr)
      add(entry, found);
    else
      Comparison(*was, entry, found).run();
  }
  for (const ServerEntry& entry : from.servers) {
    const auto left = nameless.find(words(entry.match));
    if (left == nameless.end() || left->second != &entry) continue;
    found.losers.insert(entry.name);
    found.gone.insert(entry.name);
    found.changes.push_back({ChangeKind::server, fmt::format("{} is removed: it loses everything", entry.name), true});
  }
  if (to.servers.empty() && !from.servers.empty())
    found.changes.push_back({ChangeKind::server, "no server is left: everybody is refused", true});
}

}  // namespace rms::connector
