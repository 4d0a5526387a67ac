// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>

namespace rms {

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  boost::throw_exception(boost::system::system_error(error.code, error.context), where);
}

}  // namespace rms
