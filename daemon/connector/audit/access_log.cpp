// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/access_log.h"

#include <vector>

namespace rms::connector {
namespace {

// A caller may send 64 KiB of path or User-Agent; a log line is for reading.
constexpr std::size_t kLongestValue = 512;

// One field a known fact: what is not known is not written, so that nobody takes a default for an answer.
std::vector<Field> fields_of(const AccessRecord& record) {
  std::vector<Field> fields;
  fields.reserve(25);
  const auto known = [&](std::string_view name, std::string_view value) {
    if (!value.empty()) fields.emplace_back(name, value.substr(0, kLongestValue));
  };
  known("correlation_id", record.correlation_id);
  known("request_id", record.request_id);
  known("peer", record.peer);
  if (!record.tls) known("scheme", "http");
  if (record.principal != nullptr) {
    known("principal", name_of(record));
    known("mechanism", record.principal->mechanism);
    // Names can be shared; this says which certificate it was.
    if (record.principal->windows) {
      known("account", record.principal->windows->account);
      known("sid", record.principal->windows->sid);
    }
    if (record.principal->certificate) known("certificate", record.principal->certificate->fingerprint);
  }
  if (record.decision) {
    if (record.decision->entry != nullptr) {
      known("entry", record.decision->entry->name);
      known("role", to_string(record.decision->entry->role));
    }
    if (!record.decision->allowed()) known("reason", record.decision->reason);
  }
  known("method", record.method);
  known("path", record.path);
  known("operation", record.operation);
  known("user_agent", record.user_agent);
  fields.emplace_back("status", record.status);
  known("outcome", record.outcome);
  known("detail", record.refusal_detail);
  known("missing_grant", record.missing_grant);
  if (record.opened_any > 0) fields.emplace_back("opened_any", record.opened_any);
  fields.emplace_back("bytes_in", record.bytes_in);
  fields.emplace_back("bytes_out", record.bytes_out);
  fields.emplace_back("total_us", record.total.count());
  if (record.upstream) fields.emplace_back("upstream_us", record.upstream->count());
  return fields;
}

// Who asked is nobody. 503 is no denial: nobody could tell.
bool is_nobody(const AccessRecord& record) {
  return record.withdrawn || (!record.refusal_detail.empty() && record.status == 401);
}

}  // namespace

std::string_view name_of(const AccessRecord& record) {
  if (record.principal == nullptr) return {};
  return record.name.empty() ? record.principal->name : record.name;
}

void AccessLog::request(const AccessRecord& record) {
  const bool refused = record.decision && !record.decision->allowed(), nobody = is_nobody(record);
  if (record.decision && record.decision->allowed()) greet(*record.decision->entry, record);
  if (record.principal != nullptr && !nobody) watch_transport(record);

  // Nobody opens what he was not granted without being seen.
  const bool odd = refused || nobody || !record.refusal_detail.empty() || record.opened_any > 0;
  const Level level = odd ? Level::warning : Level::info;
  if (!log_.enabled(level)) return;
  const auto fields = fields_of(record);
  if (nobody)
    log_.write(level, Event::unauthenticated,
               record.withdrawn ? "a request by a certificate that counts no longer was refused"
                                : "a request by a token that is not good was refused",
               fields);
  else if (refused)
    log_.write(level, Event::unauthorized, "an unauthorized request was refused", fields);
  else
    log_.write(level, Event::none, "request", fields);
}

void AccessLog::greet(const ServerEntry& entry, const AccessRecord& record) {
  if (!seen_.insert(entry.name).second) return;
  log_.event(
      Level::info, Event::first_access, "an authorized server was allowed for the first time",
      {{"entry", entry.name},
       {"role", to_string(entry.role)},
       {"mail", entry.mail},
       {"sid", entry.sid},
       {"principal", name_of(record)},
       {"account", record.principal != nullptr && record.principal->windows ? record.principal->windows->account : ""},
       {"peer", record.peer}});
}

void AccessLog::watch_transport(const AccessRecord& record) {
  const auto& windows = record.principal->windows;
  const auto tell = [&](Level level, Event event, std::string_view message) {
    log_.event(level, event, message,
               {{"principal", name_of(record)},
                {"account", windows ? windows->account : ""},
                {"sid", windows ? windows->sid : ""},
                {"peer", record.peer},
                {"correlation_id", record.correlation_id}});
  };
  switch (transports_.saw(record.principal->name, record.tls)) {
    case TransportMemory::News::none:
      return;
    case TransportMemory::News::plain_http:
      return tell(Level::warning, Event::plain_http, "an account uses plain HTTP");
    case TransportMemory::News::secured:
      return tell(Level::info, Event::client_secured, "an account that used plain HTTP has moved to HTTPS");
  }
}

void AccessLog::list_loaded(const Settings& settings) {
  std::set<std::string, std::less<>> still_here;
  for (const ServerEntry& entry : settings.servers) {
    log_.debug("authorized server", {{"entry", entry.name}, {"role", to_string(entry.role)}, {"mail", entry.mail}});
    if (seen_.contains(entry.name)) still_here.insert(entry.name);
  }
  seen_ = std::move(still_here);

  if (settings.servers.empty())
    log_.event(Level::warning, Event::empty_list, "no server is authorized: every request will be refused",
               {{"file", settings.file.string()}});
  else
    log_.event(Level::info, Event::list_loaded, "the list of authorized servers was loaded",
               {{"servers", settings.servers.size()}, {"file", settings.file.string()}});
}

}  // namespace rms::connector
