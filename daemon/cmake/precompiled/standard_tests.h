// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "standard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
