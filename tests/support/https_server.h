// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>

#include "net/tls.h"
#include "support/outcome.h"

namespace rms::test {

// Answers every request on a loopback port with the same bytes, over mutual TLS unless told otherwise. One connection
// at a time.
class HttpsServer {
 public:
  struct Files {
    std::filesystem::path certificate, key, client_ca;
    const char* only_cipher = nullptr;  // OpenSSL's name of one of TLS 1.2; null: what we allow everywhere
    net::ClientCertificate client = net::ClientCertificate::required;
  };
  // An empty `answer`: takes the request and says nothing.
  HttpsServer(const Files& files, std::string answer)
      : answer_(std::move(answer)),
        tls_(must(net::make_mutual_server_context(files.certificate, files.key, files.client_ca, files.client))),
        acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    if (files.only_cipher != nullptr) {
      SSL_CTX_set_max_proto_version(tls_.native_handle(), TLS1_2_VERSION);
      SSL_CTX_set_cipher_list(tls_.native_handle(), files.only_cipher);
    }
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~HttpsServer() {
    boost::asio::post(io_, [this] { acceptor_.close(); });
    thread_.join();
  }

  std::string url() const { return "https://localhost:" + std::to_string(acceptor_.local_endpoint().port()); }
  // The last request, head and body. REQUIRES: its answer has come.
  std::string request() const { return request_; }
  int requests() const { return requests_; }

 private:
  using Stream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket>;

  void accept() {
    acceptor_.async_accept([this](boost::system::error_code error, boost::asio::ip::tcp::socket socket) {
      if (error) return;
      serve(std::make_unique<Stream>(std::move(socket), tls_));
      accept();
    });
  }

  void serve(std::unique_ptr<Stream> stream) {
    boost::system::error_code error;
    stream->handshake(Stream::server, error);
    if (error) return;
    boost::asio::streambuf buffer;
    const std::size_t head = boost::asio::read_until(*stream, buffer, "\r\n\r\n", error);
    if (error) return;
    std::string text(static_cast<const char*>(buffer.data().data()), buffer.size());
    const auto length = std::stoul(text.substr(text.find("Content-Length: ") + 16));
    std::string rest(head + length - text.size(), '\0');
    boost::asio::read(*stream, boost::asio::buffer(rest), error);
    request_ = text + rest;
    ++requests_;
    if (answer_.empty()) {
      silent_.push_back(std::move(stream));
      return;
    }
    boost::asio::write(*stream, boost::asio::buffer(answer_), error);
    stream->shutdown(error);
  }

  std::string answer_;
  boost::asio::ssl::context tls_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::unique_ptr<Stream>> silent_;
  std::string request_;
  std::atomic<int> requests_{0};
  std::thread thread_;
};

}  // namespace rms::test
