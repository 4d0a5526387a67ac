# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# A throw-away Windows domain for the quickstart: a domain controller of Samba on a loopback address. Sourced, not run.
# Sets $domain_address. Wants $state and fail().
#
# Kerberos and LDAP have fixed ports, 88 and 389. So that nobody who uses them on 127.0.0.1 is in the way, and several
# quickstarts can run beside each other, each controller listens on an address of its own within 127.88.0.0/16, all of
# which is this machine.

realm=CONTOSO.TEST
domain_base=DC=contoso,DC=test

# listens ADDRESS PORT: whether somebody does.
listens() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; }

choose_domain_address() {
  domain_address=127.88.$((RANDOM % 254 + 1)).$((RANDOM % 254 + 1))
  local port
  for port in 88 389; do
    if listens "$domain_address" $port; then
      fail "port $port is taken on all addresses of this machine, and a domain controller needs it." \
        "'ss -ltnp sport = :$port' says by whom: stop it, or give the quickstart a network of its own:" \
        "unshare --net sh -c 'ip link set lo up; deploy/quickstart.sh --kerberos'"
    fi
  done
}

provision_domain() {
  local domain=$state/domain
  mkdir -p "$domain/run"
  samba-tool domain provision --realm=$realm --domain=CONTOSO --server-role=dc --dns-backend=NONE \
    --adminpass="$(new_password)" --targetdir="$domain" --host-name=dc1 --host-ip="$domain_address" \
    --option="interfaces=$domain_address/8" --option='bind interfaces only=yes' --option='server services=kdc, ldap' \
    --option="log file=$state/log/samba-%m.log" --option="pid directory=$domain/run" \
    --option="ncalrpc dir=$domain/run/ncalrpc" --option='load printers=no' >"$state/log/provision.log" 2>&1 ||
    { tail -n 15 "$state/log/provision.log"; return 1; }
  # Tickets encrypt LDAP; a key for TLS takes seconds. (As an option to the above it is not heard.)
  sed -i '/^\[global\]/a\\ttls enabled = no' "$domain/etc/smb.conf"
}

# new_password: good enough for the domain's rules.
new_password() { printf 'Aa1.%s' "$(openssl rand -hex 16)"; }

# As unicodePwd wants it: quoted, UTF-16, base64.
ldif_password() { printf '"%s"' "$(new_password)" | iconv -t UTF-16LE | base64 -w0; }

# Keys of AES are made because the kinds of encryption are there before the password.
account_ldif() { # account_ldif CN CONTAINER CLASS ACCOUNT-NAME CONTROL
  cat <<EOL
dn: CN=$1,CN=$2,$domain_base
objectClass: $3
sAMAccountName: $4
userAccountControl: $5
msDS-SupportedEncryptionTypes: 24
unicodePwd:: $(ldif_password)
EOL
}

group_ldif() { # group_ldif CN MEMBER...
  printf 'dn: CN=%s,CN=Users,%s\nobjectClass: group\nsAMAccountName: %s\n' "$1" "$domain_base" "$1"
  printf 'member: %s\n' "${@:2}"
  echo
}

fill_domain() {
  local computer
  for computer in EXCH01 EXCH02 STRANGER; do
    account_ldif $computer Computers computer "$computer\$" 4096
    echo
  done
  account_ldif svc-rms Users user svc-rms 512
  printf 'servicePrincipalName: HTTP/localhost\n\n'
  group_ldif 'Exchange Servers Munich' "CN=EXCH01,CN=Computers,$domain_base" "CN=EXCH02,CN=Computers,$domain_base"
  group_ldif 'Exchange Servers' "CN=Exchange Servers Munich,CN=Users,$domain_base"
  # Who asks this controller by its address gets a ticket for it, too: there is no DNS.
  printf 'dn: CN=DC1,OU=Domain Controllers,%s\nchangetype: modify\nadd: servicePrincipalName\n' "$domain_base"
  printf 'servicePrincipalName: ldap/%s\n' "$domain_address"
}

export_keytab() { # export_keytab PRINCIPAL NAME
  samba-tool domain exportkeytab "$state/krb5/$2.keytab" --principal="$1" -s "$state/domain/etc/smb.conf" \
    >>"$state/log/provision.log" 2>&1
}

write_krb5_config() {
  cat >"$state/krb5/krb5.conf" <<EOL
[libdefaults]
  default_realm = $realm
  dns_lookup_kdc = false
  dns_lookup_realm = false
  rdns = false
  dns_canonicalize_hostname = false
[realms]
  $realm = {
    kdc = $domain_address
  }
[domain_realm]
  localhost = $realm
  $domain_address = $realm
EOL
}

make_domain() {
  provision_domain || return
  mkdir -p "$state/krb5"
  write_krb5_config
  # Into the database itself: nobody has to log on for that.
  fill_domain | ldbmodify -H "$state/domain/private/sam.ldb" >>"$state/log/provision.log" 2>&1 || return
  local jobs=()
  export_keytab HTTP/localhost connector & jobs+=($!)
  export_keytab 'EXCH01$' exch01 & jobs+=($!)
  export_keytab 'EXCH02$' exch02 & jobs+=($!)
  export_keytab 'STRANGER$' stranger & jobs+=($!)
  local job
  for job in "${jobs[@]}"; do wait "$job" || { echo "a keytab could not be written"; return 1; }; done
}

# Starts the controller and waits until both of its ports answer; its process id is in run/samba.pid. Its working folder
# tells it from any other Samba.
start_domain() {
  (cd "$state/domain" && exec setsid samba -i -M single -s etc/smb.conf) </dev/null >>"$state/log/samba.log" 2>&1 &
  local pid=$! tenths=0
  echo "$pid" >"$state/run/samba.pid"
  disown "$pid"
  until listens "$domain_address" 88 && listens "$domain_address" 389; do
    [ -d "/proc/$pid" ] || fail "the domain controller did not start; $state/log/samba.log says why"
    [ $((tenths += 1)) -le 300 ] || fail "the domain controller was not ready within 30 s; see $state/log/samba.log"
    sleep 0.1
  done
}

# of_domain NAME COMMAND...: with a ticket of that keytab; a new one if there is none yet.
of_domain() {
  local name=$1 principal=${1^^}\$@$realm
  shift
  export KRB5_CONFIG=$state/krb5/krb5.conf KRB5CCNAME=FILE:$state/krb5/$name.cache
  [ -e "$state/krb5/$name.cache" ] || kinit -k -t "$state/krb5/$name.keytab" "$principal"
  "$@"
}
