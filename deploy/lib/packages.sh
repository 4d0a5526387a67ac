# SPDX-License-Identifier: Apache-2.0
# What the scripts need from Debian 12, and how they get it. Sourced, not run.

build_packages=(
  g++ cmake ninja-build ccache pkg-config
  libboost1.81-dev libssl-dev libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc
  libexpat1-dev libyaml-cpp-dev libsqlite3-dev libcurl4-openssl-dev libsystemd-dev libkrb5-dev
  libldap-dev libsasl2-dev
  libspdlog-dev libfmt-dev libcli11-dev nlohmann-json3-dev prometheus-cpp-dev
)
run_packages=(openssl)
test_packages=(libgtest-dev libgmock-dev python3 curl openssl gsoap libgsoap-dev)
# A domain controller, callers of its domain, and Kerberos for LDAP.
domain_packages=(samba-ad-dc samba samba-dsdb-modules samba-vfs-modules samba-ad-provision winbind krb5-user ldb-tools
                 libsasl2-modules-gssapi-mit curl)
test_packages+=("${domain_packages[@]}" faketime iproute2 haproxy keepalived)
bench_packages=(libbenchmark-dev python3)
clang_packages=(clang-16 libclang-rt-16-dev llvm-16)  # llvm-16: llvm-symbolizer
ci_packages=(clang-format)

# ensure_packages NAME...: installs those that are missing, as root or with sudo.
ensure_packages() {
  local missing=() name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "These packages are missing, and there is no sudo to install them with. As root, run:" >&2
      echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
      return 1
    }
    as_root=(sudo)
  fi
  echo "Installing ${#missing[@]} packages: ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
         apt-get install -y --no-install-recommends "${missing[@]}"; } </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "apt-get failed; the whole log is in $log" >&2
    return 1
  fi
  rm -f "$log"
}
