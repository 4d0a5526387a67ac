// SPDX-License-Identifier: Apache-2.0
#include "ctl/lookup/command.h"

#include <atomic>
#include <exception>
#include <future>
#include <memory>
#include <thread>

#include "base/text.h"
#include "base/utf8.h"
#include "base/what.h"
#include "ctl/lookup/ldap_directory.h"
#include "ctl/lookup/lookup.h"
#include "ctl/lookup/report.h"
#include "ctl/lookup/ticket.h"

namespace rms::ctl {
namespace {

constexpr std::size_t kMostNames = 100;

struct Findings {
  std::string where;
  Domain domain;
  std::vector<Answer> answers;
};

// What is being waited for; literals only.
using Stage = std::atomic<const char*>;

Result<std::unique_ptr<Directory>> connect_any(const LookupOptions& options, const OwnTicket& ticket, Stage& stage) {
  LdapSettings settings{options.server, options.ca, options.timeout};
  std::vector<std::string> servers{options.server};
  if (options.server.empty()) {
    stage = "DNS was asked for the domain's controllers";
    RMS_TRY(servers, find_controllers(to_lower(options.domain.empty() ? ticket.realm : options.domain)));
  }
  stage = "a controller was to take the ticket";
  for (std::size_t i = 0;; ++i) {
    settings.server = servers[i];
    auto connected = connect_directory(settings);
    if (connected || connected.error() != Errc::unavailable || i + 1 == servers.size()) return connected;
  }
}

Result<Findings> find(const LookupOptions& options, Stage& stage) {
  std::vector<SearchedName> names;
  for (const std::string& written : options.names) {
    RMS_TRY(auto name, parse_name(written));
    names.push_back(std::move(name));
  }
  RMS_TRY(const auto ticket, own_ticket(SystemClock().wall()));
  RMS_TRY(const auto directory, connect_any(options, ticket, stage));
  stage = "the controller was searching";
  Findings findings{directory->where(), {}, {}};
  RMS_TRY(findings.domain, read_domain(*directory));
  for (const SearchedName& name : names) {
    RMS_TRY(auto answer, look_up(*directory, findings.domain, name));
    findings.answers.push_back(std::move(answer));
  }
  return findings;
}

// The libraries below wait in ways that they cannot be called back from: so they do it on a thread of their own, which
// is left behind when the time is over.
Result<Findings> find_in_time(const LookupOptions& options) {
  struct Work {
    LookupOptions options;
    Stage stage{"the ticket was read"};
    std::promise<Result<Findings>> done;
  };
  const auto work = std::make_shared<Work>();
  work->options = options;
  auto done = work->done.get_future();
  std::thread([work] {
    try {
      work->done.set_value(find(work->options, work->stage));
    } catch (...) {
      work->done.set_exception(std::current_exception());
    }
  }).detach();
  if (done.wait_for(options.timeout) == std::future_status::ready) return done.get();
  return Error(Errc::deadline_exceeded, "not done within " + std::to_string(options.timeout.count()) + " s, while " +
                                            work->stage.load() + "; --timeout allows more");
}

}  // namespace

Result<void> check_lookup(const LookupOptions& options) {
  if (options.names.size() > kMostNames)
    return Error(Errc::invalid_setting, "more than " + std::to_string(kMostNames) + " names");
  if (options.server.empty()) {
    if (!options.ca.empty()) return Error(Errc::invalid_setting, "--ca is for --server ldaps://...");
    return {};
  }
  RMS_CHECK(check_server(options.server));
  const bool tls = options.server.starts_with("ldaps://");
  if (tls && options.ca.empty())
    return Error(Errc::invalid_setting, "ldaps:// needs --ca FILE: who signed the controller's certificate");
  if (!tls && !options.ca.empty())
    return Error(Errc::invalid_setting, "--ca is for ldaps://; over ldap:// the ticket proves who the controller is");
  return {};
}

Result<bool> run_lookup(const LookupOptions& options, std::ostream& out, std::ostream& problems) {
  RMS_TRY(const auto findings, find_in_time(options));
  bool each_is_one = true;
  bool first = true;
  for (const Answer& answer : findings.answers) {
    if (!options.json && !answer.accounts.empty()) {
      out << (first ? "" : "\n") << text_report(answer, findings.domain);
      first = false;
    }
    const auto problem = problem_of(answer, findings.domain, findings.where);
    if (problem.empty()) continue;
    each_is_one = false;
    if (!options.json) problems << "rms-connectorctl: " << problem << "\n";
  }
  if (options.json) out << json_report(findings.answers, findings.domain, findings.where);
  return each_is_one;
}

}  // namespace rms::ctl
