// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "soap/operation.h"

namespace rms::soap {

// The WSDL 1.1 of a page: document/literal, elementFormDefault qualified, one binding for SOAP 1.1 and one for 1.2
// (MS-RMPR 2.1 and 6, MS-RMSI 6). Says what MS-RMPR and MS-RMSI say, in words of our own. `address`: where the service
// is found, any text. Pure; UTF-8.
std::string wsdl(const Service& service, std::string_view address);

inline constexpr std::string_view kWsdlContentType = "text/xml; charset=utf-8";

}  // namespace rms::soap
