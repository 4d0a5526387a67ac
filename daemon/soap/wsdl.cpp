// SPDX-License-Identifier: Apache-2.0
#include "soap/wsdl.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include "soap/envelope.h"
#include "soap/schema.h"
#include "xml/document.h"

namespace rms::soap {
namespace {

constexpr std::string_view kVersionData = "VersionData";

bool is_ours(std::string_view type) {
  return type != kAnything && type.find(':') == type.npos;
}

// The types of our own that the operations of a service need, each once.
std::vector<std::string_view> types_of(const Service& service) {
  std::vector<std::string_view> types;
  const auto need = [&types](std::string_view type) {
    if (!type.empty() && is_ours(type) && std::ranges::find(types, type) == types.end()) types.push_back(type);
  };
  for (const Operation operation : service.operations) {
    const Message& message = message_of(operation);
    need(message.parameter_type);
    need(message.result_type);
    if (message.version_data) need(kVersionData);
  }
  // What a type needs is added behind it, until nothing is.
  for (std::size_t i = 0; i < types.size(); ++i)
    for (const Child& child : children())
      if (child.parent == types[i]) need(child.type);
  return types;
}

class Wsdl {
 public:
  explicit Wsdl(const Service& service) : service_(service) {}

  std::string write(std::string_view address) && {
    put("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
        "<wsdl:definitions xmlns:wsdl=\"http://schemas.xmlsoap.org/wsdl/\""
        " xmlns:soap=\"http://schemas.xmlsoap.org/wsdl/soap/\" xmlns:soap12=\"http://schemas.xmlsoap.org/wsdl/soap12/\""
        " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" xmlns:tns=\"{0}\" targetNamespace=\"{0}\">\n",
        service_.ns);
    schema();
    messages();
    port_type();
    binding("Soap", "soap");
    binding("Soap12", "soap12");
    ports(xml::escape(address));
    put("</wsdl:definitions>\n");
    return std::move(out_);
  }

 private:
  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }

  // ---- types

  void schema() {
    put("<wsdl:types>\n<xs:schema elementFormDefault=\"qualified\" targetNamespace=\"{}\">\n", service_.ns);
    for (const Operation operation : service_.operations) {
      const Message& message = message_of(operation);
      message_element(to_string(operation), "", message.parameter, message.parameter_type);
      message_element(to_string(operation), "Response", fmt::format("{}Result", to_string(operation)),
                      message.result_type);
    }
    for (const std::string_view type : types_of(service_)) {
      if (type == kVersionData) put("<xs:element name=\"VersionData\" type=\"tns:VersionData\"/>\n");
      const bool enumerated = std::ranges::any_of(values(), [type](const Value& value) { return value.type == type; });
      enumerated ? simple_type(type) : complex_type(type);
    }
    put("</xs:schema>\n</wsdl:types>\n");
  }

  void message_element(std::string_view name, std::string_view suffix, std::string_view child, std::string_view type) {
    put("<xs:element name=\"{}{}\"><xs:complexType>", name, suffix);
    if (!child.empty()) {
      put("<xs:sequence>");
      element({"", child, type});
      put("</xs:sequence>");
    }
    put("</xs:complexType></xs:element>\n");
  }

  void complex_type(std::string_view type) {
    put("<xs:complexType name=\"{}\"><xs:sequence>", type);
    for (const Child& child : children())
      if (child.parent == type) element(child);
    put("</xs:sequence>{}</xs:complexType>\n", type == kVersionData ? "<xs:anyAttribute/>" : "");
  }

  void simple_type(std::string_view type) {
    put("<xs:simpleType name=\"{}\"><xs:restriction base=\"xs:string\">", type);
    for (const Value& value : values())
      if (value.type == type) put("<xs:enumeration value=\"{}\"/>", value.value);
    put("</xs:restriction></xs:simpleType>\n");
  }

  void element(const Child& child) {
    put("<xs:element name=\"{}\" minOccurs=\"{}\" maxOccurs=\"{}\"", child.name, child.often == Often::once ? 1 : 0,
        child.often == Often::many ? "unbounded" : "1");
    if (child.often == Often::many) put(" nillable=\"true\"");
    if (child.type == kAnything)
      put("><xs:complexType mixed=\"true\"><xs:sequence><xs:any processContents=\"skip\"/></xs:sequence>"
          "</xs:complexType></xs:element>");
    else
      put(" type=\"{}{}\"/>", is_ours(child.type) ? "tns:" : "", child.type);
  }

  // ---- operations

  void messages() {
    for (const Operation operation : service_.operations) {
      const std::string_view name = to_string(operation);
      const auto one = [&](std::string_view suffix, std::string_view part, std::string_view of, std::string_view end) {
        put("<wsdl:message name=\"{}{}\"><wsdl:part name=\"{}\" element=\"tns:{}{}\"/></wsdl:message>\n", name, suffix,
            part, of, end);
      };
      one("SoapIn", "parameters", name, "");
      one("SoapOut", "parameters", name, "Response");
      if (message_of(operation).version_data) one("VersionData", "VersionData", kVersionData, "");
    }
  }

  void port_type() {
    put("<wsdl:portType name=\"{}Soap\">\n", service_.title);
    for (const Operation operation : service_.operations)
      put("<wsdl:operation name=\"{0}\"><wsdl:input message=\"tns:{0}SoapIn\"/>"
          "<wsdl:output message=\"tns:{0}SoapOut\"/></wsdl:operation>\n",
          to_string(operation));
    put("</wsdl:portType>\n");
  }

  void binding(std::string_view suffix, std::string_view soap) {
    put("<wsdl:binding name=\"{0}{1}\" type=\"tns:{0}Soap\">\n"
        "<{2}:binding style=\"document\" transport=\"http://schemas.xmlsoap.org/soap/http\"/>\n",
        service_.title, suffix, soap);
    for (const Operation operation : service_.operations) {
      put("<wsdl:operation name=\"{}\"><{}:operation soapAction=\"{}\" style=\"document\"/>", to_string(operation),
          soap, soap_action(service_, operation));
      for (const std::string_view direction : {"input", "output"}) {
        put("<wsdl:{}><{}:body use=\"literal\"/>", direction, soap);
        if (message_of(operation).version_data)
          put("<{}:header message=\"tns:{}VersionData\" part=\"VersionData\" use=\"literal\"/>", soap,
              to_string(operation));
        put("</wsdl:{}>", direction);
      }
      put("</wsdl:operation>\n");
    }
    put("</wsdl:binding>\n");
  }

  void ports(std::string_view address) {
    put("<wsdl:service name=\"{}\">\n", service_.title);
    for (const auto& [suffix, soap] : {std::pair("Soap", "soap"), std::pair("Soap12", "soap12")})
      put("<wsdl:port name=\"{0}{1}\" binding=\"tns:{0}{1}\"><{2}:address location=\"{3}\"/></wsdl:port>\n",
          service_.title, suffix, soap, address);
    put("</wsdl:service>\n");
  }

  const Service& service_;
  std::string out_;
};

}  // namespace

std::string wsdl(const Service& service, std::string_view address) {
  return Wsdl(service).write(address);
}

}  // namespace rms::soap
