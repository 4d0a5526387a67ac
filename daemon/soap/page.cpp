// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "soap/envelope.h"
#include "xml/document.h"

namespace rms::soap {

std::string service_page(const Service& service) {
  const std::string title = xml::escape(service.title);
  std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" + title +
                     "</title></head>\n<body>\n<h1>" + title +
                     "</h1>\n<p>The following operations are supported:</p>\n<ul>\n";
  for (const Operation operation : service.operations)
    page.append("<li>").append(to_string(operation)).append("</li>\n");
  page +=
      "</ul>\n<p>For a formal definition, see the <a href=\"?wsdl\">service description</a>.</p>\n<p>If you see this "
      "page, the connector can be reached and answers. Servers send their requests to this "
      "address by themselves;\nthere is nothing to do here with a browser.</p>\n</body>\n</html>\n";
  return page;
}

}  // namespace rms::soap
