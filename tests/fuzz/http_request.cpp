// SPDX-License-Identifier: Apache-2.0
//
// What a connection brings to the listener, behind TLS. Input: one byte, then the bytes of the connection. They arrive
// at once, and then on another connection in pieces of as many bytes as the first one says, but at most 128 pieces: the
// requests that the handler sees must be the same. (Not so what is turned away: Beast finds some faults of a head only
// when all of it is there at once, else it waits for the end of the head.)
#include <algorithm>
#include <string>
#include <vector>

#include "fuzz/http_recorder.h"
#include "fuzz/support.h"
#include "support/conversation.h"

namespace rms::fuzz {
namespace {

constexpr connector::HttpLimits kLimits{.header_bytes = 1024, .body_bytes = 2048};

std::vector<std::string> requests_of(std::string_view bytes, std::size_t piece) {
  Recorder recorder;
  const std::string answers = test::converse(recorder, kLimits, bytes, piece);
  expect(answers.empty() || answers.starts_with("HTTP/1."), "an answer is HTTP");
  return recorder.seen;
}

}  // namespace
}  // namespace rms::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rms;
  if (size == 0) return 0;
  const std::string_view bytes = fuzz::text_of(data + 1, size - 1);
  const auto whole = fuzz::requests_of(bytes, bytes.size() + 1);
  const auto pieces = fuzz::requests_of(bytes, std::max<std::size_t>(1 + data[0], bytes.size() / 128));
  if (whole != pieces)
    for (const auto& seen : {whole, pieces})
      for (const auto& each : seen) std::fprintf(stderr, "%s\n%s", each.c_str(), &each == &seen.back() ? "----\n" : "");
  fuzz::expect(whole == pieces, "how the bytes arrive says nothing");
  return 0;
}
