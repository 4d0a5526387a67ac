// SPDX-License-Identifier: Apache-2.0
#include "soap/writer.h"

#include <utility>

#include "xml/document.h"

namespace rms::soap {
namespace {

constexpr std::string_view kEnvelopeBegin =
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>"
    "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\">";

}  // namespace

void Writer::begin(std::string_view ns, std::string_view minimum, std::string_view maximum) {
  out_ += kEnvelopeBegin;
  out_ += "<soap:Header>";
  open("VersionData", ns);
  text("MinimumVersion", minimum);
  text("MaximumVersion", maximum);
  close("VersionData");
  out_ += "</soap:Header><soap:Body>";
}

void Writer::begin_without_header() {
  out_ += kEnvelopeBegin;
  out_ += "<soap:Body>";
}

std::string Writer::end() && {
  out_ += "</soap:Body></soap:Envelope>";
  return std::move(out_);
}

void Writer::open(std::string_view name) {
  out_.append("<").append(name).append(">");
}

void Writer::open(std::string_view name, std::string_view ns) {
  out_.append("<").append(name).append(" xmlns=\"").append(xml::escape(ns)).append("\">");
}

void Writer::close(std::string_view name) {
  out_.append("</").append(name).append(">");
}

void Writer::empty(std::string_view name) {
  out_.append("<").append(name).append("/>");
}

void Writer::text(std::string_view name, std::string_view characters) {
  open(name);
  out_ += xml::escape(characters);
  close(name);
}

}  // namespace rms::soap
