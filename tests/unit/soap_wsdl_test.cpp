// SPDX-License-Identifier: Apache-2.0
#include "soap/wsdl.h"

#include <cctype>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "soap/envelope.h"
#include "soap/schema.h"
#include "xml/document.h"

namespace rms::soap {
namespace {

constexpr std::string_view kWsdlNs = "http://schemas.xmlsoap.org/wsdl/";
constexpr std::string_view kSchemaNs = "http://www.w3.org/2001/XMLSchema";
constexpr std::string_view kAddress = "https://connector.contoso.test/_wmcs/licensing/license.asmx";

template <class Visit>
void each(const xml::Element& parent, Visit visit) {
  for (auto at = parent.first_child(); at; at = at->next_sibling()) {
    visit(*at);
    each(*at, visit);
  }
}

const Service& page(std::string_view path) {
  const Service* service = find_service(path);
  EXPECT_NE(service, nullptr) << path;
  return *service;
}

class EveryPage : public testing::TestWithParam<Service> {
 protected:
  const Service& service_ = GetParam();
  const std::string text_ = wsdl(service_, kAddress);
  const Result<xml::Document> document_ = xml::Document::parse(text_, {});
};

TEST_P(EveryPage, HasADescriptionInItsNamespace) {
  ASSERT_TRUE(document_) << document_.error().to_string();
  EXPECT_TRUE(document_->root().is(kWsdlNs, "definitions"));
  EXPECT_EQ(document_->root().attribute("targetNamespace"), service_.ns);
  EXPECT_EQ(document_->root().child("types")->first_child()->attribute("elementFormDefault"), "qualified");
}

TEST_P(EveryPage, NamesNoTypeThatIsNotThere) {
  ASSERT_TRUE(document_);
  std::set<std::string> declared, used;
  each(document_->root(), [&](const xml::Element& element) {
    const auto name = element.attribute("name");
    if (name && (element.is(kSchemaNs, "complexType") || element.is(kSchemaNs, "simpleType"))) {
      EXPECT_TRUE(declared.insert(std::string(*name)).second) << *name << " stands twice";
    }
    const auto type = element.attribute("type");
    if (type && element.is(kSchemaNs, "element") && type->starts_with("tns:")) used.emplace(type->substr(4));
  });
  EXPECT_EQ(used, declared);
}

TEST_P(EveryPage, BindsEachOperationToBothVersionsOfSoapUnderItsAction) {
  for (const std::string_view soap : {"soap", "soap12"})
    for (const Operation operation : service_.operations)
      EXPECT_NE(text_.find("<" + std::string(soap) + ":operation soapAction=\"" + soap_action(service_, operation) +
                           "\" style=\"document\"/>"),
                text_.npos)
          << to_string(operation);
}

std::string letters_of_path(const testing::TestParamInfo<Service>& info) {
  std::string letters;
  for (const char c : info.param.path)
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) letters += c;
  return letters;
}
INSTANTIATE_TEST_SUITE_P(Wsdl, EveryPage, testing::ValuesIn(services().begin(), services().end()), letters_of_path);

TEST(Wsdl, SaysWhereItIsFoundAndEscapesIt) {
  const std::string text = wsdl(page("/_wmcs/licensing/license.asmx"), "https://a/\"><b>&");
  EXPECT_NE(text.find("<soap:address location=\"https://a/&quot;&gt;&lt;b&gt;&amp;\"/>"), text.npos) << text;
  EXPECT_EQ(text.find("<b>"), text.npos);
}

TEST(Wsdl, HasTheVersionHeaderInRequestsAndAnswers) {
  const std::string text = wsdl(page("/_wmcs/licensing/license.asmx"), kAddress);
  const std::string header =
      "<soap:header message=\"tns:AcquireLicenseVersionData\" part=\"VersionData\" use=\"literal\"/>";
  const auto first = text.find("<wsdl:input><soap:body use=\"literal\"/>" + header);
  EXPECT_NE(first, text.npos);
  EXPECT_NE(text.find("<wsdl:output><soap:body use=\"literal\"/>" + header, first), text.npos);
}

TEST(Wsdl, HasOneSchemaForEachKindOfContent) {
  const std::string text = wsdl(page("/_wmcs/certification/certification.asmx"), kAddress);
  EXPECT_NE(text.find("<xs:element name=\"Certificate\" minOccurs=\"0\" maxOccurs=\"unbounded\" nillable=\"true\">"
                      "<xs:complexType mixed=\"true\"><xs:sequence><xs:any processContents=\"skip\"/>"),
            text.npos);
  EXPECT_NE(text.find("<xs:element name=\"Persistent\" minOccurs=\"1\" maxOccurs=\"1\" type=\"xs:boolean\"/>"),
            text.npos);
  EXPECT_NE(text.find("<xs:complexType name=\"VersionData\"><xs:sequence>"
                      "<xs:element name=\"MinimumVersion\" minOccurs=\"0\" maxOccurs=\"1\" type=\"xs:string\"/>"
                      "<xs:element name=\"MaximumVersion\" minOccurs=\"0\" maxOccurs=\"1\" type=\"xs:string\"/>"
                      "</xs:sequence><xs:anyAttribute/></xs:complexType>"),
            text.npos);
}

TEST(Schema, EveryTypeIsReachableFromSomeOperation) {
  std::set<std::string_view> reachable{"VersionData"};
  for (std::size_t i = 0; i < kOperationCount; ++i) {
    const Message& message = message_of(static_cast<Operation>(i));
    reachable.insert({message.parameter_type, message.result_type});
  }
  for (std::size_t before = 0; before != reachable.size();) {
    before = reachable.size();
    for (const Child& child : children())
      if (reachable.contains(child.parent)) reachable.insert(child.type);
  }
  for (const Child& child : children()) EXPECT_TRUE(reachable.contains(child.parent)) << child.parent;
  for (const Value& value : values()) EXPECT_TRUE(reachable.contains(value.type)) << value.type;
}

TEST(ServicePage, LeadsToTheDescription) {
  EXPECT_NE(service_page(page("/_wmcs/licensing/license.asmx")).find("href=\"?wsdl\""), std::string::npos);
}

}  // namespace
}  // namespace rms::soap
