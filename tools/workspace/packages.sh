#!/bin/sh
# The Debian packages that the tests need. Without arguments it installs those that are missing, as root; `--missing` prints them.
set -eu

PACKAGES="bind9-dnsutils busybox-static ca-certificates conntrack containerd containernetworking-plugins e2fsprogs iproute2
nats-server nftables procps runc util-linux xfsprogs"
POLICY=/usr/sbin/policy-rc.d

missing=
if command -v dpkg-query >/dev/null; then
  for package in $PACKAGES; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing="$missing $package"
  done
else
  missing=$PACKAGES
fi

if [ "${1:-}" = --missing ]; then
  printf '%s\n' $missing
  exit
fi
# Whoever may not install them is told by the tests which of them do not run.
if [ -z "$missing" ] || [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then exit 0; fi

echo "Installing Debian packages:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# The packages' own containerd and nats-server must not start: ours are started by the tests.
if [ ! -e "$POLICY" ]; then
  trap 'rm -f "$POLICY"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '#!/bin/sh\nexit 101\n' >"$POLICY"
  chmod +x "$POLICY"
fi
apt-get update -qq >&2
apt-get install -y -qq --no-install-recommends $missing >&2
