// SPDX-License-Identifier: Apache-2.0
//
// Beast's own code for this program. (The listener has its own: nobody else links that room for a parser.)
#include <boost/beast/src.hpp>
