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

TEST(SoapFault, NamesMayHaveLettersOfAnyLanguage) {
  EXPECT_EQ(parse_fault_string("\xc3\x9c"
                               "bersicht.Fehler_2: x"),
            (Fault{"\xc3\x9c"
                   "bersicht.Fehler_2",
                   "x"}));
}

// MS-RMPR 3.1.4.5: the delimiter is one of three; anything else makes it no name.
TEST(SoapFault, OtherDelimitersEndNoName) {
  for (const std::string text : {"A.B; no", "A.B\tno", "A.B(no)", "A.B/no"})
    EXPECT_EQ(parse_fault_string(text), (Fault{"", text})) << text;
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
