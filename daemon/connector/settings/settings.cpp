// SPDX-License-Identifier: Apache-2.0
#include "connector/settings/settings.h"

#include "connector/settings/sections.h"

namespace rms::connector {

std::string to_string(const HostPort& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

const std::set<soap::Operation>& default_grants(Role role) {
  using enum soap::Operation;
  static const std::set<soap::Operation> any_server{certify,
                                                    get_client_licensor_cert,
                                                    acquire_license,
                                                    acquire_issuance_license,
                                                    acquire_template_information,
                                                    acquire_templates,
                                                    get_licensor_certificate,
                                                    find_service_locations_for_user,
                                                    get_server_info};
  static const std::set<soap::Operation> exchange = [] {
    auto grants = any_server;
    grants.insert(acquire_pre_license);
    return grants;
  }();
  return role == Role::exchange ? exchange : any_server;
}

std::string published_base(const LocationSettings& settings) {
  return settings.point_to == PointTo::connector ? settings.connector_url + "/_wmcs" : std::string();
}

Result<Settings> load_settings(const std::filesystem::path& path, const Clock& clock) {
  RMS_TRY(auto file, yaml::File::load(path));
  Settings settings;
  settings.file = path;
  Places places;
  file.read([&](yaml::Map& root) {
    places = read_sections(root, file, settings);
    read_servers(root, file, settings, clock);
  });
  check_rules(settings, places, file);
  open_certificates(settings, places, file, clock);
  open_revocation_lists(settings, places, file, clock);
  check_keytab(settings, places, file);
  check_proxy_files(settings, places, file);
  if (settings.listen.unsafe_http_address)
    settings.warnings.push_back(
        "listen.unsafe_http_address: plain HTTP is on: whoever sees the network sees licences and can change requests");
  RMS_CHECK(file.check());
  settings.digest = digest_of(settings, file.text());
  return settings;
}

Result<std::filesystem::path> read_admin_socket(const std::filesystem::path& path) {
  RMS_TRY(auto file, yaml::File::load(path));
  std::filesystem::path socket;
  file.read([&](yaml::Map& root) {
    root.map("admin", yaml::optional, [&](yaml::Map& admin) { admin.path("socket", socket); });
  });
  return socket;
}

std::vector<yaml::KnownKey> known_settings() {
  // One server and one endpoint, so that the keys of an item are asked for.
  auto file = yaml::File::parse("cloud: {endpoints: [{}]}\nservers: [{}]", "");
  Settings settings;
  file->read([&](yaml::Map& root) {
    read_sections(root, *file, settings);
    read_servers(root, *file, settings, SystemClock());
  });
  return file->known_keys();
}

}  // namespace rms::connector
