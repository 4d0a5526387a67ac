// SPDX-License-Identifier: Apache-2.0
//
// What the messages of the operations are made of, as tables (MS-RMPR 3.3-3.7 and 6, MS-RMSI 3 and 6): the source of
// every WSDL. Reader and writer do not use it: what we send is exactly this, what we take is more than this. Private
// to this folder.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "soap/operation.h"

namespace rms::soap {

// What an element holds: a type of XML Schema ("xs:string"), kAnything, else a type of these tables.
inline constexpr std::string_view kAnything = "*";  // text and one element of any namespace

enum class Often { once, optional, many };  // 1, 0 to 1, 0 to n (each may be nil)

// One child of a type; the children of a type stand together and in their order.
struct Child {
  std::string_view parent, name, type;
  Often often = Often::optional;
};
std::span<const Child> children();

// One value of an enumeration.
struct Value {
  std::string_view type, value;
};
std::span<const Value> values();

// An operation's elements are <Operation> with one optional child, or none, and <OperationResponse> with one optional
// child <OperationResult>.
struct Message {
  std::string_view parameter, parameter_type;  // empty: the request has no child
  std::string_view result_type;
  bool version_data = true;  // the header goes with request and response
};
const Message& message_of(Operation operation);

}  // namespace rms::soap
