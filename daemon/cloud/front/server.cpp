// SPDX-License-Identifier: Apache-2.0
#include "cloud/front/server.h"

#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "cloud/front/connection_watch.h"

namespace rms::cloud {
namespace {

std::shared_ptr<grpc::ServerCredentials> credentials(const net::PemFiles& tls) {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.pem_root_certs = tls.ca;
  options.pem_key_cert_pairs.push_back({std::string(tls.key.text()), tls.certificate_chain});
  return grpc::SslServerCredentials(options);
}

void add_limits(grpc::ServerBuilder& builder, const Server::Options& options) {
  // Each connection alone may be within its limits, and all of them together too much.
  grpc::ResourceQuota quota("rms-cloudd");
  builder.SetResourceQuota(quota.Resize(Server::memory_bytes(options)));
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.message_bytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, static_cast<int>(options.streams_per_connection));
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, static_cast<int>(options.handshake_timeout.count()));
  // Connections are made anew now and then: so new addresses of ours are found, and load spreads over all endpoints.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, static_cast<int>(options.connection_age.count()));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             static_cast<int>(options.connection_age_grace.count()));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, static_cast<int>(options.connection_idle.count()));
  // A connector that vanished without a word gives its place back within 80 s.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Connectors watch idle connections with pings of their own; gRPC's default would call that an attack.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
}

// The ticket lives in this coroutine: the place is free when the connection is over, whatever ends it.
boost::asio::awaitable<void> hold_place(SecondDescriptor connection,
                                        [[maybe_unused]] net::ConnectionLimit::Ticket ticket) {
  co_await wait_until_over(std::move(connection));
}

}  // namespace

Server::Server(boost::asio::any_io_executor executor, const Clock& clock, Log& log)
    : executor_(executor),
      clock_(clock),
      log_(log),
      budget_(clock),
      accepting_(executor, log, "accepting"),
      connections_(executor, log, "connections") {}

Server::~Server() = default;

Result<void> Server::start(const Options& options, const net::PemFiles& tls, Services& services) {
  RMS_TRY(auto acceptor, net::listen(executor_, options.host, options.port));
  grpc::ServerBuilder builder;
  add_limits(builder, options);
  hand_over_ = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, credentials(tls));
  builder.RegisterService(&services.health);
  builder.RegisterService(&services.audit);
  builder.RegisterService(&services.certification);
  builder.RegisterService(&services.publishing);
  builder.RegisterService(&services.licensing);
  builder.RegisterService(&services.server);
  builder.RegisterService(&services.templates);
  health_ = &services.health;
  server_ = builder.BuildAndStart();
  if (!server_) return Error(Errc::malformed, "gRPC does not take the certificates");

  address_ = acceptor.local_endpoint();
  acceptor_.emplace(std::move(acceptor));
  limit_.emplace(options.connections);
  accepting_.spawn(net::accept_loop(
      *acceptor_, *limit_, log_, [this](auto socket, auto ticket) { accept(std::move(socket), std::move(ticket)); }));
  return {};
}

void Server::accept(boost::asio::ip::tcp::socket socket, net::ConnectionLimit::Ticket ticket) {
  boost::system::error_code error;
  socket.non_blocking(true, error);
  if (!error) socket.set_option(boost::asio::ip::tcp::no_delay(true), error);
  auto second = SecondDescriptor::of(socket.native_handle());
  if (!second || error) {
    if (const auto kept_back = budget_.spend()) {
      log_.warning("a connection was dropped",
                   {{"error", second ? error.message() : second.error().to_string()}, {"not_logged", *kept_back}});
    }
    return;
  }
  const int fd = socket.release(error);
  if (error) return;  // the socket still owns it, and closes it
  connections_.spawn(hold_place(*std::move(second), std::move(ticket)));
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
  parameters.fd = fd;
  hand_over_->HandleNewConnection(&parameters);  // owns fd now
}

boost::asio::awaitable<bool> Server::stop(std::chrono::milliseconds drain) {
  health_->drain();
  boost::system::error_code ignored;
  acceptor_->close(ignored);
  accepting_.cancel();
  co_await accepting_.wait_empty();

  // Shutdown() blocks until the last call is finished; the loop goes on meanwhile (connections end on it).
  const auto deadline = clock_.steady() + drain;
  boost::asio::steady_timer done(executor_, boost::asio::steady_timer::time_point::max());
  std::thread shutdown([&, wall = std::chrono::system_clock::now() + drain] {
    server_->Shutdown(wall);
    boost::asio::post(executor_, [&] { done.cancel(); });
  });
  co_await done.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  shutdown.join();
  const bool drained = clock_.steady() < deadline;
  co_await connections_.wait_empty_until(clock_.steady() + std::chrono::seconds(1));
  connections_.cancel();
  co_await connections_.wait_empty();
  co_return drained;
}

}  // namespace rms::cloud
