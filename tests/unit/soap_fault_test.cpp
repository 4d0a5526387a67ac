// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "soap/fault.h"

namespace rms::soap {
namespace {

const std::string kName(exceptions::kNoRightsForRequestedPrincipal);

TEST(SoapFault, ReadsEveryDelimiterOfTheGrammar) {
  for (const std::string text : {": no rights", "-no rights", " no rights", ":no rights", ":   no rights"})
    EXPECT_EQ(parse_fault_string(kName + text), (Fault{kName, "no rights"})) << text;
  EXPECT_EQ(parse_fault_string(kName), (Fault{kName, ""}));
  EXPECT_EQ(parse_fault_string(kName + ":"), (Fault{kName, ""}));
}

TEST(SoapFault, KeepsInnerExceptionsInItsText) {
  EXPECT_EQ(parse_fault_string("A.BException: one ---> C.DException: two"),
            (Fault{"A.BException", "one ---> C.DException: two"}));
}

TEST(SoapFault, LooksBehindTheWordsOfAspNet) {
  EXPECT_EQ(parse_fault_string("Server was unable to process request. ---> " + kName + ": no"), (Fault{kName, "no"}));
}

TEST(SoapFault, TextWithoutANameHasNoException) {
  for (const std::string text : {"", " a", "1a", ".a", "a.: b", "a..b", "a,b", "(none)", "\n"})
    EXPECT_EQ(parse_fault_string(text), (Fault{"", text})) << text;
}

TEST(SoapFault, ReadsBackWhatItWrites) {
  for (const Fault& fault : {Fault{kName, "a: b - c"}, Fault{kName, ""}, Fault{"", "(text)"}, Fault{"X_1.Y2", "t"}})
    EXPECT_EQ(parse_fault_string(fault.to_string()), fault);
}

}  // namespace
}  // namespace rms::soap
