// SPDX-License-Identifier: Apache-2.0
//
// AcquireTemplateInformation (MS-RMPR 3.4.4.2) and AcquireTemplates (MS-RMPR 3.4.4.3).
#include <utility>

#include "soap/codec.h"

namespace rms::soap {

Read<void> read(const xml::Element&, const Asked&, AcquireTemplateInformationRequest&) {
  return {};
}

void write(Writer&, const AcquireTemplateInformationRequest&) {}

Read<void> read(const xml::Element& element, std::string_view ns, AcquireTemplateInformationResponse& response) {
  RMS_TRY(const auto result, required_child(element, ns, "AcquireTemplateInformationResult"));
  RMS_TRY(const auto key, optional_text(result, ns, "ServerPublicKey"));
  response.server_public_key = key.value_or("");
  RMS_TRY(const auto items, read_items(result, ns, "GuidHash", {0, kMaxTemplateHashes}));
  for (const xml::Element& item : items) {
    RMS_TRY(const auto guid, required_child(item, ns, "Guid"));
    RMS_TRY(const auto hash, required_child(item, ns, "Hash"));
    TemplateHash entry;
    RMS_TRY(entry.guid, read_text(guid));
    RMS_TRY(entry.hash, read_text(hash));
    response.templates.push_back(std::move(entry));
  }
  return {};
}

void write(Writer& out, const AcquireTemplateInformationResponse& response) {
  out.open("AcquireTemplateInformationResult");
  out.text("ServerPublicKey", response.server_public_key);
  out.text("GuidHashCount", std::to_string(response.templates.size()));
  for (const TemplateHash& entry : response.templates) {
    out.open("GuidHash");
    out.text("Guid", entry.guid);
    out.text("Hash", entry.hash);
    out.close("GuidHash");
  }
  out.close("AcquireTemplateInformationResult");
}

Read<void> read(const xml::Element& element, const Asked& asked, AcquireTemplatesRequest& request) {
  RMS_TRY(const auto array, required_child(element, asked.ns, "guids"));
  RMS_TRY(request.guids, read_strings(array, asked.ns, {1, kMaxTemplates}));
  return {};
}

void write(Writer& out, const AcquireTemplatesRequest& request) {
  out.strings("guids", request.guids);
}

Read<void> read(const xml::Element& element, std::string_view ns, AcquireTemplatesResponse& response) {
  RMS_TRY(const auto array, required_child(element, ns, "AcquireTemplatesResult"));
  RMS_TRY(const auto items, read_items(array, ns, "GuidTemplate", {0, kMaxTemplates}));
  for (const xml::Element& item : items) {
    Template entry;
    RMS_TRY(const auto guid, optional_text(item, ns, "Guid"));
    RMS_TRY(const auto hash, optional_text(item, ns, "Hash"));
    RMS_TRY(const auto document, optional_child(item, ns, "Template"));
    entry.guid = guid.value_or("");
    entry.hash = hash.value_or("");
    if (document) entry.xrml = document->text();
    response.templates.push_back(std::move(entry));
  }
  return {};
}

// The document is a string in here, not a node.
void write(Writer& out, const AcquireTemplatesResponse& response) {
  out.open("AcquireTemplatesResult");
  for (const Template& entry : response.templates) {
    out.open("GuidTemplate");
    out.text("Guid", entry.guid);
    if (!entry.hash.empty()) out.text("Hash", entry.hash);
    if (entry.xrml) out.text("Template", *entry.xrml);
    out.close("GuidTemplate");
  }
  out.close("AcquireTemplatesResult");
}

}  // namespace rms::soap
