// SPDX-License-Identifier: Apache-2.0
//
// How an operation of the rights service ends: with what was asked for, with a refusal that the caller is told by one
// of Microsoft's exception names, or without an answer. The last two never mix: a Fault is decided, an Error is not.
#pragma once

#include <string_view>
#include <variant>

#include <boost/system/result.hpp>

#include "base/result.h"
#include "soap/fault.h"

namespace rms::cloud {

struct Unfulfilled {
  std::variant<soap::Fault, Error> why;

  Unfulfilled() : why(Error()) {}  // none: what Boost wants to be able to say
  Unfulfilled(soap::Fault fault) : why(std::move(fault)) {}
  Unfulfilled(Error error) : why(std::move(error)) {}

  const soap::Fault* fault() const { return std::get_if<soap::Fault>(&why); }
  const Error* error() const { return std::get_if<Error>(&why); }
};

// Works with RMS_TRY and RMS_CHECK; a Result's Error passes through as an Error.
template <class T>
class [[nodiscard]] Outcome : public boost::system::result<T, Unfulfilled> {
 public:
  using boost::system::result<T, Unfulfilled>::result;
};

// What was being checked when it failed: the same Errc means another exception on another document.
enum class Subject {
  machine_chain,          // SPC
  persona,                // RAC
  rights_label,           // PL and its issuing chain
  rights_label_server,    // for which server a PL was made
  rights_label_template,  // the official template inside of it
  use_license,            // what of a PL and its rights goes into a UL

  unsigned_license,         // a PL that we are to sign
  unsigned_license_server,  // for which server it was made
  unsigned_license_key,     // its sealed content key
  rights_template,          // the official template inside of it
};

// The one table from failures to refusals (MS-RMPR 3.3.4.1, 3.4.4.1, 3.5.4.1, 3.5.4.2). Whatever an Errc says of the
// document (malformed to already_exists) becomes a Fault, also what the table does not foresee: were it an Error, one
// hostile item would cost its whole batch the answer. Every Errc that says of us that we could not tell stays an Error.
// REQUIRES: it was the document that was checked. What a store says of its own state (Errc::corrupt) does not belong
// here. Sentences are fixed: nothing from inside reaches the caller.
Unfulfilled refuse(Subject subject, Error error);

}  // namespace rms::cloud
