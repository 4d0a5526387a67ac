// SPDX-License-Identifier: Apache-2.0
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>

#include "connector/telemetry/process.h"

namespace rms::connector {
namespace {

prometheus::MetricFamily family(const char* name, const char* help, prometheus::MetricType type, double value) {
  prometheus::ClientMetric metric;
  (type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return {name, help, type, {metric}};
}

// Fields of /proc/self/stat behind the program's name, which may hold spaces and brackets (proc(5)).
struct Stat {
  double user_ticks = 0, system_ticks = 0, threads = 0, start_ticks = 0, virtual_bytes = 0, resident_pages = 0;
};

std::optional<Stat> read_stat() {
  std::ifstream in("/proc/self/stat");
  std::string line;
  if (!std::getline(in, line)) return std::nullopt;
  const std::size_t end_of_name = line.rfind(')');
  if (end_of_name == std::string::npos) return std::nullopt;

  constexpr int kFirst = 3, kUser = 14, kSystem = 15, kThreads = 20, kStart = 22, kVirtual = 23, kResident = 24;
  std::istringstream rest(line.substr(end_of_name + 1));
  Stat stat;
  std::string word;
  for (int field = kFirst; field <= kResident && rest >> word; ++field) {
    switch (field) {
      case kUser:
        stat.user_ticks = std::stod(word);
        break;
      case kSystem:
        stat.system_ticks = std::stod(word);
        break;
      case kThreads:
        stat.threads = std::stod(word);
        break;
      case kStart:
        stat.start_ticks = std::stod(word);
        break;
      case kVirtual:
        stat.virtual_bytes = std::stod(word);
        break;
      case kResident:
        stat.resident_pages = std::stod(word);
        break;
      default:
        break;
    }
  }
  return stat;
}

// Seconds since the epoch at which the system started: start times count from there.
double boot_time() {
  std::ifstream in("/proc/stat");
  for (std::string word; in >> word;)
    if (double seconds = 0; word == "btime" && in >> seconds) return seconds;
  return 0;
}

double open_descriptors() {
  std::error_code failed;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", failed), end; !failed && entry != end;
       entry.increment(failed))
    ++count;
  return count > 0 ? count - 1 : 0;  // without the one that the counting takes
}

}  // namespace

std::vector<prometheus::MetricFamily> process_families() {
  using prometheus::MetricType;
  std::vector<prometheus::MetricFamily> families;
  if (const auto stat = read_stat()) {
    const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const double page = static_cast<double>(::sysconf(_SC_PAGESIZE));
    families.push_back(family("process_cpu_seconds_total", "Processor time used", MetricType::Counter,
                              (stat->user_ticks + stat->system_ticks) / ticks));
    families.push_back(family("process_threads", "Threads", MetricType::Gauge, stat->threads));
    families.push_back(
        family("process_resident_memory_bytes", "Memory in use", MetricType::Gauge, stat->resident_pages * page));
    families.push_back(
        family("process_virtual_memory_bytes", "Address space in use", MetricType::Gauge, stat->virtual_bytes));
    if (const double boot = boot_time(); boot > 0)
      families.push_back(family("process_start_time_seconds", "When the process started", MetricType::Gauge,
                                boot + stat->start_ticks / ticks));
  }
  families.push_back(family("process_open_fds", "Open file descriptors", MetricType::Gauge, open_descriptors()));
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    families.push_back(family("process_max_fds", "File descriptors that may be open", MetricType::Gauge,
                              static_cast<double>(limit.rlim_cur)));
  return families;
}

}  // namespace rms::connector
