// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "base/clock.h"
#include "cloud/directory/person.h"
#include "cloud/keys/issuing_tenant.h"
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
  // `asking`: who may show its account certificates, and whose rights count. `now` is one moment for the whole batch.
  LicenseBatch(const IssuingTenant& tenant, TemplateStore& templates, const Person& asking, WallTime now)
      : tenant_(tenant), templates_(templates), asking_(asking), now_(now) {}

  // A use licence and our chain, sealed for the account of the item and holding its rights only. What fails for one
  // item is no matter of its neighbours.
  Outcome<soap::Chain> acquire(const soap::AcquireLicenseItem& item);

  // Of the publishing licence that the last item used: for the usage log.
  const LabelFacts& facts() const { return facts_; }

 private:
  const IssuingTenant& tenant_;
  TemplateStore& templates_;
  const Person& asking_;
  const WallTime now_;
  std::optional<Outcome<OpenLabel>> label_;  // empty until an item brings one
  LabelFacts facts_;
};

}  // namespace rms::cloud
