// SPDX-License-Identifier: Apache-2.0
#include "xrml/reader.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace rms::xrml {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string trimmed_text(xml::Element element) {
  return std::string(trimmed(element.text()));
}

std::string attribute(xml::Element element, std::string_view name) {
  return std::string(element.attribute(name).value_or(""));
}

Error malformed(xml::Element where, std::string_view what) {
  // A right may have any name, and this goes to the log.
  return Error(Errc::malformed, "<" + std::string(where.name().substr(0, 40)) + ">: " + std::string(what));
}

// Children without a namespace and of this name, at most `limit`.
Result<std::vector<xml::Element>> children(xml::Element parent, std::string_view name, std::size_t limit) {
  std::vector<xml::Element> found;
  for (auto child = parent.first_child(); child; child = child->next_sibling()) {
    if (!child->is("", name)) continue;
    if (found.size() == limit) {
      return Error(Errc::too_large, "more than " + std::to_string(limit) + " <" + std::string(name) + ">");
    }
    found.push_back(*child);
  }
  return found;
}

Result<std::vector<std::uint8_t>> read_base64(xml::Element value, std::size_t limit_bytes) {
  if (attribute(value, "encoding") != "base64") return malformed(value, "encoding is not base64");
  auto bytes = from_base64(value.text());
  if (!bytes) return std::move(bytes).error();
  if (bytes->size() > limit_bytes) {
    return Error(Errc::too_large, "a <VALUE> of more than " + std::to_string(limit_bytes) + " bytes");
  }
  return bytes;
}

Result<Time> read_time(xml::Element element) {
  auto time = parse_time(trimmed(element.text()));
  if (!time) return malformed(element, time.error().context);
  return time;
}

// <FROM> and <UNTIL>, either of which may be missing.
Result<Period> read_period(xml::Element element) {
  Period period;
  RMS_TRY(const auto from, only_child(element, "FROM"));
  RMS_TRY(const auto until, only_child(element, "UNTIL"));
  if (from) {
    RMS_TRY(period.from, read_time(*from));
  }
  if (until) {
    RMS_TRY(period.until, read_time(*until));
  }
  return period;
}

// A TIME: RANGETIME or INTERVALTIME@days.
Result<void> read_time_condition(xml::Element element, Period& range, std::optional<int>& interval_days) {
  RMS_TRY(const auto range_time, only_child(element, "RANGETIME"));
  RMS_TRY(const auto interval, only_child(element, "INTERVALTIME"));
  if (range_time) {
    if (range.from || range.until) return malformed(element, "a second RANGETIME");
    RMS_TRY(range, read_period(*range_time));
  }
  if (interval) {
    const std::string days = attribute(*interval, "days");
    int value = -1;
    const auto [end, failure] = std::from_chars(days.data(), days.data() + days.size(), value);
    if (failure != std::errc() || end != days.data() + days.size() || value < 0 || value > 36500) {
      return malformed(*interval, "days is no number from 0 to 36500");
    }
    if (interval_days) return malformed(element, "a second INTERVALTIME");
    interval_days = value;
  }
  if (!range_time && !interval) return Error(Errc::unsupported, "a <TIME> that is neither a range nor an interval");
  return {};
}

Result<Object> read_object(xml::Element element) {
  Object object;
  object.type = attribute(element, "type");
  RMS_TRY(const auto id, only_child(element, "ID"));
  RMS_TRY(const auto name, only_child(element, "NAME"));
  RMS_TRY(const auto addresses, children(element, "ADDRESS", kMaxAddresses));
  if (id) {
    object.id_type = attribute(*id, "type");
    object.id = trimmed_text(*id);
  }
  if (name) object.name = name->text();
  for (const auto& address : addresses) {
    object.addresses.push_back({attribute(address, "type"), trimmed_text(address)});
  }
  return object;
}

Result<PublicKey> read_public_key(xml::Element element) {
  RMS_TRY(const auto algorithm, required_child(element, "ALGORITHM"));
  if (trimmed(algorithm.text()) != "RSA") return Error(Errc::unsupported, "a public key that is not RSA");
  std::optional<xml::Element> exponent, modulus;
  RMS_TRY(const auto parameters, children(element, "PARAMETER", 8));
  for (const auto& parameter : parameters) {
    const std::string name = attribute(parameter, "name");
    auto* const value = name == "public-exponent" ? &exponent : name == "modulus" ? &modulus : nullptr;
    if (value == nullptr) continue;
    if (*value) return malformed(element, name + " twice");
    RMS_TRY(*value, required_child(parameter, "VALUE"));
  }
  if (!exponent || !modulus) return malformed(element, "no exponent or no modulus");
  const std::string digits = trimmed_text(*exponent);
  std::uint32_t number = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failure != std::errc() || end != digits.data() + digits.size()) {
    return malformed(element, "the exponent is no number");
  }
  RMS_TRY(const auto bytes, read_base64(*modulus, kMaxKeyBytes));
  return PublicKey::from_modulus_le(bytes, number);
}

Result<EnablingBits> read_enabling_bits(xml::Element element) {
  const std::string type = attribute(element, "type");
  if (type != "sealed-key" && type != "sealed-key-v2") {
    return Error(Errc::unsupported, "enabling bits that are no sealed key");
  }
  RMS_TRY(const auto value, required_child(element, "VALUE"));
  RMS_TRY(auto bytes, read_base64(value, kMaxEnablingBitsBytes));
  return EnablingBits{type == "sealed-key-v2", std::move(bytes)};
}

Result<Principal> read_principal(xml::Element element) {
  Principal principal;
  principal.internal_id = attribute(element, "internal-id");
  RMS_TRY(const auto object, required_child(element, "OBJECT"));
  RMS_TRY(principal.object, read_object(object));
  RMS_TRY(const auto key, only_child(element, "PUBLICKEY"));
  if (key) {
    RMS_TRY(principal.key, read_public_key(*key));
  }
  RMS_TRY(const auto hardware, only_child(element, "DIGEST"));
  if (hardware) {
    RMS_TRY(const auto value, required_child(*hardware, "VALUE"));
    RMS_TRY(principal.hardware_digest, read_base64(value, kMaxHardwareDigestBytes));
  }
  RMS_TRY(const auto levels, children(element, "SECURITYLEVEL", kMaxSecurityLevels));
  for (const auto& level : levels) {
    principal.security_levels.push_back({attribute(level, "name"), attribute(level, "value")});
  }
  RMS_TRY(const auto bits, only_child(element, "ENABLINGBITS"));
  if (bits) {
    RMS_TRY(principal.enabling_bits, read_enabling_bits(*bits));
  }
  return principal;
}

Result<std::vector<Principal>> read_principals(xml::Element element, std::size_t limit) {
  RMS_TRY(const auto elements, children(element, "PRINCIPAL", limit));
  std::vector<Principal> principals;
  for (const auto& each : elements) {
    RMS_TRY(principals.emplace_back(), read_principal(each));
  }
  if (principals.empty()) return malformed(element, "no principal");
  return principals;
}

// One Grant for each principal that has this right.
Result<void> read_right(xml::Element element, std::vector<Grant>& grants) {
  Grant grant;
  grant.right = element.is("RIGHT") ? attribute(element, "name") : std::string(element.name());
  if (grant.right.empty()) return malformed(element, "a right without a name");
  if (grant.right.size() > kMaxRightBytes) {
    return Error(Errc::too_large, "the name of a right of more than " + std::to_string(kMaxRightBytes) + " bytes");
  }
  RMS_TRY(const auto conditions, required_child(element, "CONDITIONLIST"));
  RMS_TRY(const auto access, required_child(conditions, "ACCESS"));
  for (auto each = conditions.first_child(); each; each = each->next_sibling()) {
    if (each->is("", "TIME")) {
      RMS_CHECK(read_time_condition(*each, grant.time, grant.interval_days));
    } else if (!each->is("", "ACCESS")) {
      return Error(Errc::unsupported, "a right under a condition that we do not know");
    }
  }
  RMS_TRY(const auto principals, children(access, "PRINCIPAL", kMaxGrants));
  if (principals.empty()) return malformed(element, "a right for nobody");
  for (const auto& principal : principals) {
    if (grants.size() == kMaxGrants) {
      return Error(Errc::too_large, "more than " + std::to_string(kMaxGrants) + " rights");
    }
    Grant& granted = grants.emplace_back(grant);
    granted.internal_id = attribute(principal, "internal-id");
    RMS_TRY(const auto object, only_child(principal, "OBJECT"));
    if (object) {
      RMS_TRY(granted.grantee, read_object(*object));
    }
    RMS_TRY(const auto bits, only_child(principal, "ENABLINGBITS"));
    if (bits) {
      RMS_TRY(granted.enabling_bits, read_enabling_bits(*bits));
    }
  }
  return {};
}

Result<Work> read_work(xml::Element element, Kind kind, Time issued) {
  Work work;
  RMS_TRY(const auto object, required_child(element, "OBJECT"));
  RMS_TRY(work.object, read_object(object));
  RMS_TRY(const auto metadata, only_child(element, "METADATA"));
  if (metadata) {
    RMS_TRY(const auto owner, only_child(*metadata, "OWNER"));
    if (owner) {
      RMS_TRY(const auto who, required_child(*owner, "OBJECT"));
      RMS_TRY(work.owner, read_object(who));
    }
  }
  RMS_TRY(const auto preconditions, only_child(element, "PRECONDITIONLIST"));
  if (preconditions) {
    std::optional<int>& days = work.interval_days;
    for (auto each = preconditions->first_child(); each; each = each->next_sibling()) {
      if (!each->is("", "TIME")) return Error(Errc::unsupported, "a precondition that we do not know");
      RMS_CHECK(read_time_condition(*each, work.time, days));
    }
    // Counted from ISSUEDTIME (MS-RMPR 2.2.9.8.4). That of a template would be the day on which an administrator made
    // it: 2.2.9.10.4.1 can only mean that of the licence.
    if (days && kind != Kind::official_template) {
      const Time end = std::min<Time>(issued + std::chrono::days(*days), kLastTime);
      work.time.until = std::min(work.time.until.value_or(end), end);
      days.reset();
    }
  }
  RMS_TRY(const auto group, only_child(element, "RIGHTSGROUP"));
  if (group) {
    RMS_TRY(const auto list, required_child(*group, "RIGHTSLIST"));
    for (auto right = list.first_child(); right; right = right->next_sibling()) {
      RMS_CHECK(read_right(*right, work.grants));
    }
  }
  return work;
}

// Judged by what the signature covers: XrML@purpose, which tells a use licence too, stands outside of BODY.
Result<Kind> read_kind(xml::Element body, const Object& descriptor) {
  const std::string type = attribute(body, "type");
  if (type == "Microsoft Rights Label") return Kind::publishing_license;
  if (type == "Microsoft Rights Template") return Kind::rights_data;
  if (type == "Microsoft Official Rights Template") return Kind::official_template;
  if (type == "LICENSE") {
    if (descriptor.type == "Machine-Certificate") return Kind::machine_certificate;
    if (descriptor.type == "Group-Identity-Credential") return Kind::rights_account_certificate;
    if (descriptor.type == "Client-Licensor-Certificate") return Kind::client_licensor_certificate;
    if (descriptor.type == "Server-Licensor-Certificate") return Kind::server_licensor_certificate;
    if (descriptor.type == "DRM-CA-Certificate") return Kind::authority_certificate;
    // The text of MS-RMPR 2.2.9.9.1 gives it no type, its example does.
    if (descriptor.type == "Content-License" || descriptor.type.empty()) return Kind::use_license;
  }
  return Error(Errc::unsupported, "a kind of document that we do not know");
}

// What documents of this kind cannot do without.
Result<void> check_complete(const Content& content, xml::Element body) {
  const Kind kind = content.kind;
  const bool speaks_of_rights = kind == Kind::rights_data || kind == Kind::official_template;
  const bool may_lack_issuer = kind == Kind::rights_data || kind == Kind::publishing_license;  // not yet signed
  const bool may_lack_work = kind == Kind::machine_certificate || kind == Kind::rights_account_certificate;
  if (!content.issuer && !may_lack_issuer) return malformed(body, "no ISSUER");
  if (content.issuer && !content.issuer->key) return malformed(body, "an ISSUER without a key");
  if (content.principals.empty() && !speaks_of_rights) return malformed(body, "no ISSUEDPRINCIPALS");
  if (!content.principals.empty() && !content.principal().key) return malformed(body, "a principal without a key");
  if (!content.work && !may_lack_work) return malformed(body, "no WORK");
  return {};
}

}  // namespace

Result<std::optional<xml::Element>> only_child(xml::Element parent, std::string_view name) {
  std::optional<xml::Element> found;
  for (auto child = parent.first_child(); child; child = child->next_sibling()) {
    if (!child->is("", name)) continue;
    if (found) return malformed(parent, std::string(name) + " twice");
    found = child;
  }
  return found;
}

Result<xml::Element> required_child(xml::Element parent, std::string_view name) {
  RMS_TRY(const auto child, only_child(parent, name));
  if (!child) return malformed(parent, "no " + std::string(name));
  return *child;
}

Result<Content> read_content(xml::Element body) {
  if (const auto version = body.attribute("version"); version && *version != "3.0") {
    return Error(Errc::unsupported, "a BODY whose version is not 3.0");
  }
  Content content;
  RMS_TRY(const auto issued, required_child(body, "ISSUEDTIME"));
  RMS_TRY(content.issued, read_time(issued));
  RMS_TRY(const auto validity, only_child(body, "VALIDITYTIME"));
  if (validity) {
    RMS_TRY(content.validity, read_period(*validity));
  }
  RMS_TRY(const auto descriptor, only_child(body, "DESCRIPTOR"));
  if (descriptor) {
    RMS_TRY(const auto object, required_child(*descriptor, "OBJECT"));
    RMS_TRY(content.descriptor, read_object(object));
  }
  RMS_TRY(content.kind, read_kind(body, content.descriptor));
  RMS_TRY(const auto issuer, only_child(body, "ISSUER"));
  if (issuer) {
    RMS_TRY(content.issuer, read_principal(*issuer));
  }
  RMS_TRY(const auto points, children(body, "DISTRIBUTIONPOINT", kMaxDistributionPoints));
  for (const auto& point : points) {
    RMS_TRY(const auto object, required_child(point, "OBJECT"));
    RMS_TRY(content.distribution_points.emplace_back(), read_object(object));
  }
  RMS_TRY(const auto principals, only_child(body, "ISSUEDPRINCIPALS"));
  if (principals) {
    // Exactly one (MS-RMPR 2.2.9.1.11): with two, readers could differ in whom they believe.
    RMS_TRY(content.principals, read_principals(*principals, 1));
  }
  RMS_TRY(const auto federation, only_child(body, "FEDERATIONPRINCIPALS"));
  if (federation) {
    RMS_TRY(content.federation_principals, read_principals(*federation, kMaxFederationPrincipals));
  }
  RMS_TRY(const auto work, only_child(body, "WORK"));
  if (work) {
    RMS_TRY(content.work, read_work(*work, content.kind, content.issued));
  }
  RMS_TRY(const auto data, children(body, "AUTHENTICATEDDATA", kMaxAuthenticatedData));
  for (const auto& each : data) {
    content.authenticated_data.push_back({attribute(each, "id"), attribute(each, "name"), each.text()});
  }
  RMS_TRY(const auto policies, children(body, "POLICYLIST", kMaxPolicyLists));
  for (const auto& each : policies) content.policy_lists.emplace_back(each.source());
  RMS_CHECK(check_complete(content, body));
  return content;
}

Result<Signature> read_signature(xml::Element element) {
  Signature signature;
  RMS_TRY(const auto algorithm, required_child(element, "ALGORITHM"));
  if (trimmed(algorithm.text()) != "RSA PKCS#1-V1.5") {
    return Error(Errc::unsupported, "a signature that is not RSA PKCS#1 v1.5");
  }
  RMS_TRY(const auto digest, required_child(element, "DIGEST"));
  RMS_TRY(const auto hash, required_child(digest, "ALGORITHM"));
  // Documents say SHA1, the text of MS-RMPR 2.2.9.1.12 says SHA-1.
  const std::string name = trimmed_text(hash);
  if (name == "SHA1" || name == "SHA-1") {
    signature.hash = Hash::sha1;
  } else if (name == "SHA256" || name == "SHA-256") {
    signature.hash = Hash::sha256;
  } else {
    return Error(Errc::unsupported, "a signature whose digest is neither SHA-1 nor SHA-256");
  }
  RMS_TRY(const auto coding, only_child(digest, "PARAMETER"));
  if (coding) {
    RMS_TRY(const auto value, required_child(*coding, "VALUE"));
    if (trimmed(value.text()) != "surface-coding") {
      return Error(Errc::unsupported, "a digest over anything but the characters");
    }
  }
  RMS_TRY(const auto digest_value, required_child(digest, "VALUE"));
  RMS_TRY(signature.digest, read_base64(digest_value, 32));
  if (signature.digest.size() != (signature.hash == Hash::sha1 ? 20 : 32)) {
    return malformed(digest, "a value that is not as long as the algorithm makes it");
  }
  RMS_TRY(const auto value, required_child(element, "VALUE"));
  RMS_TRY(signature.value, read_base64(value, kMaxKeyBytes));
  return signature;
}

}  // namespace rms::xrml
