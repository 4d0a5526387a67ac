// SPDX-License-Identifier: Apache-2.0
#include "connector/audit/outcome.h"

#include <algorithm>
#include <array>

#include "connector/audit/line.h"

namespace rms::connector {
namespace {

// As in the access log: a caller may send 64 KiB of path or User-Agent.
constexpr std::size_t kLongestValue = 512;

// What the authenticator's refusals:: call it.
constexpr std::string_view kTooManyTickets = "overloaded";

constexpr std::array kReasons{
    Reason{"allowed", "The caller is an entry of servers:, the operation is granted to it, and it got its answer.",
           "Nothing to cure."},
    // refused
    Reason{"not_authenticated", "The connection carried no identity.",
           "Give the server a certificate (or ticket) that the connector accepts."},
    Reason{"no_servers_configured", "servers: is empty, so everyone is refused.",
           "Add an entry for each server that may ask, and restart the connector."},
    Reason{"no_entry", "Who asked is authenticated, but no entry of servers: matches.",
           "Add an entry whose match: holds of this caller, or mend the one that should."},
    Reason{"ambiguous_entry", "Two entries match this caller equally well, so it is neither.",
           "Make one of the two match: more specific, or remove one."},
    Reason{"no_own_identity",
           "The entry gives each server an identity of its own (identity: own), but this caller's cannot be told.",
           "A ticket needs a PAC; a certificate needs exactly one DNS name that fits. Or set identity: shared."},
    Reason{"too_many_names", "The certificate has more than 100 DNS names and URIs, so none is looked at.",
           "Give the server a certificate with the names that it needs."},
    Reason{"operation_not_granted", "The entry is known, but the operation is not among its grants.operations.",
           "Add the operation to grants.operations of the entry, if it should have it."},
    Reason{"grants_over", "The entry is known, but its grants ended (grants.until).",
           "Set a later grants.until, if it should still have them, and restart the connector."},
    Reason{"certificate_revoked",
           "The certificate of a connection that was already open, or one of its chain, has been revoked since.",
           "Nothing, if that was meant; else give the server a new certificate."},
    Reason{"no_valid_crl",
           "Nobody can tell whether the certificate of an open connection is revoked: a CRL of its chain is missing or "
           "out of date.",
           "Put the current CRLs of all CAs of the chain into listen.client_crl."},
    Reason{"certificate_not_valid_now", "The certificate of an open connection has expired since.",
           "Give the server a new certificate."},
    Reason{"certificate_untrusted", "The certificate of an open connection is no longer trusted.",
           "Give the server a certificate that a CA of listen.client_ca has signed."},
    // malformed
    Reason{"bad_http", "The request is not HTTP as RFC 9112 has it.", "Look at the client or a proxy before us."},
    Reason{"no_such_page", "The path is none of the service's pages.",
           "Correct the URL that the server was given (its registry, or the tenant's locations)."},
    Reason{"method_not_allowed", "Neither GET, HEAD nor POST.", "Look at the client."},
    Reason{"timed_out", "Header or body did not arrive in time.",
           "Look at the network; raise limits.header_timeout or limits.body_timeout if it is slow."},
    Reason{"body_too_large", "The body is longer than limits.body_bytes.", "Raise limits.body_bytes if that is right."},
    Reason{"header_too_large", "The header is longer than limits.header_bytes.",
           "Raise limits.header_bytes if that is right."},
    Reason{"not_soap", "The body is neither text/xml nor application/soap+xml, or it is encoded.",
           "Look at the client."},
    Reason{"malformed_envelope", "The body is no request that this page knows; `outcome` says what was expected.",
           "Look at the client; `outcome` names the place."},
    // fault
    Reason{"service_refused", "The rights service decided: no. `outcome` is its exception by Microsoft's name.",
           "Rights are given by who protected the content, or by its template."},
    Reason{"service_refused_item",
           "The service refused an item of the request; `outcome` is the exception of the first such item.",
           "As service_refused, for that item."},
    // could not ask
    Reason{"unavailable", "No connection to the rights service.",
           "See /readyz and event 2100; check the network and cloud.endpoint."},
    Reason{"deadline_exceeded", "The service did not answer within limits.request_timeout.",
           "See how busy the service is; the server asks again by itself."},
    Reason{"overloaded", "Too many calls were waiting for the service, or it had no room.",
           "See rms_connector_requests_rejected_total; docs/admission.md says which limit to turn."},
    Reason{"cancelled", "The caller hung up, or the connector was stopping.", "Nothing; the server asks again."},
    Reason{"connector_not_accepted",
           "The rights service does not know this connector's certificate, or does not believe what it signed.",
           "Register it there: rms-cloudctl connector add. The log says if it is something else: clocks that differ."},
    Reason{"service_failed", "The service could not answer; its own log says why.",
           "Look at the log of rms-cloudd under the same correlation id."},
    Reason{"too_many_requests", "As many requests were in hand as limits.in_flight and limits.queue allow together.",
           "Raise limits.queue, or add connectors (docs/admission.md)."},
    Reason{"server_over_share", "This server had as many requests in hand as there were places left.",
           "Look at what it does (docs/admission.md); raise limits.queue, or add connectors."},
    Reason{"too_many_tickets", "More tickets came at one time than can be remembered against replay.",
           "Look who sends so many, or add connectors."},
    Reason{"internal_error", "An exception that nobody foresaw; event 3000 in the log has it.", "Report it."},
};

Outcome malformed(std::string_view reason) {
  return {Conclusion::malformed, reason};
}
Outcome could_not_ask(std::string_view reason) {
  return {Conclusion::could_not_ask, reason};
}

Outcome not_asked(const AccessRecord& record) {
  if (!record.decision)
    return could_not_ask(record.outcome == kTooManyTickets ? "too_many_tickets"
                         : record.outcome == kOverShare    ? "server_over_share"
                                                           : "too_many_requests");
  for (const Errc code : {Errc::unavailable, Errc::deadline_exceeded, Errc::overloaded, Errc::cancelled})
    if (record.outcome == make_error_code(code).message())
      return could_not_ask(code == Errc::unavailable         ? "unavailable"
                           : code == Errc::deadline_exceeded ? "deadline_exceeded"
                           : code == Errc::overloaded        ? "overloaded"
                                                             : "cancelled");
  return could_not_ask(record.outcome == make_error_code(Errc::denied).message() ? "connector_not_accepted"
                                                                                 : "service_failed");
}

Outcome failed(const AccessRecord& record) {
  if (record.upstream) return {Conclusion::fault, "service_refused"};
  return record.outcome == kInternalError ? could_not_ask("internal_error") : malformed("malformed_envelope");
}

}  // namespace

std::string_view to_string(Conclusion conclusion) {
  switch (conclusion) {
    case Conclusion::allowed:
      return "allowed";
    case Conclusion::refused:
      return "refused";
    case Conclusion::malformed:
      return "malformed";
    case Conclusion::fault:
      return "fault";
    case Conclusion::could_not_ask:
      return "could_not_ask";
  }
  return "could_not_ask";
}

Outcome outcome_of(const AccessRecord& record) {
  if (record.decision && !record.decision->allowed()) return {Conclusion::refused, record.decision->reason};
  switch (record.status) {
    case 200:
      if (record.outcome.empty()) return {Conclusion::allowed, "allowed"};
      return {Conclusion::fault, "service_refused_item"};
    case 401:
      // A token that was refused says why, by a code of the authenticator's.
      return {Conclusion::refused, record.outcome.empty() ? "not_authenticated" : record.outcome};
    case 403:
      // No decision of the authorizer's: the connection's certificate counts no longer.
      return {Conclusion::refused, record.outcome.empty() ? "certificate_untrusted" : record.outcome};
    case 404:
      return malformed("no_such_page");
    case 405:
      return malformed("method_not_allowed");
    case 408:
      return malformed("timed_out");
    case 413:
      return malformed("body_too_large");
    case 415:
      return malformed("not_soap");
    case 431:
      return malformed("header_too_large");
    case 500:
      return failed(record);
    case 503:
      return not_asked(record);
    default:
      return malformed("bad_http");
  }
}

std::string decision_members(const AccessRecord& record, WallTime time, std::string_view connector) {
  const Outcome outcome = outcome_of(record);
  JournalMembers line(time, "decision");
  const auto cut = [](std::string_view value) { return value.substr(0, kLongestValue); };
  line.add("result", to_string(outcome.conclusion)).add("reason", outcome.reason);
  line.add("correlation_id", cut(record.correlation_id)).add("request_id", record.request_id);
  line.add("connector", connector).add("peer", record.peer);
  if (!record.tls) line.add("scheme", "http");
  if (const Principal* who = record.principal) {
    line.add("principal", cut(name_of(record))).add("mechanism", who->mechanism);
    if (who->certificate) line.add("certificate", who->certificate->fingerprint);
    if (who->windows) line.add("account", cut(who->windows->account)).add("sid", cut(who->windows->sid));
  }
  if (record.decision && record.decision->entry != nullptr)
    line.add("entry", record.decision->entry->name).add("role", to_string(record.decision->entry->role));
  line.add("method", cut(record.method)).add("path", cut(record.path)).add("operation", record.operation);
  line.add("user_agent", cut(record.user_agent)).add("status", static_cast<std::uint64_t>(record.status));
  line.add("outcome", cut(record.outcome)).add("detail", cut(record.refusal_detail));
  line.add("missing_grant", cut(record.missing_grant));
  if (record.opened_any > 0) line.add("opened_any", record.opened_any);
  line.add("bytes_in", record.bytes_in).add("bytes_out", record.bytes_out);
  const auto microseconds = [](std::chrono::microseconds spent) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, spent.count()));
  };
  line.add("total_us", microseconds(record.total));
  if (record.upstream) line.add("upstream_us", microseconds(*record.upstream));
  return line.take();
}

std::span<const Reason> reasons() {
  return kReasons;
}

const Reason* find_reason(std::string_view code) {
  const auto found = std::ranges::find(kReasons, code, &Reason::code);
  return found == kReasons.end() ? nullptr : &*found;
}

}  // namespace rms::connector
