// SPDX-License-Identifier: Apache-2.0
#include "soap/writer.h"

#include "soap/reader.h"
#include "xml/document.h"

namespace rms::soap {

void Writer::exact(std::string_view characters) {
  bytes_ += characters.size();
  if (!counts_only_) out_ += characters;
}

void Writer::open(std::string_view name) {
  exact("<");
  exact(name);
  exact(">");
}

void Writer::open(std::string_view name, std::string_view ns) {
  exact("<");
  exact(name);
  exact(" xmlns=\"");
  exact(xml::escape(ns));
  exact("\">");
}

void Writer::close(std::string_view name) {
  exact("</");
  exact(name);
  exact(">");
}

void Writer::empty(std::string_view name) {
  exact("<");
  exact(name);
  exact("/>");
}

void Writer::text(std::string_view name, std::string_view characters) {
  open(name);
  exact(xml::escape(characters));
  close(name);
}

void Writer::document(std::string_view name, std::string_view characters) {
  open(name);
  exact(characters);
  close(name);
}

void begin_envelope(Writer& out, SoapVersion version, const std::optional<VersionHeader>& header) {
  out.exact("<?xml version=\"1.0\" encoding=\"utf-8\"?><soap:Envelope xmlns:soap=\"");
  out.exact(envelope_namespace(version));
  out.exact("\">");
  if (header) {
    out.open("soap:Header");
    out.open("VersionData", header->ns);
    out.text("MinimumVersion", header->minimum);
    out.text("MaximumVersion", header->maximum);
    out.close("VersionData");
    out.close("soap:Header");
  }
  out.open("soap:Body");
}

void end_envelope(Writer& out) {
  out.close("soap:Body");
  out.close("soap:Envelope");
}

}  // namespace rms::soap
