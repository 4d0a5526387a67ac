# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# What the quickstart shows with --kerberos. Sourced, not run; wants quickstart.sh's functions and domain.sh's.

look_up_group() {
  of_domain exch01 "$bin/rms-connectorctl" lookup 'Exchange Servers' --server "ldap://$domain_address" |
    tee "$state/krb5/exchange-servers.txt"
}

# What the look-up printed is what goes into the settings.
kerberos_settings() {
  local found=$state/krb5/exchange-servers.txt
  cat <<EOL
  - name: exchange-servers
    role: exchange
    $(grep -o 'match: .*' "$found")
    mail: exchange@contoso.test
authentication:
  kerberos:
    keytab: ../krb5/connector.keytab
    $(grep -o 'trusted_domains: .*' "$found")
EOL
}

# by_ticket NAME RMS-ARGUMENT...: the client program with that computer's ticket, and no certificate.
by_ticket() {
  local name=$1
  shift
  RMS_CONNECTOR_URL=$(connector_url) RMS_CA_FILE=$state/tls/ca.pem RMS_HOME=$state/clients/$name \
    of_domain "$name" "$bin/rms" --negotiate "$@"
}

open_by_ticket() { # open_by_ticket NAME FILE ORIGINAL
  by_ticket "$1" open "$2" --output "$state/sample/opened-by-$1.txt" --force
  cmp "$state/sample/opened-by-$1.txt" "$3"
}

# ask_by_curl NAME: for the licence of plan.txt, by its own ticket; shows the status.
ask_by_curl() {
  local request=$state/sample/acquire-license-$1.xml answer=$state/sample/answer-to-$1.xml
  by_ticket "$1" request "$state/sample/plan.ptxt" --output "$request" --force 2>/dev/null
  of_domain "$1" curl -sS --fail --cacert "$state/tls/ca.pem" --negotiate -u : -H 'Content-Type: text/xml' \
    --data-binary "@$request" -o "$answer" -w 'HTTP %{http_code}, %{size_download} bytes\n' \
    "$(connector_url)/_wmcs/licensing/license.asmx"
  grep -q '<AcquireLicenseResult>' "$answer"
}

# log_lines WORD COMMAND...: runs it, then shows what the connector logged meanwhile with that word in it.
log_lines() {
  local log=$state/log/rms-connectord.log word=$1 before status=0
  before=$(wc -l <"$log")
  shift
  "$@" || status=$?
  tail -n "+$((before + 1))" "$log" | grep -F -- "$word" || { echo "the log says nothing of $word"; return 1; }
  return $status
}

# What a Windows machine sends that found no SPN.
offer_ntlm() {
  local status
  status=$(curl -sS --cacert "$state/tls/ca.pem" -o /dev/null -w '%{http_code}' \
    -H 'Authorization: Negotiate TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAA=' \
    "$(connector_url)/_wmcs/licensing/license.asmx")
  [ "$status" = 401 ] || { echo "expected 401, got $status"; return 1; }
}

# Who asked, not only for whom: one line for each question of the domain's servers.
usage_by_principal() {
  cloudctl usage-log --tenant contoso.test --format json | grep '"mechanism":"kerberos"' |
    sed -E 's/.*"request-type":"([^"]*)".*"result":"([^"]*)".*"entry":"([^"]*)".*"principal":"([^"]*)".*/\3  \4  \1  \2/'
}

show_kerberos() {
  local plan=$state/sample/plan.txt
  step "EXCH01 bootstraps by its Kerberos ticket, without any certificate" by_ticket exch01 bootstrap
  step "EXCH01 opens plan: it is in Exchange Servers, through another group" \
    open_by_ticket exch01 "$state/sample/plan.ptxt" "$plan"
  step "EXCH02, the other server of that entry, bootstraps and is told apart" by_ticket exch02 bootstrap
  step "EXCH01 asks for the licence with curl --negotiate" ask_by_curl exch01
  step "STRANGER has a good ticket and is refused: it is in no such group" \
    log_lines STRANGER refused 3 by_ticket stranger bootstrap
  step "NTLM is refused by name" log_lines ntlm_offered offer_ntlm
  step "The usage log names the server that asked, not only its entry" usage_by_principal
}

# A computer's principal is written without its realm, the default of this krb5.conf: "$@" would mean something to a
# shell that reads the file.
kerberos_env() {
  echo "RMS_KRB5_CONFIG=$state/krb5/krb5.conf"
  echo "RMS_CONNECTOR_SPN=HTTP/localhost"
  echo "RMS_EXCHANGE_PRINCIPAL=EXCH01\$"
  echo "RMS_EXCHANGE_KEYTAB=$state/krb5/exch01.keytab"
  echo "RMS_STRANGER_PRINCIPAL=STRANGER\$"
  echo "RMS_STRANGER_KEYTAB=$state/krb5/stranger.keytab"
}

kerberos_hint() {
  cat <<EOL
The same with a ticket:
  export KRB5_CONFIG=\$RMS_KRB5_CONFIG KRB5CCNAME=FILE:$state/krb5/mine
  kinit -k -t \$RMS_EXCHANGE_KEYTAB "\$RMS_EXCHANGE_PRINCIPAL"
  curl --cacert \$RMS_CA_FILE --negotiate -u : -H 'Content-Type: text/xml' \\
    --data-binary @$state/sample/acquire-license-exch01.xml \$RMS_CONNECTOR_URL/_wmcs/licensing/license.asmx
  \$RMS_BIN_DIR/rms-connectorctl lookup 'EXCH02\$' --server ldap://$domain_address
EOL
}
