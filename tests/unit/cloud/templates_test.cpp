// SPDX-License-Identifier: Apache-2.0
#include "cloud/templates/templates.h"

#include "base/text.h"
#include "cloud/templates/definition.h"
#include "support/xrml_sample.h"
#include "unit/cloud/template_fixture.h"

namespace rms::cloud {
namespace {

using test::fails_with;
using test::replaced;

// A store that is away.
class NoStore final : public TemplateStore {
 public:
  Result<void> add_templates(std::string_view, std::span<const TemplateRecord>) override { return away(); }
  Result<TemplateRecord> find_template(std::string_view, std::string_view) override { return away(); }
  Result<std::vector<TemplateRecord>> templates(std::string_view) override { return away(); }

 private:
  static Error away() { return Error(Errc::unavailable, "the store is away"); }
};

class Templates : public TemplateTest {
 protected:
  Result<void> add_defaults() { return add_default_templates(tenant(), *store_, kNow); }
  std::vector<soap::Template> acquire_templates(const std::vector<std::string>& guids) {
    return cloud::acquire_templates(tenant(), *store_, {}, guids)->templates;
  }
};

TEST_F(Templates, OfANewTenantAreThoseOfAzure) {
  must(add_defaults());
  std::map<std::string, std::vector<std::string>> rights;
  for (const auto& record : must(store_->templates(tenant().guid()))) {
    const auto document = must(xrml::Document::parse(record.xrml));
    const auto texts = xrml::template_texts(document.content().descriptor.name);
    ASSERT_EQ(texts.size(), 1u);
    EXPECT_EQ(texts[0].lcid, 1033u);
    EXPECT_FALSE(record.archived);
    const auto definition = must(definition_from_json(record.definition));
    EXPECT_EQ(definition.guid, record.guid);
    EXPECT_EQ(definition.license_days, 7);
    EXPECT_FALSE(definition.expires || definition.content_days);
    ASSERT_EQ(definition.rights.size(), 1u);
    EXPECT_EQ(definition.rights[0].mail, "ANYONE");
    rights[texts[0].name] = definition.rights[0].rights;
    EXPECT_EQ(document.content().work->grants.size(), definition.rights[0].rights.size() + 1);
  }
  using Names = std::vector<std::string>;
  EXPECT_EQ(rights.size(), 2u);
  EXPECT_EQ(rights["Confidential \\ All Employees"],
            (Names{"VIEW", "EXPORT", "EXTRACT", "VIEWRIGHTSDATA", "EDITRIGHTSDATA", "OBJMODEL", "PRINT", "FORWARD",
                   "REPLY", "REPLYALL", "EDIT", "DOCEDIT", "OWNER"}));
  EXPECT_EQ(rights["Highly Confidential \\ All Employees"],
            (Names{"VIEW", "EXTRACT", "VIEWRIGHTSDATA", "OBJMODEL", "PRINT", "FORWARD", "REPLY", "REPLYALL", "EDIT",
                   "DOCEDIT"}));
}

TEST_F(Templates, AreMadeOnceForATenant) {
  must(add_defaults());
  const auto before = must(store_->templates(tenant().guid()));
  must(add_default_templates(tenant(), *store_, kNow + std::chrono::hours(1)));
  const auto after = must(store_->templates(tenant().guid()));
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].xrml, before[i].xrml);
  EXPECT_NE(default_templates(tenant().guid())[0].guid, default_templates(tenant("fabrikam.test").guid())[0].guid);
}

TEST_F(Templates, AreGivenToEachTenantThatHasNone) {
  must(store_->add_tenant(tenant_record("fabrikam.test")));
  keep(definition());
  must(add_default_templates_to_all(tenants_, *store_, kNow));
  EXPECT_EQ(must(store_->templates(tenant().guid())).size(), 1u);
  EXPECT_EQ(must(store_->templates(tenant("fabrikam.test").guid())).size(), 2u);
}

TEST_F(Templates, AreNotForcedOnATenantThatHasOthers) {
  keep(definition(), true);
  must(add_defaults());
  EXPECT_EQ(must(store_->templates(tenant().guid())).size(), 1u);
}

TEST_F(Templates, OfAnotherProcessAtTheSameTimeAreTheSame) {
  class LateStore final : public TemplateStore {
   public:
    explicit LateStore(TemplateStore& store) : store_(store) {}
    Result<void> add_templates(std::string_view tenant, std::span<const TemplateRecord> records) override {
      return store_.add_templates(tenant, records);
    }
    Result<TemplateRecord> find_template(std::string_view, std::string_view) override {
      return Error(Errc::not_found, "none");
    }
    Result<std::vector<TemplateRecord>> templates(std::string_view) override { return std::vector<TemplateRecord>(); }

   private:
    TemplateStore& store_;
  } late(*store_);
  must(add_defaults());
  EXPECT_TRUE(test::succeeds(add_default_templates(tenant(), late, kNow)));
  EXPECT_EQ(must(store_->templates(tenant().guid())).size(), 2u);
}

// A tenant with one of them would look as if it had got both.
TEST_F(Templates, AreAddedTogetherOrNotAtAll) {
  const auto second = default_templates(tenant().guid())[1].guid;
  auto saboteur = must(Database::open(directory_.path() / "store.db", std::chrono::seconds(5)));
  must(saboteur.execute(("CREATE TRIGGER second_fails BEFORE INSERT ON templates WHEN NEW.guid = '" + second +
                         "' BEGIN SELECT abs(-9223372036854775807 - 1); END")
                            .c_str()));
  EXPECT_TRUE(fails_with(add_defaults(), Errc::io_error));
  EXPECT_TRUE(must(store_->templates(tenant().guid())).empty());
  must(saboteur.execute("DROP TRIGGER second_fails"));
  must(add_defaults());
  EXPECT_EQ(must(store_->templates(tenant().guid())).size(), 2u);
}

TEST_F(Templates, AreListedWithTheHashOfTheirSignature) {
  must(add_defaults());
  auto old = definition();
  old.guid = "00000000-0000-4000-8000-000000000001";
  keep(old, true);
  const auto answer = acquire_template_information(tenant(), *store_, {});
  ASSERT_TRUE(answer);
  const auto key = must(xrml::from_base64(answer->server_public_key));
  EXPECT_EQ(key, tenant().licensor_key().public_key().to_pkcs1());
  ASSERT_EQ(answer->templates.size(), 2u) << "archived ones are not handed out";
  for (const auto& [guid, hash] : answer->templates) {
    const auto record = must(store_->find_template(tenant().guid(), guid));
    EXPECT_EQ(guid, "{" + record.guid + "}");
    const auto signature = record.xrml.substr(record.xrml.find("<SIGNATURE><DIGEST>"));
    EXPECT_NE(signature.find("size=\"256\">" + hash + "</VALUE></DIGEST>"), std::string::npos) << signature;
  }
}

TEST_F(Templates, AreHandedOutInTheOrderThatWasAskedFor) {
  const auto kept = keep(definition());
  auto archived = definition();
  archived.guid = "00000000-0000-4000-8000-000000000001";
  keep(archived, true);
  const std::string unknown = "{00000000-0000-4000-8000-000000000002}";
  const std::vector<std::string> asked = {unknown, "{" + kept.guid + "}",     "junk' OR 1=1 --",  kept.guid,
                                          "",      "{" + archived.guid + "}", to_upper(kept.guid)};
  const auto answer = acquire_templates(asked);
  ASSERT_EQ(answer.size(), asked.size());
  const auto hash = xrml::base64(must(xrml::Document::parse(kept.xrml)).signature()->digest);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_EQ(answer[i].guid, asked[i]);
    const bool known = i == 1 || i == 3 || i == 6;
    EXPECT_EQ(answer[i].xrml, known ? std::optional(kept.xrml) : std::nullopt) << asked[i];
    EXPECT_EQ(answer[i].hash, known ? hash : "") << asked[i];
  }
}

TEST_F(Templates, ThatWereAlteredInTheStoreAreNotHandedOut) {
  auto record = must(make_template(tenant(), definition(), kNow));
  record.xrml = replaced(record.xrml, "<VIEW>", "<EDIT>");
  record.xrml = replaced(record.xrml, "</VIEW>", "</EDIT>");
  must(store_->add_templates(tenant().guid(), {&record, 1}));
  EXPECT_EQ(*acquire_template_information(tenant(), *store_, {}).error().error(), Errc::corrupt);
  EXPECT_EQ(*cloud::acquire_templates(tenant(), *store_, {}, std::vector{record.guid}).error().error(), Errc::corrupt);
  const auto copy = signed_by(tenant(), definition());
  EXPECT_EQ(*kept_template(tenant(), *store_, copy, Subject::rights_template).error().error(), Errc::corrupt)
      << "damage on our side is no refusal";
}

TEST_F(Templates, AreNotDeniedWhenTheStoreIsAway) {
  NoStore away;
  EXPECT_EQ(*acquire_template_information(tenant(), away, {}).error().error(), Errc::unavailable);
  EXPECT_EQ(*cloud::acquire_templates(tenant(), away, {}, std::vector{definition().guid}).error().error(),
            Errc::unavailable);
  EXPECT_TRUE(fails_with(add_default_templates(tenant(), away, kNow), Errc::unavailable));
  const auto copy = must(xrml::Document::parse(must(make_template(tenant(), definition(), kNow)).xrml));
  EXPECT_EQ(*kept_template(tenant(), away, copy, Subject::rights_template).error().error(), Errc::unavailable);
}

}  // namespace
}  // namespace rms::cloud
