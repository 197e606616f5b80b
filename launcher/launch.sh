# shellcheck shell=sh disable=SC2154 # what the callers set
# Becomes a Java program. Sourced by bin/deploytail-server and bin/deploytail, which leave the program's
# arguments in "$@" and set
#   program             the name in messages
#   artifact            what the name of its jar begins with
#   failure             the exit code when it can't be started
#   home                what was installed, with the jars of all programs in java/, or a module of the
#                       build, with its own in target/; their dependencies are in lib/ beside them
#   java_options        options for the Java virtual machine, separated by spaces
#   user_java_options   more of them, from the user
#   training            a main class and its arguments, for a run that loads many classes and changes nothing
#   training_file       a file that it needs, if any, and in training_text what is in it
#   training_line       a line it says when it has loaded them and is to be ended; empty if it ends by itself
#   training_exit       what it exits with when it got through
#
# Half of a short run's time goes into loading classes, so they are kept in an archive next to the
# jar: made in the background at the first use, used from then on, and made anew when the jars or
# Java change. Without it all works the same, only slower: where users may not write next to the jar,
# until one who may has run the program once.

fail() {
  printf '%s: %s\n' "$program" "$1" >&2
  exit "$failure"
}

# Sets `jar`, the newest if a build of another version was left behind.
find_jar() {
  jar=
  for candidate in "$jars/$artifact"-*.jar; do
    case $candidate in
      *-sources.jar | *-javadoc.jar | *-tests.jar) continue ;;
    esac
    # shellcheck disable=SC3013 # -nt: dash, bash and busybox have it
    if [ -f "$candidate" ] && { [ -z "$jar" ] || [ "$candidate" -nt "$jar" ]; }; then
      jar=$candidate
    fi
  done
  if [ -z "$jar" ] && [ "$jars" = "$home/target" ]; then
    fail "not built yet; build it with: cd '${home%/*}' && mvn -q -DskipTests package"
  fi
  [ -n "$jar" ] || fail "there is no $artifact-*.jar in '$jars'; install it anew"
}

# Sets `java_home` and `java`.
find_java() {
  if [ -n "${JAVA_HOME:-}" ]; then
    java_home=$JAVA_HOME
    [ -x "$java_home/bin/java" ] || fail "JAVA_HOME is $JAVA_HOME, but there is no bin/java in it"
  else
    java=$(command -v java) || fail 'Java 17 or later is needed; there is no java in PATH and JAVA_HOME is not set'
    java=$(readlink -f -- "$java")
    java_home=${java%/bin/java}
  fi
  read_java_version
  if [ -z "$java_version" ] && [ -z "${JAVA_HOME:-}" ]; then
    # What PATH has is a script that chooses a Java.
    java_home=$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')
    read_java_version
  fi
  case ${java_version%%[!0-9]*} in
    '') fail "cannot tell the version of the Java in '$java_home'; set JAVA_HOME to Java 17 or later" ;;
    ? | 1[0-6]) fail "Java 17 or later is needed, and $java_home is Java $java_version; set JAVA_HOME to a newer one" ;;
  esac
  java=$java_home/bin/java
}

# Sets `java_version`, empty if it can't be told. Reads the file that says so, because asking Java
# itself would take as long as some of our runs.
read_java_version() {
  java_version=
  [ -r "$java_home/release" ] || return 0
  while IFS='="' read -r key _ value _; do
    if [ "$key" = JAVA_VERSION ]; then
      java_version=$value
      return
    fi
  done <"$java_home/release"
}

# Sets `archive`, empty if there is none to use now. Its name tells apart what it was made from: Java
# and the jars, each with place, size and time.
find_archive() {
  archive=$(stat -L -c '%n %s %Y' "$java_home/lib/modules" "$java_home/release" "$jar" "$jars"/lib/*.jar 2>/dev/null | cksum)
  archive=$jars/$program-${archive%% *}.jsa
  if [ ! -e "$archive" ]; then
    make_archive
  fi
  if [ ! -s "$archive" ]; then
    archive=
  fi
}

# Starts a process that makes the archive and returns at once. Its folder is also the lock: of many
# who come first one gets to make it. Holds none of our files open, so nobody waits for it who reads
# our output.
make_archive() {
  making=$archive.making
  if ! mkdir -- "$making" 2>/dev/null; then
    # Someone is at it, or this may not be written to. What a crash left goes after ten minutes.
    if [ -d "$making" ]; then
      find "$making" -prune -mmin +10 -exec rm -rf -- {} + 2>/dev/null
    fi
    return
  fi
  (
    # In the background of a shell that ends at once: no child is left to the program that we become.
    (
      trap 'rm -rf -- "$making"' EXIT
      umask 022 # it is for all who may use the jar
      cd -- "$making" || exit
      status=0
      list_classes || status=$?
      if [ -s classes ]; then
        # However the run ends, Java leaves a list; what a cut run had loaded is of little use.
        has_got_through || exit
        status=0
        archive_classes || status=$?
      fi
      if [ "$status" -ne 0 ] || [ ! -s made ]; then
        # Ended by the time-out or a signal, it may do better another time. Otherwise this Java makes
        # none, and an empty file keeps us from trying each time.
        [ "$status" -lt 124 ] || [ "$status" -gt 192 ] || exit
        : >made
      fi
      mv -- made "$archive"
      find "$jars" -name "$program-[0-9]*.jsa" ! -name "${archive##*/}" \( ! -newer "$jar" -o -atime +30 \) -exec rm -f -- {} +
    ) &
  ) </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
}

# Has Java list the classes of a training run in `classes`, in the current directory, and returns its
# exit code. It has a minute, for machines that are slow or busy.
list_classes() {
  # Deploytail would take Java for a part of the deployment that is the first to use us.
  unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
  # shellcheck disable=SC2046 # names, and the options are those of the real program
  unset DEPLOYTAIL_DEPLOYMENT_ID $(env | sed -n 's/^\(DEPLOYTAIL_[A-Z_]*\)=.*/\1/p')
  [ -z "$training_file" ] || echo "$training_text" >"$training_file"
  set -f
  # shellcheck disable=SC2086 # options and arguments are lists
  nice -n 19 timeout -k 30 60 "$java" -Xlog:disable $java_options -XX:DumpLoadedClassList=classes -cp "$jar" $training >said &
  run=$!
  set +f
  if [ -n "$training_line" ]; then
    until has_said_its_line || ! kill -0 "$run"; do
      sleep 0.2
    done
    kill "$run"
  fi
  wait "$run"
}

# Has Java make the archive `made` of `classes`. One of its own, not one on top of the JDK's: only
# that can hold classes as old as picocli's.
archive_classes() {
  set -f
  # shellcheck disable=SC2086 # options are a list
  nice -n 19 timeout -k 30 60 "$java" -Xshare:dump -Xlog:disable $java_options -XX:SharedClassListFile=classes -XX:SharedArchiveFile=made -cp "$jar"
}

has_got_through() {
  [ "$status" -eq "$training_exit" ] && has_said_its_line
}

has_said_its_line() {
  [ -z "$training_line" ] || grep -q "^$training_line" said
}

# Without this, Java garbles arguments that are not plain ASCII wherever no locale is set.
export LC_ALL=C.UTF-8

jars=$home/java
[ -d "$jars" ] || jars=$home/target
find_jar
find_java
find_archive

# Java's own log is off: it would put notes about the archive into the program's output.
set -f
# shellcheck disable=SC2086 # options are a list
exec "$java" -Xshare:auto -Xlog:disable $java_options $user_java_options ${archive:+"-XX:SharedArchiveFile=$archive"} -jar "$jar" "$@"
