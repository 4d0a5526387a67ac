// SPDX-License-Identifier: Apache-2.0
#include "cloud/store/answer_sql.h"

#include <algorithm>

#include "base/guid.h"
#include "cloud/store/licensor_sql.h"
#include "cloud/store/sql_values.h"
#include "cloud/store/usage_sql.h"

namespace rms::cloud::sql {
namespace {

// One is kept and so many may go: what has piled up goes in time, and nobody waits for it.
constexpr std::int64_t kGoAtOnce = 8;

std::span<const std::uint8_t> as_blob(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

struct Newest {
  std::int64_t id = 0, bytes = 0;  // bytes of all that were ever kept
};

Result<Newest> select_newest(Database& database) {
  RMS_TRY(auto* select,
          database.prepared("SELECT id, bytes_before + length(answer) FROM answers ORDER BY id DESC LIMIT 1"));
  RMS_TRY(const bool found, select->step());
  if (!found) return Newest{};
  const Newest newest{select->number(0), select->number(1)};
  select->reset();
  return newest;
}

Result<void> insert_answer(Database& database, std::string_view tenant, const QuestionRecord& question,
                           std::string_view answer, WallTime now, const Newest& newest) {
  RMS_TRY(auto* insert,
          database.prepared("INSERT INTO answers (id, tenant, connector, method, request_id, digest, kept, "
                            "bytes_before, answer) VALUES (?,?,?,?,?,?,?,?,?)"));
  return insert->bind(1, newest.id + 1)
      .bind(2, tenant)
      .bind(3, question.connector)
      .bind(4, question.method)
      .bind(5, question.request_id)
      .bind(6, question.digest)
      .bind(7, to_number(now))
      .bind(8, newest.bytes)
      .bind(9, as_blob(answer))
      .run();
}

// Lets go of a few of the oldest that are over a limit. The one that was just kept stays, whatever its size.
Result<void> forget(Database& database, const Newest& before, std::size_t bytes, WallTime now,
                    const AnswerLimits& limits) {
  RMS_TRY(auto* remove,
          database.prepared("DELETE FROM answers WHERE id IN (SELECT id FROM (SELECT id, kept, bytes_before FROM "
                            "answers ORDER BY id LIMIT ?1) WHERE id <= ?2 AND (kept < ?3 OR id <= ?4 OR "
                            "bytes_before < ?5))"));
  const auto total = before.bytes + static_cast<std::int64_t>(bytes);
  return remove->bind(1, kGoAtOnce)
      .bind(2, before.id)
      .bind(3, to_number(now - limits.keep))
      .bind(4, before.id + 1 - static_cast<std::int64_t>(limits.most))
      .bind(5, total - static_cast<std::int64_t>(limits.bytes))
      .run();
}

}  // namespace

Result<std::optional<AnswerRecord>> select_answer(Database& database, std::string_view tenant,
                                                  const QuestionRecord& question) {
  RMS_TRY(auto* select,
          database.prepared("SELECT digest, answer FROM answers WHERE request_id = ? AND method = ? AND connector = ? "
                            "AND tenant = ?"));
  RMS_TRY(const bool found, select->bind(1, question.request_id)
                                .bind(2, question.method)
                                .bind(3, question.connector)
                                .bind(4, without_braces(tenant))
                                .step());
  if (!found) return std::nullopt;
  const auto bytes = select->blob(1);
  AnswerRecord record{select->text(0), {bytes.begin(), bytes.end()}};
  select->reset();
  return record;
}

Result<std::optional<AnswerRecord>> book(Database& database, std::string_view tenant, const Booking& booking,
                                         const AnswerLimits& limits) {
  // From here on nobody else writes, in this process or another: what is not there now comes after us.
  RMS_TRY(auto transaction, Transaction::begin(database));
  if (booking.question != nullptr) {
    RMS_TRY(auto earlier, select_answer(database, tenant, *booking.question));
    if (earlier) return earlier;
  }
  RMS_CHECK(insert_usage(database, tenant, booking.rows, booking.vouched));
  for (const auto& licensor : booking.licensors) RMS_CHECK(insert_licensor(database, tenant, licensor));
  if (booking.question != nullptr && booking.answer) {
    RMS_TRY(const auto newest, select_newest(database));
    RMS_CHECK(insert_answer(database, tenant, *booking.question, *booking.answer, booking.now, newest));
    RMS_CHECK(forget(database, newest, booking.answer->size(), booking.now, limits));
  }
  RMS_CHECK(transaction.commit());
  return std::nullopt;
}

}  // namespace rms::cloud::sql
