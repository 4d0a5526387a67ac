// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "cloud/directory/person.h"
#include "cloud/keys/issuing_tenant.h"
#include "cloud/licensing/granted.h"
#include "cloud/licensing/publishing_license.h"
#include "cloud/outcome.h"
#include "cloud/store/store.h"
#include "soap/messages.h"

namespace rms::cloud {

// AcquireLicense (MS-RMPR 3.4.4.1) for the items of one request, in order. An item without a publishing licence takes
// the most recent one before it; that licence is checked and opened once, and if it is refused, so is each item that
// uses it. One thread at a time; keeps views into the items it was given.
class LicenseBatch {
 public:
  // `asking`: who may show its account certificates, and whose rights count. `granted`: how far the grants of the
  // server reach. `now` is one moment for the whole batch.
  LicenseBatch(const IssuingTenant& tenant, TemplateStore& templates, const Person& asking, Granted granted,
               WallTime now)
      : tenant_(tenant), templates_(templates), asking_(asking), granted_(granted), now_(now) {}

  // A use licence and our chain, sealed for the account of the item and holding its rights only; or, if it has none and
  // open_any is granted and consented to, holding OWNER, also of a document past its time, as for a super user. What
  // fails for one item is no matter of its neighbours.
  Outcome<soap::Chain> acquire(const soap::AcquireLicenseItem& item);

  // Whether the last item was given a licence by open_any alone.
  bool opened_any() const { return opened_any_; }

  // Of the publishing licence that the last item used: for the usage log.
  const LabelFacts& facts() const { return facts_; }

 private:
  Outcome<std::vector<xrml::UseGrant>> grants_of_item(const OpenLabel& label);

  const IssuingTenant& tenant_;
  TemplateStore& templates_;
  const Person& asking_;
  const Granted granted_;
  const WallTime now_;
  bool opened_any_ = false;
  std::optional<Outcome<OpenLabel>> label_;  // empty until an item brings one
  LabelFacts facts_;
};

}  // namespace rms::cloud
