// SPDX-License-Identifier: Apache-2.0
// The steps of load_settings(). Private to settings/.
#pragma once

#include "connector/settings/settings.h"
#include "yaml/file.h"

namespace rms::connector {

// The places of what is judged only after all has been read.
struct Places {
  yaml::Place listen_address, listen_certificate, listen_key, listen_client_ca, listen_client_crl, listen_unsafe_http;
  yaml::Place cloud_certificate, cloud_key, cloud_ca;
  yaml::Place proxy_password, proxy_keytab, proxy_cache;
  yaml::Place connector_url;
  yaml::Place keytab, channel_binding;
  yaml::Place admin_address;
  yaml::Place handshakes;
  yaml::Place audit_directory;
};

// text -> struct: kinds, units, ranges, required and unknown keys.
Places read_sections(yaml::Map& root, yaml::File& file, Settings& settings);
// REQUIRES: the sections have been read. `clock`: whether grants are over.
void read_servers(yaml::Map& root, yaml::File& file, Settings& settings, const Clock& clock);
void read_grants(yaml::Map& server, yaml::File& file, ServerEntry& to, Settings& settings, const Clock& clock);
void read_proxy(yaml::Map& map, ProxySettings& to, yaml::File& file, Places& places);
void read_pins(yaml::Map& map, std::vector<std::string>& to, yaml::File& file);
void read_match(yaml::Map& server, ServerEntry& to, const Settings& settings);

// Rules between settings.
void check_rules(const Settings& settings, const Places& places, yaml::File& file);

// The files that settings name: there, readable, safe, made for each other.
void open_certificates(Settings& settings, const Places& places, yaml::File& file, const Clock& clock);
// The CRLs of the servers' CAs: there, readable, signed by them; warnings of those that are out of date, or soon will
// be.
void open_revocation_lists(Settings& settings, const Places& places, yaml::File& file, const Clock& clock);
// The keytab: there and safe. What it holds, only the authenticator can tell.
void check_keytab(Settings& settings, const Places& places, yaml::File& file);
// Settings::digest. REQUIRES: all of that was opened.
std::string digest_of(const Settings& settings, std::string_view text);

// The secrets of cloud.proxy: there and safe. What a keytab holds, only upstream/ can tell.
void check_proxy_files(const Settings& settings, const Places& places, yaml::File& file);

}  // namespace rms::connector
