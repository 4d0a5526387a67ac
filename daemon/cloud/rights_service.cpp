// SPDX-License-Identifier: Apache-2.0
#include "cloud/rights_service.h"

#include "base/guid.h"
#include "cloud/certification/certify.h"
#include "cloud/licensing/acquire.h"
#include "cloud/publishing/client_licensor.h"

namespace rms::cloud {
namespace {

// Nothing that a caller says of itself takes more room in the log than this.
constexpr std::size_t kMaxFieldBytes = 512;

std::string clip(std::string_view text) {
  return std::string(text.substr(0, kMaxFieldBytes));
}

std::string result_of(const Unfulfilled& why) {
  if (const auto* error = why.error()) return "NotAnswered: " + error->code.message();
  const auto& name = why.fault()->exception;
  return name.substr(name.rfind('.') + 1);  // npos + 1 is 0
}

void add_facts(UsageRow& row, const LabelFacts& facts) {
  row.content_id = clip(facts.content_id);
  row.owner_email = clip(facts.owner_email);
  row.issuer = clip(facts.issuer);
  row.file_name = clip(facts.file_name);
  row.date_published = facts.date_published;
}

}  // namespace

UsageRow RightsService::row(const Asked& asked, std::string_view request_type) const {
  UsageRow row;
  row.time = clock_.wall();
  row.row_id = new_guid();
  row.request_type = request_type;
  row.user_id = clip(asked.caller.mail);
  row.result = "Success";
  row.correlation_id = clip(asked.correlation_id);
  row.c_info = clip(asked.user_agent);
  row.c_ip = clip(asked.client_address);
  row.connector = asked.connector.name;
  row.entry = clip(asked.caller.entry);
  row.role = clip(asked.caller.role);
  row.principal = clip(asked.caller.principal);
  row.mechanism = clip(asked.caller.mechanism);
  return row;
}

Result<void> RightsService::record(const Asked& asked, std::span<const UsageRow> rows) {
  auto written = usage_.append_usage(asked.connector.tenant, rows);
  if (written) return {};
  log_.error("an answer is withheld because the usage log cannot be written",
             {{"error", written.error().to_string()}, {"correlation_id", asked.correlation_id}});
  return Error(Errc::unavailable, "the usage log cannot be written");
}

Outcome<soap::Chain> RightsService::certify(const Asked& asked, const soap::CertifyRequest& request,
                                            bool on_server_page) {
  const auto answer = [&]() -> Outcome<soap::Chain> {
    RMS_TRY(const auto* tenant, tenants_.find(asked.connector.tenant));
    RMS_TRY(const auto person, directory_.person_of_caller(tenant->guid(), asked.caller));
    return cloud::certify(*tenant, account_keys_, person.account, request, clock_.wall());
  }();
  auto logged = row(asked, on_server_page ? "ServerCertify" : "Certify");
  if (!answer) logged.result = result_of(answer.error());
  RMS_CHECK(record(asked, {&logged, 1}));
  return answer;
}

Outcome<std::vector<soap::Chain>> RightsService::get_client_licensor_cert(
    const Asked& asked, const soap::GetClientLicensorCertRequest& request) {
  std::vector<UsageRow> rows;
  const auto answer = [&]() -> Outcome<std::vector<soap::Chain>> {
    RMS_TRY(const auto* tenant, tenants_.find(asked.connector.tenant));
    RMS_TRY(const auto asking, directory_.person_of_caller(tenant->guid(), asked.caller));
    std::vector<soap::Chain> chains;
    for (const auto& persona : request.persona_chains) {
      RMS_TRY(auto chain, client_licensor_certificate(*tenant, persona, asking.account, clock_.wall()));
      rows.push_back(row(asked, "GetClientLicensorCert"));
      chains.push_back(std::move(chain));
    }
    return chains;
  }();
  if (!answer) {
    // One refusal refuses the whole: nothing was given out.
    rows.assign(1, row(asked, "GetClientLicensorCert"));
    rows.back().result = result_of(answer.error());
  }
  RMS_CHECK(record(asked, rows));
  return answer;
}

Outcome<std::vector<soap::AcquireLicenseAnswer>> RightsService::acquire_license(
    const Asked& asked, const soap::AcquireLicenseRequest& request, const std::function<bool()>& abandoned) {
  std::vector<UsageRow> rows;
  const auto answer = [&]() -> Outcome<std::vector<soap::AcquireLicenseAnswer>> {
    RMS_TRY(const auto* tenant, tenants_.find(asked.connector.tenant));
    RMS_TRY(const auto asking, directory_.person_of_caller(tenant->guid(), asked.caller));
    LicenseBatch batch(*tenant, asking, clock_.wall());
    std::vector<soap::AcquireLicenseAnswer> answers;
    for (const auto& item : request.items) {
      if (abandoned()) return Error(Errc::cancelled, "nobody waits for the answer any more");
      auto outcome = batch.acquire(item);
      rows.push_back(row(asked, "AcquireLicense"));
      add_facts(rows.back(), batch.facts());
      if (outcome) {
        answers.emplace_back(*std::move(outcome));
        continue;
      }
      const Unfulfilled why = outcome.error();
      rows.back().result = result_of(why);
      // What we could not decide for one item we do not decide for the request: the caller asks again.
      if (why.error()) return why;
      answers.emplace_back(*why.fault());
    }
    return answers;
  }();
  if (!answer && rows.empty()) {
    rows.push_back(row(asked, "AcquireLicense"));
    rows.back().result = result_of(answer.error());
  }
  RMS_CHECK(record(asked, rows));
  return answer;
}

}  // namespace rms::cloud
