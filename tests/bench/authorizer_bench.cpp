// SPDX-License-Identifier: Apache-2.0
//
// What it costs to find out which entry of servers: a caller belongs to, and whether it may. The peer is the plain way:
// to look at one entry after the other.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "connector/authorizer/authorizer.h"

namespace rms::connector {
namespace {

std::string sid(std::size_t number) {
  return "S-1-5-21-1004336348-1177238915-682003330-" + std::to_string(number);
}

// A list of all kinds of entries: groups mostly, as it is in domains.
std::shared_ptr<const Settings> list_of(std::size_t entries) {
  auto settings = std::make_shared<Settings>();
  for (std::size_t i = 0; i < entries; ++i) {
    ServerEntry entry;
    entry.name = "server-" + std::to_string(i);
    entry.mail = "exchange@contoso.com";
    entry.operations = default_grants(Role::exchange);
    if (i % 10 < 6)
      entry.match.group_sid = sid(100'000 + i);
    else if (i % 10 < 8)
      entry.match.dns = entry.name + ".contoso.com";
    else if (i % 10 == 8)
      entry.match.sid = sid(100'000 + i);
    else
      entry.match.account = entry.name + "$@contoso.com";
    settings->servers.push_back(std::move(entry));
  }
  return settings;
}

// A computer account in that many groups, of which the last one that is looked at is an entry's.
Principal member_of(std::size_t groups) {
  Principal who{"kerberos", "EXCH01$@CONTOSO.COM", std::nullopt, WindowsIdentity{"CONTOSO\\EXCH01$", sid(1105), {}}};
  for (std::size_t i = 0; i + 1 < groups; ++i) who.windows->groups.push_back(sid(10'000 + i));
  if (groups > 0) who.windows->groups.push_back(sid(100'000));
  std::ranges::sort(who.windows->groups);
  return who;
}

void ours(benchmark::State& state) {
  const auto settings = list_of(static_cast<std::size_t>(state.range(0)));
  const ServerList servers(settings);
  const Principal who = member_of(static_cast<std::size_t>(state.range(1)));
  if (!servers.authorize(who, soap::Operation::acquire_license, {}).allowed()) return state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(servers.authorize(who, soap::Operation::acquire_license, {}));
}

void one_after_the_other(benchmark::State& state) {
  const auto settings = list_of(static_cast<std::size_t>(state.range(0)));
  const Principal who = member_of(static_cast<std::size_t>(state.range(1)));
  for (auto _ : state) {
    const ServerEntry* found = nullptr;
    for (const ServerEntry& entry : settings->servers)
      if (entry.match.group_sid && std::ranges::binary_search(who.windows->groups, *entry.match.group_sid))
        found = &entry;
    benchmark::DoNotOptimize(found);
  }
}

void shapes(benchmark::internal::Benchmark* of) {
  for (const int entries : {10, 1'000, 10'000})
    for (const int groups : {1, 100, 1'000}) of->Args({entries, groups});
}

BENCHMARK(ours)->Apply(shapes)->Unit(benchmark::kMicrosecond);
BENCHMARK(one_after_the_other)->Apply(shapes)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace rms::connector

BENCHMARK_MAIN();
