// SPDX-License-Identifier: Apache-2.0
//
// For whatever links rms_proto.
#pragma once

#include "loops.h"

#include <grpcpp/grpcpp.h>
