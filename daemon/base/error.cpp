// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

namespace rms {
namespace {

// Boost gives its base class a destructor that is not virtual, and a protected one: nobody deletes through it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class Category final : public boost::system::error_category {
 public:
  const char* name() const noexcept override { return "rms"; }

  std::string message(int value) const override {
    switch (static_cast<Errc>(value)) {
      case Errc::malformed:
        return "malformed";
      case Errc::too_large:
        return "too large";
      case Errc::unsupported:
        return "unsupported";
      case Errc::signature_invalid:
        return "signature invalid";
      case Errc::untrusted:
        return "untrusted";
      case Errc::not_valid_now:
        return "not valid now";
      case Errc::wrong_key:
        return "wrong key";
      case Errc::corrupt:
        return "corrupt";
      case Errc::denied:
        return "denied";
      case Errc::no_rights:
        return "no rights";
      case Errc::not_found:
        return "not found";
      case Errc::already_exists:
        return "already exists";
      case Errc::unavailable:
        return "unavailable";
      case Errc::deadline_exceeded:
        return "deadline exceeded";
      case Errc::overloaded:
        return "overloaded";
      case Errc::cancelled:
        return "cancelled";
      case Errc::io_error:
        return "input/output error";
      case Errc::insecure_file:
        return "insecure file";
      case Errc::invalid_setting:
        return "invalid setting";
    }
    return "unknown error " + std::to_string(value);
  }
};
#pragma GCC diagnostic pop

}  // namespace

const boost::system::error_category& error_category() noexcept {
  static const Category category;
  return category;
}

boost::system::error_code make_error_code(Errc e) noexcept {
  return {static_cast<int>(e), error_category()};
}

std::string Error::to_string() const {
  return context.empty() ? code.message() : code.message() + ": " + context;
}

}  // namespace rms
