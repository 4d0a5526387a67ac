// SPDX-License-Identifier: Apache-2.0
//
// Connections that try to cost more than what they send.
#include "support/conversation.h"
#include "support/hostile.h"

namespace rms::connector {
namespace {

using test::filled;
using test::Hostile;
using test::numbered;

// Answers with nothing.
struct Silent final : HttpHandler {
  std::size_t answered = 0;
  boost::asio::awaitable<std::optional<HttpAnswer>> screen(const HttpRequest&) override { co_return std::nullopt; }
  boost::asio::awaitable<HttpAnswer> answer(HttpRequest&) override {
    ++answered;
    co_return HttpAnswer{};
  }
  boost::asio::awaitable<HttpAnswer> turned_away(const HttpRequest&, HttpAnswer answer) override { co_return answer; }
};

// Whether a request came through.
bool read(const std::string& bytes, std::size_t piece) {
  Silent handler;
  test::converse(handler, {}, bytes, piece);
  return handler.answered > 0;
}

// The buffers of a connection, and what the event loop keeps for the next time.
constexpr std::size_t kConnectionBytes = 512 * 1024;

std::string head(const std::string& fields, std::string_view target = "/") {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string chunked(const std::string& chunks, const std::string& trailers = "") {
  return head("Transfer-Encoding: chunked\r\n") + chunks + "0\r\n" + trailers + "\r\n";
}

class HttpCost : public testing::TestWithParam<Hostile> {};

TEST_P(HttpCost, IsModest) {
  test::expect_modest(
      GetParam(), [](const std::string& bytes) { return read(bytes, 16 * 1024); }, kConnectionBytes);
}

constexpr std::size_t kHead = 12'000;  // four times this is a head that is still read

INSTANTIATE_TEST_SUITE_P(
    Hostile, HttpCost,
    testing::Values(
        Hostile{"TinyFields", [](std::size_t n) { return head(filled(n, "a:\r\n")); }, true, kHead},
        Hostile{"ManyNamesOfFields", [](std::size_t n) { return head(numbered(n, "a#:\r\n")); }, true, kHead},
        Hostile{"LongField", [](std::size_t n) { return head("a:" + std::string(n, 'b') + "\r\n"); }, true, kHead},
        Hostile{"SpaceInAField", [](std::size_t n) { return head("a:" + std::string(n, ' ') + "\r\n"); }, true, kHead},
        Hostile{"FoldedField", [](std::size_t n) { return head("a:b\r\n" + filled(n, " c\r\n")); }, false, kHead},
        Hostile{"LongTarget", [](std::size_t n) { return head("", "/" + std::string(n, '/')); }, true, kHead},
        Hostile{"LongCodings",
                [](std::size_t n) { return head("Transfer-Encoding: " + filled(n, "a,") + "chunked\r\n"); }, false,
                kHead},
        Hostile{"EmptyLinesBefore", [](std::size_t n) { return filled(n, "\r\n") + head(""); }, false, kHead},
        Hostile{"ManyRequests", [](std::size_t n) { return filled(n, head("")); }},
        Hostile{
            "Body",
            [](std::size_t n) { return head("Content-Length: " + std::to_string(n) + "\r\n") + std::string(n, 'b'); }},
        Hostile{"TinyChunks", [](std::size_t n) { return chunked(filled(n, "1\r\nb\r\n")); }},
        Hostile{"ChunksWithExtensions", [](std::size_t n) { return chunked(filled(n, "1;a=b\r\nb\r\n")); }},
        Hostile{"LongExtension", [](std::size_t n) { return chunked("1;a=" + std::string(n, 'b') + "\r\nb\r\n"); },
                true, kHead},
        Hostile{"Trailers", [](std::size_t n) { return chunked("", filled(n, "a:\r\n")); }, true, kHead}),
    [](const auto& hostile) { return hostile.param.name; });

class DrippingHttpCost : public testing::TestWithParam<Hostile> {};

TEST_P(DrippingHttpCost, IsModest) {
  test::expect_modest(
      GetParam(), [](const std::string& bytes) { return read(bytes, 1); }, kConnectionBytes);
}

INSTANTIATE_TEST_SUITE_P(
    Hostile, DrippingHttpCost,
    testing::Values(
        Hostile{"Fields", [](std::size_t n) { return head(filled(n, "a:\r\n")); }, true, 4'000},
        Hostile{"LongField", [](std::size_t n) { return head("a:" + std::string(n, 'b') + "\r\n"); }, true, 4'000},
        Hostile{
            "Body",
            [](std::size_t n) { return head("Content-Length: " + std::to_string(n) + "\r\n") + std::string(n, 'b'); },
            true, 4'000},
        Hostile{"Chunks", [](std::size_t n) { return chunked(filled(n, "1\r\nb\r\n")); }, true, 4'000},
        Hostile{"LongExtension", [](std::size_t n) { return chunked("1;a=" + std::string(n, 'b') + "\r\nb\r\n"); },
                true, 4'000},
        Hostile{"Trailers", [](std::size_t n) { return chunked("", filled(n, "a:\r\n")); }, true, 4'000}),
    [](const auto& hostile) { return hostile.param.name; });

}  // namespace
}  // namespace rms::connector
