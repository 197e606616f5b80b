#!/bin/sh
# Shows Deploytail at work: builds it if need be, starts a server on a free port of this machine,
# runs a deploy that takes some seconds, and follows it live.
#
#   ./quickstart.sh               releases a small app to three instances
#   ./quickstart.sh -- CMD...     runs your own command instead
#
# Exits with the deploy's exit code. The server is stopped then; what it recorded stays in
# deploytail-data/, or in the directory in DEPLOYTAIL_DATA_DIR. Ctrl-C ends the deploy too.
set -eu

root=$(dirname "$(readlink -f -- "$0")")
server=$root/server/bin/deploytail-server
client=$root/client/bin/deploytail
data=${DEPLOYTAIL_DATA_DIR:-$root/deploytail-data}
logs=$root/target/quickstart
stamp=$logs/built
label=quickstart=$(date +%s)-$$ # finds what we have started
here=$root/ # how messages name the files: short where that will do
[ "$(pwd -P)" != "$root" ] || here=
server_pid=
child=
interrupted= # the code to exit with

main() {
  case ${1-} in
    '') set -- sh -c "$rolling_release" rolling-release ;;
    --) shift ;;
    *) usage ;;
  esac
  [ $# -gt 0 ] || usage

  trap 'interrupt 130' INT
  trap 'interrupt 143' TERM
  trap 'interrupt 129' HUP
  trap 'exit 141' PIPE # nobody reads what we say; without a trap, dash would skip the next one
  trap stop_server EXIT
  mkdir -p "$logs"
  is_built || build
  start_server

  say "following the deploy live; for a second look, open this page while it runs:"
  say "  $page"
  say "or run this in another terminal:"
  say "  $(name "$client") --server $address logs latest"
  echo >&2
  status=0
  interruptible "$client" --server "$address" run --target demo --label "$label" -- "$@" || status=$?
  [ "$status" -ne 141 ] || interrupted=141 # nobody reads the log
  if [ -n "$interrupted" ]; then
    cancel_deploy
    status=$interrupted
  fi
  echo >&2
  stop_server
  say_what_next
  exit "$status"
}

interrupt() {
  interrupted=$1
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null || true
  fi
}

# Runs a command to its end, or until we are told to end: then it is told too. A shell that does not
# run it in the background only hears of that when it has ended.
interruptible() {
  "$@" &
  child=$!
  [ -z "$interrupted" ] || kill "$child"
  exit_code=0
  wait "$child" || exit_code=$?
  if [ -n "$interrupted" ]; then
    wait "$child" || true # the signal has ended the first one
  fi
  child=
  return "$exit_code"
}

usage() {
  echo "usage: $0 [-- CMD...]" >&2
  exit 2
}

say() {
  printf 'quickstart: %s\n' "$1" >&2 || true
}

fail() {
  say "$1"
  exit 1
}

# How messages name a file: short where that will do, and so that a shell can read it.
name() {
  file=$1
  case $file in
    "$root"/*) file=$here${file#"$root/"} ;;
  esac
  case $file in
    *[!A-Za-z0-9_./+:@%=-]*) printf "'%s'\n" "$(printf '%s\n' "$file" | sed "s/'/'\\\\''/g")" ;;
    *) printf '%s\n' "$file" ;;
  esac
}

# Whether both programs are there and newer than what they are made from. Maven leaves a jar alone
# whose content would be the same, so the time of our last build counts as well.
is_built() {
  for module in server client; do
    jar=$(find "$root/$module/target" -maxdepth 1 -name "deploytail-$module-*.jar" 2>/dev/null | head -n 1)
    [ -n "$jar" ] || return 1
    last_build=$stamp
    [ -e "$stamp" ] || last_build=$jar
    changed=$(find "$root/pom.xml" "$root/proto/pom.xml" "$root/$module/pom.xml" "$root/proto/src/main" \
      "$root/$module/src/main" -type f -newer "$jar" -newer "$last_build" | head -n 1)
    [ -z "$changed" ] || return 1
  done
}

build() {
  command -v mvn >/dev/null || fail 'building needs Maven 3.8 or later: there is no mvn in PATH'
  java_version=$(mvn -v 2>/dev/null | sed -n 's/^Java version: \([0-9]*\).*/\1/p')
  [ "${java_version:-0}" -ge 17 ] ||
    fail 'building needs a JDK from 17 on: put one in PATH, or set JAVA_HOME to it'
  say "building, which takes a minute or two the first time; the log is $(name "$logs/build.log")"
  touch "$logs/building"
  if ! interruptible mvn -f "$root/pom.xml" -q -B -ntp -DskipTests package >"$logs/build.log" 2>&1 </dev/null; then
    [ -z "$interrupted" ] || exit "$interrupted"
    tail -n 20 "$logs/build.log" >&2
    fail "the build failed; the whole log is $(name "$logs/build.log")"
  fi
  mv "$logs/building" "$stamp"
}

# Sets `server_pid`, `address` and `page`.
start_server() {
  "$server" --listen 127.0.0.1:0 --web 127.0.0.1:0 --data-dir "$data" >"$logs/server.log" 2>&1 </dev/null &
  server_pid=$!
  page=
  while [ -z "$page" ]; do
    [ -z "$interrupted" ] || exit "$interrupted"
    if ! kill -0 "$server_pid" 2>/dev/null; then
      server_pid=
      cat "$logs/server.log" >&2
      fail 'the server did not start; what it said is above'
    fi
    sleep 0.1
    page=$(sed -n 's/^web page on //p' "$logs/server.log") # the second of two lines
  done
  address=$(sed -n 's/^deploytail-server ready on //p' "$logs/server.log")
  say "the server listens on $address; its log is $(name "$logs/server.log")"
}

# A deploy outlives its client and its server, so it has to be told; if it was started at all.
cancel_deploy() {
  trap '' PIPE
  id=$("$client" --server "$address" list --label "$label" 2>/dev/null | sed -n '2s/ .*//p')
  [ -n "$id" ] || return 0
  say 'ending the deploy'
  if ! "$client" --server "$address" cancel "$id" --reason 'quickstart.sh was told to end' >/dev/null 2>&1 ||
    ! timeout 30 "$client" --server "$address" logs "$id" >/dev/null 2>&1; then
    say 'the deploy could not be ended, and may go on'
  fi
}

stop_server() {
  trap '' INT TERM HUP PIPE
  if [ -n "$server_pid" ]; then
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" || true
    server_pid=
  fi
}

say_what_next() {
  database=$(find "$data" -maxdepth 1 -name '*.db' | head -n 1)
  cat >&2 <<END
The server is stopped. What it recorded is an SQLite file; look into it:
  sqlite3 $(name "$database") 'SELECT deployment_id, state, message FROM deployments'
  sqlite3 $(name "$database") 'SELECT log FROM deployment_logs ORDER BY deployment_no DESC LIMIT 1'
Go on from there: start the server again, and ask it from another terminal.
  $(name "$server") --web 127.0.0.1:8080 --data-dir $(name "$data")
  $(name "$client") list
  $(name "$client") logs latest
  $(name "$client") run -- sh -c 'for i in 1 2 3; do echo step \$i; sleep 1; done'
END
}

# What is deployed when you name no command: it copies a generated app to three directories, and
# switches each over when the checksums of the copies are right.
# shellcheck disable=SC2016 # for the other shell
rolling_release='
set -eu
place=$(mktemp -d)
trap "rm -rf $place" EXIT
cd "$place"

echo "Packing the release"
mkdir release
for file in 1 2 3 4 5 6 7 8; do
  seq "$file"0000 "$file"9999 >"release/part-$file"
done
(cd release && sha256sum part-*) >checksums
echo "  $(wc -l <checksums) files, $(cat release/* | wc -c) bytes"
sleep 0.5

for instance in 1 2 3; do
  echo "Instance $instance of 3"
  mkdir -p "instance-$instance/new"
  printf "  copying "
  for file in release/*; do
    cp "$file" "instance-$instance/new/"
    printf .
    sleep 0.15
  done
  echo " done"
  (cd "instance-$instance/new" && sha256sum --check --quiet ../../checksums)
  echo "  checksums match" >&2
  sleep 0.3
  ln -s new "instance-$instance/current"
  echo "  switched over"
  sleep 0.3
done
echo "Released to 3 instances"
'

main "$@"
