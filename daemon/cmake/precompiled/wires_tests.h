// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wires.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
