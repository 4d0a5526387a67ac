// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

namespace rms {

// Every way in which something foreseeable fails. Closed: callers may switch over it.
// Denied and could-not-ask never share a code: `denied` and `no_rights` are answers, `unavailable`,
// `deadline_exceeded`, `overloaded` and `cancelled` mean that nobody answered.
enum class Errc {
  malformed = 1,      // The bytes are not what they claim to be.
  too_large,          // A limit on size, depth, count or length was passed.
  unsupported,        // Well formed, but of a kind, version or mode that we do not handle.
  signature_invalid,  // A digest or signature does not match its document.
  untrusted,          // A chain does not lead to a key that we trust, or names the wrong principal.
  not_valid_now,      // Outside its validity time.
  wrong_key,          // Sealed for another key: it cannot be opened with ours.
  corrupt,            // Opened, but the content was altered or cut short.
  denied,             // Somebody decided: this caller may not do this.
  no_rights,          // Somebody decided: the principal holds no right on this content.
  not_found,          // What was named does not exist.
  already_exists,     // What was to be made exists.
  unavailable,        // Could not ask: the peer is away or refused the connection.
  deadline_exceeded,  // Could not ask in the time that was given.
  overloaded,         // Could not ask: a limit on concurrent work is reached. Come back later.
  cancelled,          // Could not ask: the caller went away or the daemon is stopping.
  io_error,           // A file or socket operation failed; the context names it.
  insecure_file,      // A secret's file may be read or written by others than it should.
  invalid_setting,    // Configuration or an argument is wrong; the context says where and what would be right.
};

const boost::system::error_category& error_category() noexcept;
boost::system::error_code make_error_code(Errc e) noexcept;

// A failure: a code for programs, a context for the log and the administrator.
// The context never holds secrets, and never leaves the process towards a caller.
struct Error {
  boost::system::error_code code;
  std::string context;

  Error() = default;  // No failure: what Boost's result<void, Error> wants to be able to say.
  Error(Errc e, std::string what) : code(make_error_code(e)), context(std::move(what)) {}
  Error(boost::system::error_code c, std::string what) : code(c), context(std::move(what)) {}

  // The same failure, seen from one boundary further out: "reading the licence: bad base64".
  Error in(std::string_view where) && {
    context.insert(0, ": ").insert(0, where);
    return std::move(*this);
  }

  // "malformed: reading the licence: bad base64"
  std::string to_string() const;
};

inline bool operator==(const Error& error, Errc e) noexcept {
  return error.code == make_error_code(e);
}

}  // namespace rms

template <>
struct boost::system::is_error_code_enum<rms::Errc> : std::true_type {};
