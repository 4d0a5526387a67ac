// SPDX-License-Identifier: Apache-2.0
#include "xrml/writer.h"

#include <algorithm>
#include <array>

#include "xml/document.h"

namespace rms::xrml {
namespace {

using xml::escape;

std::string element(std::string_view name, std::string_view content) {
  std::string text;
  text.append("<").append(name).append(">").append(content).append("</").append(name).append(">");
  return text;
}

std::string attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + escape(value) + "\"";
}

std::string base64_value(std::span<const std::uint8_t> bytes) {
  return "<VALUE encoding=\"base64\" size=\"" + std::to_string(bytes.size() * 8) + "\">" + base64(bytes) + "</VALUE>";
}

std::string write_object(const Object& object) {
  std::string text = "<OBJECT";
  if (!object.type.empty()) text += attribute("type", object.type);
  text += "><ID" + attribute("type", object.id_type);
  text += object.id.empty() ? " />" : ">" + escape(object.id) + "</ID>";
  if (!object.name.empty()) text += element("NAME", escape(object.name));
  for (const auto& [type, value] : object.addresses) {
    text += "<ADDRESS" + attribute("type", type) + ">" + escape(value) + "</ADDRESS>";
  }
  return text + "</OBJECT>";
}

std::string write_key(const PublicKey& key) {
  return "<PUBLICKEY><ALGORITHM>RSA</ALGORITHM><PARAMETER name=\"public-exponent\"><VALUE encoding=\"integer32\">" +
         std::to_string(key.exponent()) + "</VALUE></PARAMETER><PARAMETER name=\"modulus\">" +
         base64_value(key.modulus_le()) + "</PARAMETER></PUBLICKEY>";
}

std::string write_digest(std::string_view algorithm, std::span<const std::uint8_t> value) {
  return element("DIGEST", element("ALGORITHM", algorithm) +
                               "<PARAMETER name=\"codingtype\"><VALUE encoding=\"string\">surface-coding</VALUE>"
                               "</PARAMETER>" +
                               base64_value(value));
}

std::string write_enabling_bits(const EnablingBits& bits) {
  return "<ENABLINGBITS" + attribute("type", bits.v2 ? "sealed-key-v2" : "sealed-key") + ">" +
         base64_value(bits.bytes) + "</ENABLINGBITS>";
}

std::string write_security_levels(const std::vector<SecurityLevel>& levels) {
  std::string text;
  for (const auto& [name, value] : levels) {
    text += "<SECURITYLEVEL" + attribute("name", name) + attribute("value", value) + " />";
  }
  return text;
}

enum class BitsAre { last, before_security_levels };  // The latter in FEDERATIONPRINCIPALS (MS-RMPR 2.2.9.5.5).

std::string write_principal(const Principal& principal, BitsAre where) {
  std::string text = write_object(principal.object);
  if (principal.key) text += write_key(*principal.key);
  if (!principal.hardware_digest.empty()) text += write_digest("SHA256", principal.hardware_digest);
  const std::string bits = principal.enabling_bits ? write_enabling_bits(*principal.enabling_bits) : "";
  const std::string levels = write_security_levels(principal.security_levels);
  return text + (where == BitsAre::last ? levels + bits : bits + levels);
}

std::string open_principal(std::string_view internal_id) {
  return internal_id.empty() ? "<PRINCIPAL>" : "<PRINCIPAL" + attribute("internal-id", internal_id) + ">";
}

std::string write_principals(const std::vector<Principal>& principals, BitsAre where) {
  std::string text;
  for (const auto& each : principals) {
    text += open_principal(each.internal_id) + write_principal(each, where) + "</PRINCIPAL>";
  }
  return text;
}

std::string write_issuer(const Principal& issuer) {
  return element("ISSUER", write_principal(issuer, BitsAre::last));
}

std::string write_issued_principals(const std::vector<Principal>& principals) {
  return element("ISSUEDPRINCIPALS", write_principals(principals, BitsAre::last));
}

std::string write_period(std::string_view name, const Period& period) {
  std::string text;
  if (period.from) text += element("FROM", format(*period.from));
  if (period.until) text += element("UNTIL", format(*period.until));
  return text.empty() ? text : element(name, text);
}

std::string write_time(const Period& range, std::optional<int> interval_days) {
  std::string text;
  if (range.from || range.until) text += element("TIME", write_period("RANGETIME", range));
  if (interval_days) text += "<TIME><INTERVALTIME" + attribute("days", std::to_string(*interval_days)) + " /></TIME>";
  return text;
}

// The rights that are elements of their own: those of a template's own list (MS-RMPR 2.2.9.10.4.2.1), or those in both
// other lists of reserved names (2.2.9.8.5.3, 2.2.9.9.6).
bool is_reserved(std::string_view right, Kind kind) {
  constexpr std::array<std::string_view, 5> kInTemplates = {"VIEW", "PRINT", "EDIT", "EXPORT", "EXTRACT"};
  constexpr std::array<std::string_view, 4> kElsewhere = {"VIEW", "PRINT", "EDIT", "FORWARD"};
  const auto reserved = kind == Kind::official_template ? std::span<const std::string_view>(kInTemplates) : kElsewhere;
  return std::ranges::find(reserved, right) != reserved.end();
}

bool is_certificate(Kind kind) {
  return kind == Kind::client_licensor_certificate || kind == Kind::server_licensor_certificate ||
         kind == Kind::authority_certificate;
}

std::string write_grant(const Grant& grant, Kind kind) {
  std::string who = open_principal(grant.internal_id);
  if (grant.grantee) who += write_object(*grant.grantee);
  if (grant.enabling_bits) who += write_enabling_bits(*grant.enabling_bits);
  const std::string access = element("ACCESS", who + "</PRINCIPAL>");
  const std::string time = write_time(grant.time, grant.interval_days);
  // Certificates and templates say TIME, ACCESS; the examples of licences and rights data say ACCESS, TIME.
  const bool time_first = is_certificate(kind) || kind == Kind::official_template;
  const std::string conditions = element("CONDITIONLIST", time_first ? time + access : access + time);
  if (is_reserved(grant.right, kind)) return element(grant.right, conditions);
  return "<RIGHT" + attribute("name", grant.right) + ">" + conditions + "</RIGHT>";
}

std::string write_work(const Work& work, Kind kind) {
  std::string text = write_object(work.object);
  if (work.owner) text += element("METADATA", element("OWNER", write_object(*work.owner)));
  if (const auto time = write_time(work.time, work.interval_days); !time.empty())
    text += element("PRECONDITIONLIST", time);
  std::string rights;
  for (const auto& grant : work.grants) rights += write_grant(grant, kind);
  if (!rights.empty()) text += "<RIGHTSGROUP name=\"Main-Rights\">" + element("RIGHTSLIST", rights) + "</RIGHTSGROUP>";
  return element("WORK", text);
}

bool goes_before_principals(Kind kind, const Object& distribution_point) {
  if (kind == Kind::use_license) return false;
  return kind != Kind::publishing_license || distribution_point.type != "Referral-Info";
}

std::string write_distribution_points(const Content& content, bool before_principals) {
  std::string text;
  for (const auto& point : content.distribution_points) {
    if (goes_before_principals(content.kind, point) == before_principals) {
      text += element("DISTRIBUTIONPOINT", write_object(point));
    }
  }
  return text;
}

std::string body_tag(Kind kind) {
  switch (kind) {
    case Kind::publishing_license:
      return "<BODY type=\"Microsoft Rights Label\" version=\"3.0\">";
    case Kind::rights_data:
      return "<BODY type=\"Microsoft Rights Template\" version=\"3.0\">";
    case Kind::official_template:
      return "<BODY type=\"Microsoft Official Rights Template\">";
    default:
      return "<BODY type=\"LICENSE\" version=\"3.0\">";
  }
}

// Attributes stand as Microsoft's clients (SPC, PL, rights data) and servers order them.
std::string document_tag(Kind kind) {
  switch (kind) {
    case Kind::machine_certificate:
    case Kind::publishing_license:
    case Kind::rights_data:
      return "<XrML version=\"1.2\" xmlns=\"\">";
    case Kind::use_license:
      return "<XrML xmlns=\"\" version=\"1.2\" purpose=\"Content-License\">";
    default:
      return "<XrML xmlns=\"\" version=\"1.2\">";
  }
}

}  // namespace

std::string write_body(const Content& content) {
  std::string text = body_tag(content.kind);
  text += element("ISSUEDTIME", format(content.issued));
  text += write_period("VALIDITYTIME", content.validity);
  if (!content.descriptor.id.empty()) text += element("DESCRIPTOR", write_object(content.descriptor));
  if (content.issuer) text += write_issuer(*content.issuer);
  text += write_distribution_points(content, true);
  if (!content.principals.empty()) text += write_issued_principals(content.principals);
  text += write_distribution_points(content, false);
  if (!content.federation_principals.empty()) {
    text += element("FEDERATIONPRINCIPALS",
                    write_principals(content.federation_principals, BitsAre::before_security_levels));
  }
  if (content.work) text += write_work(*content.work, content.kind);
  for (const auto& [id, name, value] : content.authenticated_data) {
    text += "<AUTHENTICATEDDATA" + (name.empty() ? "" : attribute("name", name)) + attribute("id", id) + ">" +
            escape(value) + "</AUTHENTICATEDDATA>";
  }
  for (const auto& policy : content.policy_lists) text += policy;
  return text + "</BODY>";
}

std::string write_signature(Kind kind, const Signature& signature) {
  const std::string algorithm = element("ALGORITHM", "RSA PKCS#1-V1.5");
  const std::string digest = write_digest(signature.hash == Hash::sha1 ? "SHA1" : "SHA256", signature.digest);
  const bool by_publisher = kind == Kind::publishing_license;
  return element("SIGNATURE", (by_publisher ? algorithm + digest : digest + algorithm) + base64_value(signature.value));
}

std::string write_document(Kind kind, std::string_view body, std::string_view signature) {
  return document_tag(kind).append(body).append(signature).append("</XrML>");
}

std::string bound_text(const Content& content) {
  std::string text = content.issuer ? write_issuer(*content.issuer) : "";
  if (content.kind != Kind::publishing_license) return text;
  auto principals = content.principals;
  for (auto& each : principals) each.enabling_bits.reset();
  return text + write_issued_principals(principals);
}

}  // namespace rms::xrml
