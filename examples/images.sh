#!/bin/sh
# Makes the images of the examples and puts them into the node's runtime. Arguments go to each `steersman image build`,
# such as --name blue.
set -eu
cd "$(dirname "$0")"

web() { # web <tag> <folder>: a static busybox that serves the folder's www
  folder=$1 tag=$2
  shift 2
  ../steersman image build --tag "examples.steersman.io/$tag" --from "$folder" --packages busybox-static \
    --command /bin/busybox,httpd,-f,-p,80,-h,/www "$@"
}

web walkthrough/web web:1 "$@"
web update-demo/nautilus update-demo:nautilus "$@"
web update-demo/kitten update-demo:kitten "$@"
../steersman image build --tag examples.steersman.io/redis:1 --packages redis-server,redis-tools,busybox-static \
  --command /usr/bin/redis-server,--bind,0.0.0.0,--protected-mode,no "$@"
../steersman image build --tag examples.steersman.io/guestbook:1 --from guestbook/frontend --packages redis-tools,busybox-static \
  --command /bin/busybox,httpd,-f,-p,80,-h,/www "$@"
