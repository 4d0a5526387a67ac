// SPDX-License-Identifier: Apache-2.0
//
// rms-cloudd and rms-cloudctl as processes, on files of their own, and a connector that asks.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>
#include <boost/asio/ip/tcp.hpp>

#include "rms/v1/audit.grpc.pb.h"
#include "rms/v1/licensing.grpc.pb.h"
#include "support/attribution.h"
#include "support/test_ca.h"

extern char** environ;

namespace rms {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

inline std::string read_file(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// A child process; killed if the test leaves it behind. Its standard output and error go to one file.
class Process {
 public:
  Process(std::vector<std::string> arguments, const std::filesystem::path& output) {
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::posix_spawn_file_actions_adddup2(&actions, 1, 2);
    if (::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ) != 0) pid_ = -1;
    ::posix_spawn_file_actions_destroy(&actions);
  }
  ~Process() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  void signal(int number) const { ::kill(pid_, number); }
  pid_t id() const { return pid_; }
  // Exit status, or minus the signal.
  int wait() {
    int status = -1;
    if (pid_ <= 0 || ::waitpid(pid_, &status, 0) != pid_) return -1000;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }
  bool is_running() {
    int status = 0;
    return pid_ > 0 && ::waitpid(pid_, &status, WNOHANG) == 0;
  }

 private:
  pid_t pid_ = -1;
};

class CloudPrograms : public testing::Test {
 protected:
  CloudPrograms() { configure({}, {}, {}); }

  // More lines of these sections.
  void configure(const std::string& listen, const std::string& store, const std::string& more) {
    config_ = directory_.write(
        "rms-cloud.yaml",
        "version: 1\nlisten:\n  address: 127.0.0.1:0\n  certificate: " + server_.certificate.string() +
            "\n  key: " + server_.key.string() + "\n  client_ca: " + ca_.certificate().string() + "\n" + listen +
            "store:\n  sqlite: store.db\n" + store + "keys:\n  encryption_key: kek\n" + more);
  }

  int ctl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), RMS_CLOUDCTL);
    Process process(arguments, output_);
    return process.wait();
  }
  int ctl_config(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--config", config_.string()});
    return ctl(std::move(arguments));
  }
  void set_up() {
    ASSERT_EQ(ctl({"key", "create", (directory_.path() / "kek").string()}), 0) << read_file(output_);
    ASSERT_EQ(ctl_config({"tenant", "create", "contoso.test", "--url", "https://rms.contoso.test"}), 0)
        << read_file(output_);
    ASSERT_EQ(ctl_config({"connector", "add", "c1", "--tenant", "contoso.test", "--certificate",
                          client_.certificate.string()}),
              0)
        << read_file(output_);
  }
  // Starts rms-cloudd, behind `shell` if there is one, and waits until it says that it is ready.
  std::unique_ptr<Process> serve(const std::string& shell = "", const char* log = "log") {
    const auto ready = directory_.path() / "ready";
    std::filesystem::remove(ready);  // of one that was started before
    std::vector<std::string> command{RMS_CLOUDD, "--config", config_.string(), "--ready-file", ready.string()};
    if (!shell.empty()) {
      std::string line = shell + " && exec";
      for (const auto& word : command) line += " '" + word + "'";
      command = {"/bin/sh", "-c", line};
    }
    auto process = std::make_unique<Process>(command, directory_.path() / log);
    while (!std::filesystem::exists(ready)) {
      if (!process->is_running())
        throw std::runtime_error("rms-cloudd did not start: " + read_file(directory_.path() / log));
      std::this_thread::yield();
    }
    const auto text = read_file(ready);
    address_ = text.substr(text.find('=') + 1, text.find('\n') - text.find('=') - 1);
    return process;
  }
  tcp::endpoint endpoint() const {
    return {boost::asio::ip::make_address("127.0.0.1"),
            static_cast<std::uint16_t>(std::stoi(address_.substr(address_.find(':') + 1)))};
  }
  std::shared_ptr<grpc::Channel> channel() const { return channel_to(address_); }
  std::shared_ptr<grpc::Channel> channel_to(const std::string& address) const {
    grpc::SslCredentialsOptions options{ca_.certificate_pem(), client_.key_pem, client_.certificate_pem};
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(address, grpc::SslCredentials(options), arguments);
  }
  static constexpr auto kJournal = "0f45fd50-383b-43ee-90a4-ed013cd0cfe5";
  grpc::Status keep_head(std::uint64_t sequence, const std::string& journal = kJournal) const {
    v1::KeepHeadRequest request;
    request.set_journal_id(journal);
    request.mutable_head()->set_sequence(sequence);
    request.mutable_head()->set_hash(std::string(64, 'a'));
    v1::KeepHeadResponse response;
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + 30s);
    return v1::Audit::NewStub(channel())->KeepHead(&context, request, &response);
  }
  grpc::Status ask() const {
    v1::AcquireLicenseRequest request;
    *request.mutable_context()->mutable_attribution() = test::signed_by(
        client_,
        test::attribution("exchange", "exchange@contoso.test", "AcquireLicense", std::chrono::system_clock::now()));
    request.add_items();
    v1::AcquireLicenseResponse response;
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    context.set_deadline(std::chrono::system_clock::now() + 30s);
    return v1::Licensing::NewStub(channel())->AcquireLicense(&context, request, &response);
  }

  test::TempDir directory_;
  test::TestCa ca_;
  const test::Credentials server_ = ca_.server();
  const test::Credentials client_ = ca_.client("connector-1.contoso.test");
  std::filesystem::path config_;
  const std::filesystem::path output_ = directory_.path() / "output", log_ = directory_.path() / "log";
  std::string address_;
};

}  // namespace rms
