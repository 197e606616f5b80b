#!/bin/sh
# Builds Deploytail and its benchmark, and measures: bench/run.sh [OPTIONS] [SCENARIO...]. See bench/README.md.
set -eu

bench=$(dirname "$(readlink -f -- "$0")")
repository=$(dirname "$bench")

need() {
  command -v "$1" >/dev/null || {
    echo "$1 is needed; on Debian: apt-get install $2" >&2
    exit 1
  }
}

need mvn maven
need cc gcc

(cd "$repository" && mvn -q -B -ntp -DskipTests package)
for program in generate insert; do
  # What needs SQLite's headers is a yardstick, without which the rest can be measured.
  case $program in insert) library=-lsqlite3 ;; *) library= ;; esac
  cc -O2 -o "$bench/target/$program" "$bench/src/main/c/$program.c" $library 2>"$bench/target/$program.log" ||
    [ "$program" = insert ] || {
    cat "$bench/target/$program.log" >&2
    exit 1
  }
done

java=${JAVA_HOME:+$JAVA_HOME/bin/}java
exec "$java" -Xmx1g -XX:+UseSerialGC -jar "$bench"/target/deploytail-bench-*.jar --repository "$repository" "$@"
