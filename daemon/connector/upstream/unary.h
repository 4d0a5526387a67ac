// SPDX-License-Identifier: Apache-2.0
//
// The bridge from gRPC's callback API to a completion token, written once. For sources of this room only.
//
// gRPC calls back on one of its own few threads, and it writes into the reply until it does. Hence five rules:
// 1. A work guard keeps the loop running while gRPC has the call.
// 2. The handler lives in state that gRPC's callback and the loop share: std::function wants copies, handlers have
// none.
// 3. Cancelling is TryCancel(); the call has ended only when the callback has come.
// 4. The callback posts. On the loop the cancellation slot is cleared and the state freed before the handler runs: the
//    handler may start the next call, or destroy whoever owned this one.
// 5. gRPC's thread does nothing else: it never waits, locks, logs or destroys a channel.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <grpcpp/client_context.h>
#include <grpcpp/support/status.h>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

namespace rms::connector {

// What gRPC reads and writes while a call is under way. Whoever started the call and gRPC's callback own it together.
template <class Request, class Response>
struct UnaryExchange {
  grpc::ClientContext context;
  Request request;
  Response response;
};

using UnaryDone = std::function<void(grpc::Status)>;

// Starts one call: `launch(exchange, done)` hands it to a stub. Completes with void(grpc::Status) on the handler's
// executor, exactly once, after gRPC is done with `exchange`. Supports every cancellation type. Never throws later than
// from `launch`.
template <class Exchange, class Launch, class CompletionToken>
auto async_unary(std::shared_ptr<Exchange> exchange, Launch launch, CompletionToken&& token) {
  namespace asio = boost::asio;
  return asio::async_initiate<CompletionToken, void(grpc::Status)>(
      [](auto handler, std::shared_ptr<Exchange> shared, Launch start) {
        using Handler = decltype(handler);
        using Executor = asio::associated_executor_t<Handler>;
        struct Waiting {
          explicit Waiting(Handler h) : handler(std::move(h)), work(asio::get_associated_executor(handler)) {}
          Handler handler;
          asio::executor_work_guard<Executor> work;
        };
        const auto waiting = std::make_shared<Waiting>(std::move(handler));

        if (auto slot = asio::get_associated_cancellation_slot(waiting->handler); slot.is_connected())
          slot.assign([shared](asio::cancellation_type) { shared->context.TryCancel(); });

        const UnaryDone done = [shared, waiting](grpc::Status status) mutable {
          const Executor executor = waiting->work.get_executor();
          asio::post(executor,
                     [shared = std::move(shared), waiting = std::move(waiting), status = std::move(status)]() mutable {
                       asio::get_associated_cancellation_slot(waiting->handler).clear();
                       Handler ready = std::move(waiting->handler);
                       waiting.reset();
                       shared.reset();
                       std::move(ready)(std::move(status));
                     });
        };
        start(*shared, done);
      },
      token, std::move(exchange), std::move(launch));
}

}  // namespace rms::connector
