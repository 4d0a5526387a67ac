// SPDX-License-Identifier: Apache-2.0
//
// rms-load: many callers of a connector, or of any HTTPS server, and what they saw.
#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <fstream>
#include <future>
#include <iostream>
#include <iterator>
#include <latch>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/process.h"
#include "load/load.h"

namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using rms::load::Load;
using rms::load::Plan;
using rms::load::Tally;
using rms::load::Target;

// What a use licence says of itself, and no other certificate does.
constexpr const char* kUseLicence = "purpose=\"Content-License\"";
constexpr const char* kPage = "/_wmcs/licensing/license.asmx";

struct Options {
  std::string url, body_file, ca, certificate, key, log;
  std::string content_type = "text/xml; charset=utf-8";
  std::string expect = kUseLicence;
  std::vector<std::string> headers;
  bool raw = false;
  std::size_t callers = 16, threads = 1;
  double rate = 0, seconds = 10, timeout = 30;
};

std::string read_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw std::runtime_error(name + ": cannot be read");
  return text;
}

struct Url {
  std::string host, port, path;
};
Url parse_url(const std::string& url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme)) throw std::runtime_error("'" + url + "' does not begin with https://");
  const std::size_t slash = std::min(url.find('/', kScheme.size()), url.size());
  const std::string authority = url.substr(kScheme.size(), slash - kScheme.size());
  const std::size_t colon = authority.rfind(':');
  if (colon == authority.npos) return {authority, "443", url.substr(slash)};
  return {authority.substr(0, colon), authority.substr(colon + 1), url.substr(slash)};
}

void fill(Target& target, const Options& options) {
  const Url url = parse_url(options.url);
  asio::io_context context;
  target.endpoint = *asio::ip::tcp::resolver(context).resolve(url.host, url.port).begin();
  target.host = url.host;
  target.timeout = std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout * 1000));
  if (!options.body_file.empty()) target.body = read_file(options.body_file);
  target.with_id = !options.raw;
  if (!options.raw) target.expected = options.expect;

  std::string path = url.path;
  if (path.empty()) path = options.raw ? "/" : kPage;
  std::string head = (options.body_file.empty() ? "GET " : "POST ") + path + " HTTP/1.1\r\nHost: " + url.host + ":" +
                     url.port + "\r\n";
  if (!options.body_file.empty())
    head +=
        "Content-Type: " + options.content_type + "\r\nContent-Length: " + std::to_string(target.body.size()) + "\r\n";
  for (const std::string& header : options.headers) head += header + "\r\n";
  target.head_to_id = head + (target.with_id ? "client-request-id: " : "\r\n");
  target.head_from_id = "\r\n\r\n";

  target.tls.set_verify_mode(asio::ssl::verify_peer);
  target.tls.load_verify_file(options.ca);
  if (!options.certificate.empty()) {
    target.tls.use_certificate_chain_file(options.certificate);
    target.tls.use_private_key_file(options.key, asio::ssl::context::pem);
  }
}

std::atomic<bool>* stop_at_signal = nullptr;
void on_signal(int) {
  *stop_at_signal = true;
}

int run(const Options& options) {
  Target target;
  fill(target, options);
  Plan plan;
  plan.rate = options.rate;
  if (!options.log.empty() && !(plan.log = std::fopen(options.log.c_str(), "w")))
    throw std::runtime_error(options.log + ": cannot be written");
  stop_at_signal = &plan.stop;
  std::signal(SIGTERM, on_signal);
  std::signal(SIGINT, on_signal);

  // All connections first, then all threads begin together.
  std::latch connected(static_cast<std::ptrdiff_t>(options.threads)), begun(1);
  std::list<std::future<Tally>> parts;
  for (std::size_t i = 0; i < options.threads; ++i) {
    const std::size_t share = options.callers / options.threads + (i < options.callers % options.threads ? 1 : 0);
    parts.push_back(std::async(std::launch::async, [&, share] {
      Load load(target, plan, share);
      load.connect();
      connected.count_down();
      begun.wait();
      return load.run();
    }));
  }
  connected.wait();
  plan.begin = std::chrono::steady_clock::now();
  plan.end = plan.begin + std::chrono::microseconds(static_cast<std::int64_t>(options.seconds * 1e6));
  std::cerr << "begun" << std::endl;
  begun.count_down();
  Tally all;
  for (auto& part : parts) all.merge(part.get());
  const std::chrono::nanoseconds took(plan.over.load());
  std::cout << all.json(std::chrono::duration_cast<std::chrono::microseconds>(took), options.rate) << std::endl;
  if (plan.log && std::fclose(plan.log) != 0) throw std::runtime_error(options.log + ": cannot be written");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Many callers of a connector, or of any HTTPS server: asks, checks every answer, prints JSON.",
               "rms-load");
  app.add_option("url", options.url, "https://HOST[:PORT][/PATH]; by default the connector's licensing page")
      ->required();
  app.add_option("--body", options.body_file, "File to post: a SOAP envelope; without it: GET");
  app.add_option("--ca", options.ca, "PEM: who signs the server's certificate")->required();
  auto* certificate = app.add_option("--cert", options.certificate, "PEM: the callers' certificate");
  app.add_option("--key", options.key, "PEM: its key")->needs(certificate);
  app.add_option("--callers", options.callers, "Connections")->check(CLI::Range(1, 10000))->capture_default_str();
  app.add_option("--threads", options.threads, "Threads")->check(CLI::Range(1, 64))->capture_default_str();
  app.add_option("--rate", options.rate, "Requests a second in all; 0: as fast as answers come")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--seconds", options.seconds, "How long")->check(CLI::Range(0.1, 86400.0))->capture_default_str();
  app.add_option("--timeout", options.timeout, "Seconds for one answer")
      ->check(CLI::Range(0.1, 600.0))
      ->capture_default_str();
  app.add_option("--content-type", options.content_type)->capture_default_str();
  app.add_option("--header", options.headers, "\"Name: value\", more than once");
  app.add_option("--expect", options.expect, "What a good answer has in it")->capture_default_str();
  app.add_flag("--raw", options.raw, "Any server: every 2xx is good, no request ids");
  app.add_option("--log", options.log,
                 "File: a line for each request: start (Unix time) and latency in microseconds, outcome, status, id");
  app.footer(
      "With --rate latency counts from when a request was due, so that waiting for a free caller is in it.\n"
      "Says \"begun\" on standard error when all callers are connected. SIGTERM: no more requests, then the report.");
  CLI11_PARSE(app, argc, argv);
  options.threads = std::min(options.threads, options.callers);
  rms::ignore_signals_of_writing();
  try {
    return run(options);
  } catch (const std::exception& e) {
    std::cerr << "rms-load: " << e.what() << "\n";
    return 1;
  }
}
