#!/bin/sh
# Installs what a fresh clone lacks to run: Node 26 and the npm packages of the lock file. Does nothing when they are there.
set -eu
cd "$(dirname "$0")/../.."

case "$(uname -m)" in
  x86_64) arch=x64 ;;
  aarch64) arch=arm64 ;;
  *) echo "steersman: no build of Node for $(uname -m); x86_64 and aarch64 are supported" >&2; exit 1 ;;
esac

stamp=node_modules/.steersman-installed
if ! cmp -s package-lock.json "$stamp"; then
  command -v npm >/dev/null || {
    echo "steersman: npm is missing; install it with: apt-get install -y --no-install-recommends npm" >&2
    exit 1
  }
  echo "Installing npm packages (once, about 40 s) ..." >&2
  # npm 11 refuses lock files without the optional packages of other platforms, so the install is done by npm 10.
  npx -y npm@10.9.2 ci --ignore-scripts --loglevel=error >&2
  cp package-lock.json "$stamp"
fi
# Both architectures' packages want the name `node`; npm links neither.
ln -sfn "../node-linux-$arch/bin/node" node_modules/.bin/node
# Keyed by a hash of its inputs: does nothing when they are as they were.
node_modules/.bin/node tools/codegen/src/main.ts
