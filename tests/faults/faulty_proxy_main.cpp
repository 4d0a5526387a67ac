// SPDX-License-Identifier: Apache-2.0
//
// rms-faulty-proxy: support/tcp_proxy.h as a program, for tests that are not written in C++.
#include <chrono>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>

#include "support/tcp_proxy.h"

namespace {

using boost::asio::ip::tcp;

// "127.0.0.1:8443"
tcp::endpoint parse_endpoint(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(text.substr(0, colon), error);
  const int port = colon == text.npos ? 0 : std::stoi(text.substr(colon + 1));
  if (error || port < 1 || port > 65535) throw std::invalid_argument("'" + text + "' is not ADDRESS:PORT");
  return {address, static_cast<std::uint16_t>(port)};
}

std::size_t number(std::istringstream& words) {
  std::size_t value = 0;
  if (!(words >> value)) throw std::invalid_argument("this command wants a number");
  return value;
}

// Does what the line says; gives what to answer.
std::string obey(rms::test::TcpProxy& proxy, const std::string& line) {
  std::istringstream words(line);
  std::string command, text;
  words >> command;
  if (command == "pass") {
    proxy.mend();
  } else if (command == "refuse") {
    proxy.cut();
  } else if (command == "close") {
    proxy.close();
  } else if (command == "black-hole") {
    proxy.freeze();
  } else if (command == "half-open") {
    proxy.half_open();
  } else if (command == "reset") {
    proxy.reset_after(number(words));
  } else if (command == "delay") {
    proxy.delay(std::chrono::milliseconds(number(words)));
  } else if (command == "throttle") {
    proxy.throttle(number(words));
  } else if (command == "retarget") {
    words >> text;
    proxy.retarget(parse_endpoint(text));
  } else if (command == "status") {
    return "ok open=" + std::to_string(proxy.open()) + " accepted=" + std::to_string(proxy.accepted());
  } else {
    throw std::invalid_argument("there is no command '" + command + "'");
  }
  return "ok";
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Forwards TCP from a loopback port, and breaks it as it is told to.", "rms-faulty-proxy");
  std::string to;
  std::uint16_t port = 0;
  app.add_option("--to", to, "ADDRESS:PORT of the target")->required();
  app.add_option("--port", port, "The port to listen on; by default a free one");
  app.footer(
      "Says \"listening PORT\", then answers each line of standard input with \"ok\" or \"error: why\"; ends with it.\n"
      "  pass            no fault any more\n"
      "  refuse          reset all connections, refuse new ones\n"
      "  close           the same, but they end as those of a process that exits\n"
      "  black-hole      keep and accept connections, let nothing through\n"
      "  half-open       the connections of now never hear anything again; new ones are whole\n"
      "  reset BYTES     reset each connection after so many bytes from the target\n"
      "  delay MS        each way\n"
      "  throttle BYTES  a second, each way; 0: no limit\n"
      "  retarget TO     where new connections lead\n"
      "  status          open and accepted connections");
  CLI11_PARSE(app, argc, argv);
  try {
    rms::test::TcpProxy proxy(parse_endpoint(to), port);
    std::cout << "listening " << proxy.port() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
      try {
        std::cout << obey(proxy, line) << std::endl;
      } catch (const std::logic_error& e) {
        std::cout << "error: " << e.what() << std::endl;
      }
    }
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "rms-faulty-proxy: " << e.what() << "\n";
    return 1;
  }
}
