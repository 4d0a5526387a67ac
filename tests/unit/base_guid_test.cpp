// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "base/guid.h"

namespace rms {
namespace {

TEST(Guid, NewOnesDiffer) {
  const std::string guid = new_guid();
  EXPECT_EQ(guid.size(), 36u);
  EXPECT_TRUE(is_guid(guid));
  EXPECT_NE(guid, new_guid());
  const std::string braced = new_braced_guid();
  EXPECT_EQ(braced.size(), 38u);
  EXPECT_TRUE(is_guid(braced));
}

TEST(Guid, NamedOnesDependOnSpaceAndName) {
  EXPECT_EQ(named_guid("space", "name"), named_guid("space", "name"));
  EXPECT_NE(named_guid("space", "name"), named_guid("space", "other"));
  EXPECT_NE(named_guid("space", "name"), named_guid("other", "name"));
  EXPECT_EQ(named_guid("space", "name")[14], '5') << "RFC 4122 version";
  EXPECT_TRUE(is_guid(named_guid("", "")));
}

TEST(Guid, IsToldFromOtherText) {
  EXPECT_TRUE(is_guid("0F45FD50-383b-43EE-90A4-ED013CD0CFE5"));
  EXPECT_TRUE(is_guid("{0f45fd50-383b-43ee-90a4-ed013cd0cfe5}"));
  for (const char* text : {"", "{}", "0f45fd50383b43ee90a4ed013cd0cfe5", "{0f45fd50-383b-43ee-90a4-ed013cd0cfe5",
                           "0f45fd50-383b-43ee-90a4-ed013cd0cfe5}", "(0f45fd50-383b-43ee-90a4-ed013cd0cfe5)",
                           "0f45fd50-383b-43ee-90a4-ed013cd0cfeg", "0f45fd50+383b-43ee-90a4-ed013cd0cfe5",
                           "0f45fd5-0383b-43ee-90a4-ed013cd0cfe5", "0f45fd50-383b-43ee-90a4-ed013cd0cfe5 ",
                           "\xff\xff\xff\xff\xff\xff\xff\xff-383b-43ee-90a4-ed013cd0cfe5"})
    EXPECT_FALSE(is_guid(text)) << text;
}

}  // namespace
}  // namespace rms
