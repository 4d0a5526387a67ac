// SPDX-License-Identifier: Apache-2.0
//
// A rights service on a real store, with two tenants and the people of the first. Each test starts from a request that
// succeeds and breaks one thing.
#pragma once

#include <gtest/gtest.h>

#include "base/secret.h"
#include "cloud/rights_service.h"
#include "cloud/store/sqlite_store.h"
#include "support/fake_clock.h"
#include "support/outcome.h"
#include "support/record_log.h"
#include "support/test_ca.h"
#include "support/xrml_world.h"
#include "xrml/key_wrap.h"

namespace rms::cloud {

using test::key_of;
using test::kNow;
using test::mail_of;
using test::must;

inline const Secret& wrapping_key() {
  static const Secret key = xrml::new_wrapping_key();
  return key;
}

inline const TenantRecord& tenant_record(const std::string& name) {
  static std::map<std::string, TenantRecord> records;
  auto& record = records[name];
  if (record.guid.empty()) record = must(make_tenant({name, "https://rms." + name, ""}, wrapping_key(), kNow));
  return record;
}

inline const IssuingTenant& tenant(const std::string& name = "contoso.test") {
  static std::map<std::string, IssuingTenant> tenants;
  const auto found = tenants.find(name);
  if (found != tenants.end()) return found->second;
  return tenants.emplace(name, must(IssuingTenant::open(tenant_record(name), wrapping_key()))).first->second;
}

inline soap::ChainView views(const std::vector<xrml::Document>& documents) {
  soap::ChainView views;
  for (const auto& document : documents) views.push_back(document.text());
  return views;
}

// Account certificate of <name>@contoso.test as `of` issues it; its key is key_of(name).
inline xrml::Document account_certificate(const std::string& name, const IssuingTenant& of = tenant(),
                                          const xrml::Period& validity = test::kYear) {
  return must(xrml::issue_rights_account(of.issuer(), {"", "c0ffee00-0000-4000-8000-000000000001", mail_of(name), {}},
                                         key_of(name), test::machine(), of.urls(), kNow, validity));
}

inline xrml::Document licensor_certificate(const std::string& name, const IssuingTenant& of = tenant(),
                                           const xrml::Period& validity = test::kYear) {
  return must(xrml::issue_client_licensor(of.issuer(), account_certificate(name, of), key_of(name + "'s licensor"),
                                          of.urls(), kNow, validity));
}

inline const xrml::ContentKey& content_key() {
  static const auto key = must(xrml::ContentKey::generate());
  return key;
}

// Alice lets Bob VIEW and EXTRACT for 30 days, and Carol EDIT.
inline std::vector<xrml::Document> published(const xrml::Publication& what = test::publication(),
                                             const IssuingTenant& of = tenant(), xrml::Time when = kNow) {
  const auto certificate = licensor_certificate("alice", of);
  return {must(xrml::issue_publishing_license(certificate, key_of("alice's licensor"), what, content_key(), when)),
          certificate};
}

class RightsTest : public testing::Test {
 protected:
  RightsTest() {
    must(store_->add_tenant(tenant_record("contoso.test")));
    must(store_->add_connector(asked_as("bob").connector));
  }

  // A question that the connector asks for this person.
  static Asked asked_as(const std::string& name) {
    return {{tenant().guid(), "connector-1", std::string(64, 'a'), kNow, false},
            {"entry-" + name, "exchange", mail_of(name), "", "dns:" + name + ".contoso.test", "tls-client-certificate"},
            "11111111-2222-4333-8444-555555555555",
            "MSIPC;version=1.0",
            "192.0.2.7"};
  }

  Outcome<std::vector<soap::AcquireLicenseAnswer>> acquire(const std::string& name,
                                                           std::vector<soap::AcquireLicenseItem> items) {
    return acquire(asked_as(name), std::move(items));
  }
  Outcome<std::vector<soap::AcquireLicenseAnswer>> acquire(const Asked& asked,
                                                           std::vector<soap::AcquireLicenseItem> items) {
    RMS_TRY(auto response, service_.acquire_license(asked, {std::move(items)}, [] { return false; }));
    return std::move(response.answers);
  }

  // The one answer to one item.
  soap::AcquireLicenseAnswer acquire_one(const std::string& name, const std::vector<xrml::Document>& label,
                                         const std::vector<xrml::Document>& persona) {
    auto answers = acquire(name, {{views(persona), views(label), ""}});
    if (!answers) throw std::runtime_error("not answered");
    return answers->at(0);
  }

  static xrml::OpenedUse open_as(const std::string& name, const soap::AcquireLicenseAnswer& answer,
                                 xrml::Time now = kNow) {
    const auto license = must(xrml::Document::parse(std::get<soap::Chain>(answer).at(0)));
    must(license.verify_signature());
    return must(xrml::open_use_license(license, key_of(name), now));
  }

  std::vector<UsageRow> rows() { return must(store_->last_usage(std::nullopt, 1000)); }

  test::TempDir directory_;
  test::FakeClock clock_{kNow};
  test::RecordLog log_;
  std::unique_ptr<SqliteStore> store_ = must(SqliteStore::open({directory_.path() / "store.db"}));
  TenantCache tenants_{*store_, wrapping_key().clone()};
  Directory people_{*store_};
  SpareKeys spare_keys_{0, log_};
  AccountKeys account_keys_{*store_, spare_keys_, wrapping_key().clone()};
  RightsService service_{tenants_, people_, account_keys_, spare_keys_, *store_, clock_, log_};
};

// What was refused, by the last name of the exception; or how it went otherwise.
inline std::string exception_of(const soap::AcquireLicenseAnswer& answer) {
  const auto* fault = std::get_if<soap::Fault>(&answer);
  return fault ? fault->exception.substr(fault->exception.rfind('.') + 1) : "a chain";
}
template <class T>
std::string exception_of(const Outcome<T>& outcome) {
  if (outcome) return "done";
  const Unfulfilled why = outcome.error();
  return why.fault() ? exception_of(soap::AcquireLicenseAnswer(*why.fault())) : why.error()->to_string();
}

// What was given; a test that was refused it cannot go on.
template <class T>
T given(const Outcome<T>& outcome) {
  if (!outcome) throw std::runtime_error(exception_of(outcome));
  return *outcome;
}

}  // namespace rms::cloud
