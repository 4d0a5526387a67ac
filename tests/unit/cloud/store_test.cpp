// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <latch>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include "base/guid.h"
#include "cloud/store/sqlite_store.h"
#include "support/outcome.h"
#include "support/test_ca.h"

namespace rms::cloud {
namespace {

using namespace std::chrono_literals;
using test::fails_with;
using test::must;
using test::succeeds;

const WallTime kNow = WallTime(std::chrono::seconds(1'790'000'000));

TenantRecord a_tenant(const std::string& name = "contoso.test") {
  return {new_guid(), name, "https://rms." + name, "<XrML/>", {1, 0, 2}, {3}, {4}, kNow};
}
UsageRow a_row(const std::string& id) {
  UsageRow row;
  row.time = kNow;
  row.row_id = id;
  row.c_info = "tab\there";
  return row;
}

class StoreTest : public testing::Test {
 protected:
  std::unique_ptr<SqliteStore> open(std::chrono::milliseconds busy = 5s) {
    return must(SqliteStore::open({file_, busy}));
  }

  test::TempDir directory_;
  std::filesystem::path file_ = directory_.path() / "store.db";
};

TEST_F(StoreTest, MakesAFileThatOnlyItsOwnerReads) {
  const auto old = ::umask(0);
  auto store = open();
  must(store->add_tenant(a_tenant()));
  ::umask(old);
  for (const auto* suffix : {"", "-wal", "-shm"}) {
    struct stat info {};
    ASSERT_EQ(::stat((file_.string() + suffix).c_str(), &info), 0) << suffix;
    EXPECT_EQ(info.st_mode & 0777, 0600u) << suffix;
  }
}

TEST_F(StoreTest, RemembersTenants) {
  const auto tenant = a_tenant();
  must(open()->add_tenant(tenant));
  auto store = open();
  for (const auto& key : {tenant.guid, "{" + tenant.guid + "}", tenant.name, std::string("CONTOSO.test")}) {
    const auto found = must(store->find_tenant(key));
    EXPECT_EQ(found.guid, tenant.guid);
    EXPECT_EQ(found.chain, tenant.chain);
    EXPECT_EQ(found.licensor_key, tenant.licensor_key);
    EXPECT_EQ(found.created, tenant.created);
  }
  EXPECT_EQ(must(store->tenants()).size(), 1u);
  EXPECT_TRUE(fails_with(store->find_tenant("fabrikam.test"), Errc::not_found));
}

TEST_F(StoreTest, KeepsNamesAndGuidsApart) {
  auto store = open();
  const auto tenant = a_tenant();
  must(store->add_tenant(tenant));
  EXPECT_TRUE(fails_with(store->add_tenant(a_tenant("Contoso.TEST")), Errc::already_exists));
  auto same_guid = a_tenant("other.test");
  same_guid.guid = tenant.guid;
  EXPECT_TRUE(fails_with(store->add_tenant(same_guid), Errc::already_exists));
}

TEST_F(StoreTest, RemembersConnectors) {
  auto store = open();
  const auto tenant = a_tenant();
  must(store->add_tenant(tenant));
  const ConnectorRecord connector{tenant.guid, "c1", std::string(64, 'a'), kNow, false};
  must(store->add_connector(connector));
  EXPECT_EQ(must(store->find_connector(connector.fingerprint)).name, "c1");
  EXPECT_TRUE(fails_with(store->add_connector(connector), Errc::already_exists));
  EXPECT_TRUE(fails_with(store->add_connector({new_guid(), "c2", std::string(64, 'b'), kNow, false}), Errc::not_found));
  must(store->remove_connector(tenant.guid, "C1"));
  EXPECT_TRUE(fails_with(store->find_connector(connector.fingerprint), Errc::not_found));
  EXPECT_TRUE(fails_with(store->remove_connector(tenant.guid, "c1"), Errc::not_found));
}

TEST_F(StoreTest, ConsentToOpenAnyAndItsTraceAreOneDeed) {
  auto store = open();
  const auto tenant = a_tenant();
  must(store->add_tenant(tenant));
  const ConnectorRecord connector{tenant.guid, "c1", std::string(64, 'a'), kNow, false};
  must(store->add_connector(connector));
  const auto consent = [&](bool to) {
    return store->consent_to_open_any(tenant.guid, "C1", to, a_row(to ? "on" : "off"));
  };
  EXPECT_FALSE(must(consent(false))) << "it was so already";
  EXPECT_TRUE(must(store->last_usage(std::nullopt, 100)).empty());
  EXPECT_TRUE(must(consent(true)));
  EXPECT_FALSE(must(consent(true)));
  EXPECT_TRUE(must(store->find_connector(connector.fingerprint)).open_any);
  EXPECT_TRUE(must(consent(false)));
  EXPECT_EQ(must(store->last_usage(tenant.guid, 100)).size(), 2u);
  EXPECT_TRUE(fails_with(store->consent_to_open_any(tenant.guid, "c2", true, a_row("x")), Errc::not_found));
  EXPECT_EQ(must(store->last_usage(std::nullopt, 100)).size(), 2u);
}

TEST_F(StoreTest, GivesTheNewestRowsOldestFirst) {
  auto store = open();
  const auto one = a_tenant(), two = a_tenant("fabrikam.test");
  must(store->add_tenant(one));
  must(store->add_tenant(two));
  must(store->append_usage(one.guid, std::vector{a_row("1"), a_row("2")}));
  must(store->append_usage(two.guid, std::vector{a_row("3")}));
  must(store->append_usage(one.guid, std::vector{a_row("4")}));
  const auto ids = [&](std::optional<std::string_view> tenant, std::size_t most) {
    std::string text;
    for (const auto& row : must(store->last_usage(tenant, most))) text += row.row_id;
    return text;
  };
  EXPECT_EQ(ids(std::nullopt, 100), "1234");
  EXPECT_EQ(ids(std::nullopt, 2), "34");
  EXPECT_EQ(ids(one.guid, 100), "124");
  EXPECT_EQ(must(store->last_usage(one.guid, 1)).at(0).c_info, "tab\there");
}

TEST_F(StoreTest, SaysThatTheDiskIsFullAndWritesNothing) {
  auto store = open();
  const auto tenant = a_tenant();
  must(store->add_tenant(tenant));
  must(store->limit_pages_for_test(1));
  std::vector<UsageRow> rows(500, a_row("x"));
  const auto written = store->append_usage(tenant.guid, rows);
  ASSERT_TRUE(fails_with(written, Errc::io_error));
  EXPECT_NE(written.error().context.find("disk is full"), std::string::npos) << written.error().context;
  EXPECT_TRUE(must(store->last_usage(std::nullopt, 1)).empty());
  must(store->limit_pages_for_test(100'000));
  EXPECT_TRUE(succeeds(store->append_usage(tenant.guid, rows))) << "it goes on when there is room";
}

TEST_F(StoreTest, SaysThatItIsLocked) {
  auto database = must(Database::open((open(), file_), 5s));
  auto holder = must(Transaction::begin(database));
  auto store = SqliteStore::open({file_, 10ms});
  EXPECT_TRUE(fails_with(store, Errc::unavailable));
}

// Another process imports a directory: usage rows wait for it, and nobody who only asks does.
TEST_F(StoreTest, ReadsWhileAWriterWaitsForAnotherProcess) {
  auto store = open(60s);
  const auto tenant = a_tenant();
  must(store->add_tenant(tenant));
  must(store->add_connector({tenant.guid, "c1", std::string(64, 'a'), kNow, false}));
  auto database = must(Database::open(file_, 5s));
  std::optional holder(must(Transaction::begin(database)));

  std::latch about_to_write(1);
  std::atomic<bool> over = false;
  std::thread writer([&] {
    about_to_write.count_down();
    must(store->append_usage(tenant.guid, std::vector{a_row("1")}));
    over = true;
  });
  about_to_write.wait();
  for (int i = 0; i < 1'000; ++i) {  // the writer begins to wait during these
    EXPECT_EQ(must(store->find_connector(std::string(64, 'a'))).name, "c1");
    EXPECT_FALSE(must(store->find_user(tenant.guid, "bob@contoso.test")));
  }
  EXPECT_FALSE(over) << "nobody has let go of the lock";
  EXPECT_TRUE(must(store->last_usage(std::nullopt, 1)).empty());
  holder.reset();
  writer.join();
  EXPECT_EQ(must(store->last_usage(std::nullopt, 1)).size(), 1u) << "what was written is read at once";
}

TEST_F(StoreTest, RefusesAFileThatIsNoDatabase) {
  directory_.write("store.db", std::string(8192, 'x'));
  EXPECT_TRUE(fails_with(SqliteStore::open({file_}), Errc::corrupt));
}

TEST_F(StoreTest, SaysThatTheFileIsDamaged) {
  {
    auto store = open();
    const auto tenant = a_tenant();
    must(store->add_tenant(tenant));
    must(store->append_usage(tenant.guid, std::vector<UsageRow>(5'000, a_row("x"))));
  }
  const auto size = std::filesystem::file_size(file_);
  std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(size / 2));
  file << std::string(size / 2, '\xff');
  file.close();
  auto store = SqliteStore::open({file_});
  ASSERT_TRUE(succeeds(store)) << "its schema is good";
  EXPECT_TRUE(fails_with((*store)->last_usage(std::nullopt, 500), Errc::corrupt));
}

TEST_F(StoreTest, LeavesTheFileOfANewerProgramAlone) {
  open();
  must(must(Database::open(file_, 5s)).execute("PRAGMA user_version=999"));
  EXPECT_TRUE(fails_with(SqliteStore::open({file_}), Errc::unsupported));
  EXPECT_EQ(must(must(Database::open(file_, 5s)).number("PRAGMA user_version")), 999);
}

TEST_F(StoreTest, SaysThatTheDirectoryIsMissing) {
  EXPECT_TRUE(fails_with(SqliteStore::open({directory_.path() / "no" / "store.db"}), Errc::not_found));
}

// As rms-cloudd and rms-cloudctl do: both make the schema, and both write.
TEST_F(StoreTest, ServesTwoProcessesAtOnce) {
  constexpr int kRows = 200;
  const auto write = [&](const std::string& name) {
    auto store = open(30s);
    const auto tenant = a_tenant(name);
    must(store->add_tenant(tenant));
    for (int i = 0; i < kRows; ++i) must(store->append_usage(tenant.guid, std::vector{a_row(std::to_string(i))}));
  };
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      write("child.test");
      ::_exit(0);
    } catch (...) {
      ::_exit(1);
    }
  }
  write("parent.test");
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(must(open()->last_usage(std::nullopt, 10'000)).size(), 2u * kRows);
}

TEST_F(StoreTest, ServesManyThreads) {
  auto store = open();
  const auto tenant = a_tenant();
  must(store->add_tenant(tenant));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) must(store->append_usage(tenant.guid, std::vector{a_row("x")}));
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(must(store->last_usage(std::nullopt, 1000)).size(), 200u);
}

}  // namespace
}  // namespace rms::cloud
