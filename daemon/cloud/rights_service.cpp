// SPDX-License-Identifier: Apache-2.0
#include "cloud/rights_service.h"

#include <type_traits>

#include "base/guid.h"
#include "cloud/certification/certify.h"
#include "cloud/certification/precertify.h"
#include "cloud/licensing/acquire.h"
#include "cloud/licensing/granted.h"
#include "cloud/licensing/pre_license.h"
#include "cloud/publishing/client_licensor.h"
#include "cloud/publishing/issuance.h"
#include "cloud/server/locations.h"
#include "cloud/server/server_info.h"
#include "cloud/templates/templates.h"

namespace rms::cloud {
namespace {

using soap::Operation;

constexpr std::string_view kSuccess = "Success";

std::string clip(std::string_view text) {
  return std::string(text.substr(0, kMaxUsageFieldBytes));
}

std::string result_of(const Unfulfilled& why) {
  if (const auto* error = why.error()) return "NotAnswered: " + error->code.message();
  const auto& name = why.fault()->exception;
  return name.substr(name.rfind('.') + 1);  // npos + 1 is 0
}

void add_refusal(UsageRow& row, const Unfulfilled& why) {
  row.result = result_of(why);
  row.missing_grant = why.fault() ? why.fault()->missing_grant : "";
}

void add_facts(UsageRow& row, const LabelFacts& facts) {
  row.content_id = clip(facts.content_id);
  row.owner_email = clip(facts.owner_email);
  row.issuer = clip(facts.issuer);
  row.template_id = clip(facts.template_id);
  row.file_name = clip(facts.file_name);
  row.date_published = facts.date_published;
}

std::size_t bytes_of(const std::string& license) {
  return license.size();
}
std::size_t bytes_of(const soap::Chain& chain) {
  std::size_t bytes = 0;
  for (const auto& document : chain) bytes += document.size();
  return bytes;
}

// The answers to the items of one request, each noted in its row.
template <class Answer>
class Answers {
 public:
  // Whether there is room for one more. A small request may ask for much: each licence copies what its publishing
  // licence holds.
  bool have_room() const { return bytes_ < RightsService::kMaxAnswerBytes; }

  // What we could not decide for one item we do not decide for the request: that is the Error, and the caller asks
  // again.
  template <class Value>
  Outcome<void> add(Outcome<Value> outcome, UsageRow& row) {
    if (outcome) {
      bytes_ += bytes_of(*outcome);
      answers_.emplace_back(*std::move(outcome));
      return {};
    }
    const Unfulfilled why = outcome.error();
    add_refusal(row, why);
    if (why.error()) return why;
    answers_.emplace_back(*why.fault());
    return {};
  }

  std::vector<Answer> take() && { return std::move(answers_); }

 private:
  std::vector<Answer> answers_;
  std::size_t bytes_ = 0;
};

soap::Fault no_room() {
  return {std::string(soap::exceptions::kUnspecifiedError),
          "The answer has become too large: ask for fewer licenses at a time."};
}

Error nobody_waits() {
  return {Errc::cancelled, "nobody waits for the answer any more"};
}

}  // namespace

UsageRow RightsService::row(const Asked& asked, std::string_view request_type) const {
  UsageRow row;
  row.time = clock_.wall();
  row.row_id = new_guid();
  row.request_type = request_type;
  row.user_id = clip(asked.caller.mail);
  row.result = kSuccess;
  row.correlation_id = clip(asked.correlation_id);
  row.c_info = clip(asked.user_agent);
  row.c_ip = clip(asked.client_address);
  row.connector = asked.connector.name;
  row.entry = clip(asked.caller.entry);
  row.role = clip(asked.caller.role);
  row.principal = clip(asked.caller.principal);
  row.mechanism = clip(asked.caller.mechanism);
  if (asked.attribution) row.attribution = asked.attribution->id;
  return row;
}

Result<void> RightsService::record(const Asked& asked, Unbooked left) {
  if (asked.leave_to != nullptr) {
    *asked.leave_to = std::move(left);
    return {};
  }
  const auto written = store_.book(asked.connector.tenant,
                                   {left.rows, asked.attribution ? &*asked.attribution : nullptr, left.licensors});
  if (written) return {};
  log_.error("an answer is withheld because the usage log cannot be written",
             {{"error", written.error().to_string()}, {"correlation_id", asked.correlation_id}});
  return Error(Errc::unavailable, "the usage log cannot be written");
}

template <class Work>
auto RightsService::logged(const Asked& asked, std::string_view request_type, Work work)
    -> std::invoke_result_t<Work, const IssuingTenant&, LabelFacts&> {
  LabelFacts facts;
  auto answer = [&]() -> decltype(work(std::declval<const IssuingTenant&>(), facts)) {
    RMS_CHECK(check_not_over(asked.caller.scope, clock_.wall()));
    RMS_TRY(const auto* tenant, tenants_.find(asked.connector.tenant));
    return work(*tenant, facts);
  }();
  auto logged = row(asked, request_type);
  add_facts(logged, facts);
  if (!answer) add_refusal(logged, answer.error());
  RMS_CHECK(record(asked, {{std::move(logged)}, {}}));
  return answer;
}

template <class Work>
auto RightsService::logged_each(const Asked& asked, std::string_view request_type, Work work)
    -> std::invoke_result_t<Work, const IssuingTenant&, Unbooked&> {
  Unbooked left;
  auto answer = [&]() -> decltype(work(std::declval<const IssuingTenant&>(), left)) {
    RMS_CHECK(check_not_over(asked.caller.scope, clock_.wall()));
    RMS_TRY(const auto* tenant, tenants_.find(asked.connector.tenant));
    return work(*tenant, left);
  }();
  if (!answer) {
    if (left.rows.empty()) left.rows.push_back(row(asked, request_type));
    // Nothing is given out: what would have been given is no success, and nobody has it.
    for (auto& each : left.rows)
      if (each.result == kSuccess) add_refusal(each, answer.error());
    left.licensors.clear();
  }
  RMS_CHECK(record(asked, std::move(left)));
  return answer;
}

Outcome<soap::Chain> RightsService::certify(const Asked& asked, const soap::CertifyRequest& request,
                                            bool on_server_page) {
  return logged(asked, on_server_page ? "ServerCertify" : to_string(Operation::certify),
                [&](const IssuingTenant& tenant, LabelFacts&) -> Outcome<soap::Chain> {
                  RMS_TRY(const auto asking, directory_.person_of_caller(tenant.guid(), asked.caller));
                  return cloud::certify(tenant, account_keys_, asking.account, request, clock_.wall());
                });
}

Outcome<soap::PrecertifyResponse> RightsService::precertify(const Asked& asked,
                                                            const soap::PrecertifyRequest& request) {
  return logged(asked, to_string(Operation::precertify), [&](const IssuingTenant& tenant, LabelFacts&) {
    return cloud::precertify(tenant, directory_, account_keys_, request, asked.caller.scope, clock_.wall());
  });
}

Outcome<std::vector<soap::Chain>> RightsService::get_client_licensor_cert(
    const Asked& asked, const soap::GetClientLicensorCertRequest& request) {
  const auto type = to_string(Operation::get_client_licensor_cert);
  using Given = Outcome<std::vector<soap::Chain>>;
  return logged_each(asked, type, [&](const IssuingTenant& tenant, Unbooked& left) -> Given {
    auto& rows = left.rows;
    RMS_TRY(const auto asking, directory_.person_of_caller(tenant.guid(), asked.caller));
    std::vector<soap::Chain> chains;
    for (const auto& persona : request.persona_chains) {
      auto issued = client_licensor_certificate(tenant, spare_keys_, persona, asking.account, clock_.wall());
      if (!issued) {
        rows.clear();  // one refusal refuses the whole: nothing is given out
        return issued.error();
      }
      rows.push_back(row(asked, type));
      left.licensors.push_back(std::move(issued->record));
      chains.push_back(std::move(issued->chain));
    }
    return chains;
  });
}

Outcome<soap::Chain> RightsService::acquire_issuance_license(const Asked& asked,
                                                             const soap::AcquireIssuanceLicenseRequest& request) {
  return logged(asked, to_string(Operation::acquire_issuance_license),
                [&](const IssuingTenant& tenant, LabelFacts& facts) -> Outcome<soap::Chain> {
                  RMS_TRY(const auto asking, directory_.person_of_caller(tenant.guid(), asked.caller));
                  return cloud::acquire_issuance_license(tenant, store_, asking.account, asked.caller.scope,
                                                         request.unsigned_license, clock_.wall(), facts);
                });
}

Outcome<soap::AcquireLicenseResponse> RightsService::acquire_license(const Asked& asked,
                                                                     const soap::AcquireLicenseRequest& request,
                                                                     const std::function<bool()>& abandoned) {
  const auto type = to_string(Operation::acquire_license);
  using Given = Outcome<soap::AcquireLicenseResponse>;
  return logged_each(asked, type, [&](const IssuingTenant& tenant, Unbooked& left) -> Given {
    auto& rows = left.rows;
    RMS_TRY(const auto asking, directory_.person_of_caller(tenant.guid(), asked.caller));
    const auto& scope = asked.caller.scope;
    LicenseBatch batch(tenant, store_, asking, {scope, asked.connector.open_any}, clock_.wall());
    Answers<soap::AcquireLicenseAnswer> answers;
    std::size_t opened_any = 0;
    for (const auto& item : request.items) {
      if (abandoned()) return nobody_waits();
      const bool room = answers.have_room();
      auto outcome = room ? batch.acquire(item) : no_room();
      rows.push_back(row(asked, type));
      if (room) add_facts(rows.back(), batch.facts());
      if (outcome && batch.opened_any()) {
        ++opened_any;
        rows.back().admin_action = true;
        rows.back().used_grant = std::string(grant::kOpenAny) + ": " + scope.open_any->reason;
      }
      RMS_CHECK(answers.add(std::move(outcome), rows.back()));
    }
    return soap::AcquireLicenseResponse{std::move(answers).take(), opened_any};
  });
}

Outcome<soap::AcquirePreLicenseResponse> RightsService::acquire_pre_license(
    const Asked& asked, const soap::AcquirePreLicenseRequest& request, const std::function<bool()>& abandoned) {
  const auto type = to_string(Operation::acquire_pre_license);
  using Given = Outcome<soap::AcquirePreLicenseResponse>;
  return logged_each(asked, type, [&](const IssuingTenant& tenant, Unbooked& left) -> Given {
    auto& rows = left.rows;
    LabelFacts facts;
    const auto now = clock_.wall();
    const auto& scope = asked.caller.scope;
    const auto label = covered(scope, open_lone_label(tenant, store_, store_, request.issuance_license, now, facts));
    if (!label) {
      rows.push_back(row(asked, type));
      add_facts(rows.back(), facts);
      add_refusal(rows.back(), label.error());
      return label.error();
    }
    PreLicenseBatch batch(tenant, directory_, account_keys_, *label, scope, now);
    Answers<soap::PreLicenseAnswer> answers;
    for (const auto& identity : request.identities) {
      if (abandoned()) return nobody_waits();
      std::string recipient = identity;
      auto outcome = answers.have_room() ? batch.acquire(identity, recipient) : no_room();
      rows.push_back(row(asked, type));
      add_facts(rows.back(), facts);
      rows.back().acting_as_user = clip(recipient);
      RMS_CHECK(answers.add(std::move(outcome), rows.back()));
    }
    return soap::AcquirePreLicenseResponse{std::move(answers).take(), licensor_certificate(tenant).chain};
  });
}

Outcome<soap::AcquireTemplateInformationResponse> RightsService::acquire_template_information(const Asked& asked) {
  return logged(asked, to_string(Operation::acquire_template_information),
                [&](const IssuingTenant& tenant, LabelFacts&) {
                  return cloud::acquire_template_information(tenant, store_, asked.caller.scope);
                });
}

Outcome<soap::AcquireTemplatesResponse> RightsService::acquire_templates(const Asked& asked,
                                                                         const soap::AcquireTemplatesRequest& request) {
  return logged(asked, to_string(Operation::acquire_templates), [&](const IssuingTenant& tenant, LabelFacts&) {
    return cloud::acquire_templates(tenant, store_, asked.caller.scope, request.guids);
  });
}

Outcome<soap::GetLicensorCertificateResponse> RightsService::get_licensor_certificate(const Asked& asked) {
  return logged(asked, to_string(Operation::get_licensor_certificate),
                [](const IssuingTenant& tenant, LabelFacts&) -> Outcome<soap::GetLicensorCertificateResponse> {
                  return licensor_certificate(tenant);
                });
}

Outcome<soap::FindServiceLocationsResponse> RightsService::find_service_locations_for_user(
    const Asked& asked, const soap::FindServiceLocationsRequest& request, std::string_view published_base) {
  return logged(asked, to_string(Operation::find_service_locations_for_user),
                [&](const IssuingTenant& tenant, LabelFacts&) {
                  return find_service_locations(request, published_urls(tenant, published_base));
                });
}

Outcome<soap::GetServerInfoResponse> RightsService::get_server_info(const Asked& asked,
                                                                    const soap::GetServerInfoRequest& request,
                                                                    std::string_view published_base) {
  return logged(asked, to_string(Operation::get_server_info), [&](const IssuingTenant& tenant, LabelFacts&) {
    return server_info(tenant, request, published_urls(tenant, published_base));
  });
}

}  // namespace rms::cloud
