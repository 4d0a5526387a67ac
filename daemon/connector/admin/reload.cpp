// SPDX-License-Identifier: Apache-2.0
#include "connector/admin/reload.h"

#include <nlohmann/json.hpp>

namespace rms::connector {

std::string_view to_string(ReloadAnswer::Result result) {
  switch (result) {
    case ReloadAnswer::Result::reloaded:
      return "reloaded";
    case ReloadAnswer::Result::unchanged:
      return "unchanged";
    case ReloadAnswer::Result::refused:
      return "refused";
  }
  return "refused";
}

std::string reload_json(const ReloadAnswer& answer) {
  using Json = nlohmann::ordered_json;
  Json changes = Json::array();
  for (const Change& change : answer.changes)
    changes.push_back({{"kind", to_string(change.kind)}, {"what", change.text}, {"loud", change.loud}});
  const Json json{{"result", to_string(answer.result)},
                  {"dry_run", answer.dry_run},
                  {"problems", answer.problems},
                  {"changes", changes},
                  {"warnings", answer.warnings},
                  {"generation", answer.generation},
                  {"digest", answer.digest},
                  {"watch_seconds", answer.watch_seconds}};
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace rms::connector
