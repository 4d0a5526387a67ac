#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The whole system on this machine, from nothing: installs, builds, makes a throw-away CA and tenant, starts the rights
# service and the connector on free loopback ports, and shows one real licence request all the way through.
set -euo pipefail

usage() {
  cat <<'EOF'
usage: deploy/quickstart.sh [--kerberos] [--state DIR] [--keep] [--build-only]
       deploy/quickstart.sh --stop --state DIR

Builds rms-connector and shows it at work: an Exchange server protects a file and opens it through the connector;
a SharePoint server opens what it may, and is refused what it may not; a template protects for all employees; readers
get their licences before they ask; a stranger is refused.

  --kerberos     a Windows domain beside it (a domain controller of Samba on a loopback address; as root): its servers
                 show Kerberos tickets instead of certificates
  --state DIR    keep keys, certificates, configuration, logs and samples in DIR (default: a temporary folder)
  --keep         leave the daemons running; DIR/env says where everything is (KEY=value lines)
  --stop         stop what an earlier --keep left running in DIR, and what serves its settings since; DIR itself stays
  --build-only   install and build, then stop
  -h, --help     this text

Run it again whenever you like: a state folder that it made is made anew, a running one is stopped first.
Nothing but loopback is used. Environment:
  RMS_BUILD_DIR  where to build (default: build/release)
  RMS_PROGRAMS   a folder with the programs, already built: nothing is installed or built
EOF
}

wrong_usage() { printf 'quickstart: %s\n' "$*" >&2; usage >&2; exit 2; }

root=$(cd "$(dirname "$0")/.." && pwd)
state='' keep=no stop=no build_only=no kerberos=no
while [ $# -gt 0 ]; do
  case $1 in
    --state) [ -n "${2:-}" ] || wrong_usage "--state wants a folder"; state=$2; shift 2 ;;
    --keep) keep=yes; shift ;;
    --kerberos) kerberos=yes; shift ;;
    --stop) stop=yes; shift ;;
    --build-only) build_only=yes; shift ;;
    -h|--help) usage; exit 0 ;;
    *) wrong_usage "unknown argument '$1'" ;;
  esac
done
[ $stop = no ] || [ -n "$state" ] || wrong_usage "--stop wants --state DIR, the folder that --keep was given"

fail() { printf 'quickstart: %s\n' "$*" >&2; exit 1; }
marker=.rms-quickstart
. "$root/deploy/lib/packages.sh"
. "$root/deploy/lib/build.sh"
. "$root/deploy/lib/domain.sh"
. "$root/deploy/lib/kerberos.sh"

# ---- what an earlier run left

# owned_pid DIR PROGRAM: the process in run/PROGRAM.pid, if it still is that program. (By comm: both daemons forbid core
# dumps, and then an ordinary user may not read /proc/PID/exe.)
owned_pid() {
  local pid
  pid=$(cat "$1/run/$2.pid" 2>/dev/null) || return 1
  [[ $pid =~ ^[0-9]+$ ]] && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$2" ] || return 1
  # The domain controller of somebody else has the same name, but not this working folder.
  [ "$2" != samba ] || [ "$(readlink "/proc/$pid/cwd")" = "$(realpath "$1/domain")" ] || return 1
  echo "$pid"
}

# serves PID CONFIG: whether its command line says --config CONFIG, in whatever way that file is spelled there.
serves() {
  local words=() i named
  mapfile -d '' -t words <"/proc/$1/cmdline" 2>/dev/null || return 1
  for ((i = 1; i < ${#words[@]}; i++)); do
    case ${words[i]} in
      --config) named=${words[i + 1]:-} ;;
      --config=*) named=${words[i]#--config=} ;;
      *) continue ;;
    esac
    [ -n "$named" ] || return 1
    # An ordinary user may not read where a daemon works; what it was told in full needs no such place.
    [[ $named = /* ]] || named=$(readlink "/proc/$1/cwd" 2>/dev/null)/$named
    [ "$(realpath -m -- "$named")" = "$(realpath -m -- "$2")" ]
    return
  done
  return 1
}

# others PROGRAM CONFIG: processes of that program that serve that file, whoever started them.
others() {
  local place pid
  for place in /proc/[0-9]*; do
    pid=${place#/proc/}
    [ "$(cat "$place/comm" 2>/dev/null)" = "$1" ] && serves "$pid" "$2" && echo "$pid"
  done
  return 0
}

# stop_daemon DIR PROGRAM [CONFIG]: the one that was started here, and those that somebody started again with its settings.
stop_daemon() {
  local pid
  pid=$(owned_pid "$1" "$2") && stop_process "$pid" "$2"
  rm -f "$1/run/$2.pid"
  [ -n "${3:-}" ] || return 0
  for pid in $(others "$2" "$3"); do stop_process "$pid" "$2"; done
}

# stop_process PID PROGRAM: SIGTERM, and SIGKILL if it has not drained in 40 s.
stop_process() {
  local pid=$1 tenths=0
  kill -TERM "$pid" 2>/dev/null || return 0
  while [ -d "/proc/$pid" ] && [ "$(cut -d' ' -f3 "/proc/$pid/stat" 2>/dev/null)" != Z ]; do
    if [ $((tenths += 1)) -gt 400 ]; then
      kill -KILL "$pid" 2>/dev/null || true
      break
    fi
    sleep 0.1
  done
  echo "Stopped $2 ($pid)"
}

stop_all() {
  stop_daemon "$1" rms-connectord "$1/connector/rms-connector.yaml"
  stop_daemon "$1" rms-cloudd "$1/cloud/rms-cloud.yaml"
  stop_daemon "$1" samba
}

if [ $stop = yes ]; then
  [ -e "$state/$marker" ] || fail "$state was not made by this script"
  stop_all "$state"
  exit 0
fi

if [ $kerberos = yes ]; then
  [ "$(id -u)" -eq 0 ] || fail "--kerberos must run as root: a domain controller has the ports 88 and 389"
  choose_domain_address
fi

# ---- install and build

if [ -n "${RMS_PROGRAMS:-}" ]; then
  [ -d "$RMS_PROGRAMS" ] || fail "RMS_PROGRAMS: $RMS_PROGRAMS is no folder"
  bin=$(cd "$RMS_PROGRAMS" && pwd)
  for program in rms-connectord rms-cloudd rms-cloudctl rms rms-connectorctl; do
    [ $program != rms-connectorctl ] || [ $kerberos = yes ] || continue
    [ -x "$bin/$program" ] || fail "RMS_PROGRAMS: there is no $program in $bin; build it, or unset RMS_PROGRAMS"
  done
else
  ensure_packages "${build_packages[@]}" "${run_packages[@]}"
  build=${RMS_BUILD_DIR:-$root/build/release}
  if [ ! -e "$build/build.ninja" ]; then
    echo "Configuring the build in $build"
    (cd "$root" && configure release -B "$build")
  fi
  echo "Building (the first time takes some minutes)"
  cmake --build "$build"
  bin=$build/bin
fi
[ $kerberos = no ] || ensure_packages "${domain_packages[@]}"
[ $build_only = no ] || exit 0

# ---- a fresh state folder

temporary=no
if [ -z "$state" ]; then
  state=$(mktemp -d "${TMPDIR:-/tmp}/rms-quickstart.XXXXXX")
  temporary=yes
else
  if [ -e "$state/$marker" ]; then
    stop_all "$state"
    find "$state" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
  elif [ -d "$state" ] && [ -n "$(ls -A "$state")" ]; then
    fail "$state exists, is not empty and was not made by this script: name another folder"
  fi
  mkdir -p "$state"
fi
state=$(cd "$state" && pwd)
chmod 0700 "$state"
touch "$state/$marker"
mkdir -p "$state"/{tls,cloud,connector,clients,sample,run,log}
chmod 0700 "$state/run"
# A longer path does not fit into a socket's address.
admin_socket=$state/run/admin.sock
[ ${#admin_socket} -le 107 ] || admin_socket=

finished=no interrupted=no
clean_up() {
  local status=$?
  trap - EXIT INT TERM HUP
  if [ $keep = yes ] && [ $finished = yes ]; then exit 0; fi
  if [ $interrupted = yes ]; then
    echo 'quickstart: interrupted; cleaning up' >&2
  elif [ $status -ne 0 ] && [ -d "$state/log" ]; then
    local log
    for log in "$state"/log/*.log; do
      [ -s "$log" ] && { echo "--- the end of $(basename "$log"):" >&2; tail -n 15 "$log" >&2; }
    done
  fi
  stop_all "$state" >/dev/null
  [ $temporary = no ] || rm -rf "$state"
  exit $status
}
trap clean_up EXIT
trap 'interrupted=yes; exit 130' INT
trap 'interrupted=yes; exit 143' TERM HUP

# ---- a throw-away certification authority and everyone's certificates

# certificate NAME SAN USAGE: tls/NAME.pem, tls/NAME.key, signed by the CA.
certificate() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$state/tls/$1.key" \
    -subj "/O=Contoso/CN=$1" -out "$state/tls/$1.csr" 2>/dev/null
  openssl x509 -req -in "$state/tls/$1.csr" -CA "$state/tls/ca.pem" -CAkey "$state/tls/ca.key" -days 30 \
    -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=%s\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n' "$2" "$3") \
    -out "$state/tls/$1.pem" 2>/dev/null
  rm "$state/tls/$1.csr"
}

make_certificates() {
  umask 077
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$state/tls/ca.key" -days 30 \
    -subj "/O=Contoso/CN=Contoso throw-away CA" -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -out "$state/tls/ca.pem" 2>/dev/null
  certificate cloud 'DNS:localhost,IP:127.0.0.1' serverAuth
  certificate connector 'DNS:localhost,DNS:rmsconnector.contoso.test,IP:127.0.0.1' serverAuth
  certificate connector-client 'DNS:connector-1.contoso.test' clientAuth
  local name
  for name in exchange sharepoint fci stranger; do certificate $name "DNS:$name.contoso.test" clientAuth; done
}

# ---- configuration

write_cloud_config() {
  cat >"$state/cloud/rms-cloud.yaml" <<EOF
version: 1
listen:
  address: 127.0.0.1:0
  certificate: ../tls/cloud.pem
  key: ../tls/cloud.key
  client_ca: ../tls/ca.pem
store:
  sqlite: rms-cloud.db
keys:
  encryption_key: tenant-keys.kek
EOF
}

write_connector_config() {
  cat >"$state/connector/rms-connector.yaml" <<EOF
version: 1
listen:
  address: 127.0.0.1:0
  certificate: ../tls/connector.pem
  key: ../tls/connector.key
  client_ca: ../tls/ca.pem
admin:
  address: 127.0.0.1:0
${admin_socket:+  socket: $admin_socket
}cloud:
  endpoint: $(value "$state/run/rms-cloudd.ready" address)
  ca: ../tls/ca.pem
  certificate: ../tls/connector-client.pem
  key: ../tls/connector-client.key
servers:
  - name: exchange
    role: exchange
    match: {dns: exchange.contoso.test}
    mail: exchange@contoso.test
  - name: sharepoint
    role: sharepoint
    match: {dns: sharepoint.contoso.test}
    mail: sharepoint@contoso.test
  - name: fci
    role: file-classification
    match: {dns: fci.contoso.test}
    mail: fci@contoso.test
EOF
  [ $kerberos = no ] || kerberos_settings >>"$state/connector/rms-connector.yaml"
}

# value FILE KEY: of a file with KEY=value lines.
value() { sed -n "s/^$2=//p" "$1"; }

# start PROGRAM CONFIG: starts it, waits until it is ready and leaves its process id in run/PROGRAM.pid.
start() {
  local program=$1 config=$2 ready=$state/run/$1.ready tenths=0
  rm -f "$ready"
  setsid "$bin/$program" --config "$config" --ready-file "$ready" </dev/null >>"$state/log/$program.log" 2>&1 &
  local pid=$!
  echo "$pid" >"$state/run/$program.pid"
  disown "$pid"
  while [ ! -s "$ready" ]; do
    [ -d "/proc/$pid" ] || fail "$program did not start"
    [ $((tenths += 1)) -le 300 ] || fail "$program was not ready within 30 s"
    sleep 0.1
  done
}

# ---- showing it

number=0
# step SENTENCE COMMAND...: runs it, prints the sentence with the time it took, and what the command said below.
step() {
  local sentence=$1 began=${EPOCHREALTIME/[.,]/} output status=0 took
  shift
  output=$("$@" 2>&1) || status=$?
  took=$(((${EPOCHREALTIME/[.,]/} - began) / 1000))
  number=$((number + 1))
  printf '%2d. %-76s %6d ms\n' $number "$sentence" $took
  [ -z "$output" ] || printf '%s\n' "$output" | sed 's/^/      /'
  return $status
}

# refused STATUS COMMAND...: succeeds if the command fails with exactly this status.
refused() {
  local expected=$1 status=0
  shift
  "$@" || status=$?
  [ $status -eq "$expected" ] || { echo "expected a refusal (exit status $expected), got exit status $status"; return 1; }
}

# Tickets are for names: with --kerberos the connector is called by one.
connector_url() {
  local url
  url=$(value "$state/run/rms-connectord.ready" url)
  [ $kerberos = no ] || url=https://localhost:${url##*:}
  echo "$url"
}

as() { # as NAME RMS-ARGUMENT...: the client program with that server's certificate
  local name=$1
  shift
  RMS_CONNECTOR_URL=$(connector_url) RMS_CA_FILE=$state/tls/ca.pem \
    RMS_CLIENT_CERT=$state/tls/$name.pem RMS_CLIENT_KEY=$state/tls/$name.key RMS_HOME=$state/clients/$name "$bin/rms" "$@"
}

cloudctl() { "$bin/rms-cloudctl" --config "$state/cloud/rms-cloud.yaml" "$@"; }

make_tenant() {
  "$bin/rms-cloudctl" key create "$state/cloud/tenant-keys.kek"
  cloudctl tenant create contoso.test --url https://rms.contoso.test
  cloudctl connector add connector-1 --tenant contoso.test --certificate "$state/tls/connector-client.pem"
}

import_directory() {
  cat >"$state/cloud/users.csv" <<'EOF'
mail,name,sid,aliases
alice@contoso.test,Alice,,
bob@contoso.test,Bob,,robert@contoso.test
exchange@contoso.test,Exchange,,
sharepoint@contoso.test,SharePoint,,
fci@contoso.test,File Classification,,
EOF
  cat >"$state/cloud/groups.csv" <<'EOF'
mail,name,sid,aliases,members
board@contoso.test,Board,,,alice@contoso.test;leads@contoso.test
leads@contoso.test,Leads,,,bob@contoso.test
EOF
  cloudctl directory import --tenant contoso.test --users "$state/cloud/users.csv" --groups "$state/cloud/groups.csv"
}

# Ports are chosen by the kernel at the first start and then written down, so that a restart finds the same.
fix_port() { sed -i "s|address: 127.0.0.1:0\$|address: 127.0.0.1:$2|;" "$1"; }

start_cloud() {
  start rms-cloudd "$state/cloud/rms-cloud.yaml"
  fix_port "$state/cloud/rms-cloud.yaml" "$(value "$state/run/rms-cloudd.ready" address | sed 's/.*://')"
}

start_connector() {
  write_connector_config
  start rms-connectord "$state/connector/rms-connector.yaml"
  local url admin
  url=$(value "$state/run/rms-connectord.ready" url)
  admin=$(value "$state/run/rms-connectord.ready" admin)
  sed -i "0,/address: 127.0.0.1:0\$/s||address: 127.0.0.1:${url##*:}|; " "$state/connector/rms-connector.yaml"
  fix_port "$state/connector/rms-connector.yaml" "${admin##*:}"
}

open_as() { # open_as NAME FILE ORIGINAL: opens it and compares it with what was protected
  as "$1" open "$2" --output "$state/sample/opened-by-$1.txt" --force
  cmp "$state/sample/opened-by-$1.txt" "$3"
}

write_env() {
  local url admin name upper
  url=$(connector_url)
  admin=$(value "$state/run/rms-connectord.ready" admin)
  {
    echo "RMS_BIN_DIR=$bin"
    echo "RMS_STATE_DIR=$state"
    echo "RMS_CONNECTOR_URL=$url"
    echo "RMS_CONNECTOR_CONFIG=$state/connector/rms-connector.yaml"
    echo "RMS_CONNECTOR_PID=$(cat "$state/run/rms-connectord.pid")"
    echo "RMS_ADMIN_URL=$admin"
    [ -z "$admin_socket" ] || echo "RMS_ADMIN_SOCKET=$admin_socket"
    echo "RMS_CLOUD_ADDRESS=$(value "$state/run/rms-cloudd.ready" address)"
    echo "RMS_CLOUD_CONFIG=$state/cloud/rms-cloud.yaml"
    echo "RMS_CLOUD_PID=$(cat "$state/run/rms-cloudd.pid")"
    echo "RMS_CA_FILE=$state/tls/ca.pem"
    for name in exchange sharepoint fci stranger; do
      upper=${name^^}
      echo "RMS_${upper}_CERT=$state/tls/$name.pem"
      echo "RMS_${upper}_KEY=$state/tls/$name.key"
      echo "RMS_${upper}_HOME=$state/clients/$name"
    done
    # What the program rms reads itself, as SharePoint: set the last three to another server's to be that one.
    echo "RMS_CLIENT_CERT=$state/tls/sharepoint.pem"
    echo "RMS_CLIENT_KEY=$state/tls/sharepoint.key"
    echo "RMS_HOME=$state/clients/sharepoint"
    [ $kerberos = no ] || kerberos_env
  } >"$state/env"
}

began=$SECONDS
printf '\nOne licence request, all the way through (state in %s)\n\n' "$state"
step "A throw-away CA, certificates for both daemons and four servers" make_certificates
write_cloud_config
step "Tenant contoso.test, its keys, and a connector that may speak for it" make_tenant
step "The tenant's directory: five users, a group and a group within it" import_directory
if [ $kerberos = yes ]; then
  step "A Windows domain: EXCH01, EXCH02 in a group in Exchange Servers; STRANGER" make_domain
  step "Its controller has Kerberos and LDAP on $domain_address" start_domain
  step "rms-connectorctl finds what to write into the settings" look_up_group
fi
step "rms-cloudd, the rights service, is ready" start_cloud
step "rms-connectord, the connector, is ready" start_connector

plan=$state/sample/plan.txt
board=$state/sample/board.txt
memo=$state/sample/memo.txt
printf 'The plan for the second quarter.\nAlice may change it; SharePoint may show it.\n' >"$plan"
printf 'Minutes of the board. For the board only.\n' >"$board"
printf 'To all employees: the canteen is closed on Friday.\n' >"$memo"

step "exchange bootstraps: server certification, client licensor certificate" as exchange bootstrap
step "exchange protects plan.txt offline for two: alice and sharepoint" \
  as exchange protect "$plan" --to alice@contoso.test:VIEW,EDIT --to sharepoint@contoso.test:VIEW
step "exchange protects board.txt offline for a group: board" \
  as exchange protect "$board" --to board@contoso.test:VIEW,EDIT
step "exchange, the owner, opens plan through the connector" open_as exchange "$state/sample/plan.ptxt" "$plan"
step "sharepoint bootstraps" as sharepoint bootstrap
step "sharepoint opens plan: it was granted VIEW" open_as sharepoint "$state/sample/plan.ptxt" "$plan"
step "sharepoint is refused board: it was granted nothing" \
  refused 3 as sharepoint open "$state/sample/board.ptxt" --output "$state/sample/never.txt"
step "exchange fetches the organization's templates" as exchange templates
step "exchange protects memo.txt with a template" as exchange protect "$memo" --template 'Confidential \ All Employees'
step "sharepoint opens memo: the template grants it to everyone" open_as sharepoint "$state/sample/memo.ptxt" "$memo"
step "exchange fetches licences for the readers of board.txt before they ask" \
  as exchange prelicense "$state/sample/board.ptxt" --for alice@contoso.test --for robert@contoso.test \
  --output "$state/sample/licences"
step "a stranger with a valid certificate is refused" refused 3 as stranger bootstrap
[ $kerberos = no ] || show_kerberos
for name in exchange sharepoint; do
  as $name request "$state/sample/plan.ptxt" --output "$state/sample/acquire-license-$name.xml" 2>/dev/null
done
step "The usage log of the service" cloudctl usage-log --tenant contoso.test --format table

write_env
finished=yes
printf '\nDone in %d s.' $((SECONDS - began))
if [ $keep = yes ]; then
  cat <<EOF
 The daemons are running; where everything is: $state/env

Ask for a licence yourself:
  . $state/env
  curl --cacert \$RMS_CA_FILE --cert \$RMS_SHAREPOINT_CERT --key \$RMS_SHAREPOINT_KEY -H 'Content-Type: text/xml' \\
    --data-binary @$state/sample/acquire-license-sharepoint.xml \$RMS_CONNECTOR_URL/_wmcs/licensing/license.asmx$([ $kerberos = no ] || { echo; kerberos_hint; })
Open a file, as SharePoint:
  set -a; . $state/env; set +a
  \$RMS_BIN_DIR/rms open $state/sample/plan.ptxt --output plan.txt
Look at the connector:   curl \$RMS_ADMIN_URL/status
Stop all:                deploy/quickstart.sh --stop --state $state
EOF
else
  printf ' Stopping the daemons.\n'
fi
