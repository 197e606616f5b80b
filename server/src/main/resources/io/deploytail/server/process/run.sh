# Runs one deployment's command in a run directory, apart from the server, which may come and go.
#
#   sh run.sh DIRECTORY ID LIMIT [again]
#
# "again": only records, as another shell that did could not go on.
#
#   command.sh   becomes the command
#   record.sh    records what it writes, within the limit: see there
#   claimed      whoever makes it decides: this script to run the command, the server never to
#   claimed, command.id
#                who is who: boot id and /proc/PID/stat; wrapper.PID is on its way to claimed
#   exit         becomes exit.CODE when the command has ended; made beforehand, so that a full
#                disk can't lose it
#   output.open  becomes output.closed when nobody holds the output open any more
#   unsignalled  gone once the server has told the command to end
#   started      emptied if the command could not be started
#
# The command writes to a pipe, not to a file: a script's `echo > /dev/stdout` would truncate it.
# It has a session of its own, so that ending it ends neither the recorder nor this script, and its last
# lines and its exit status still arrive.

cd "$1" || exit
umask=$(umask) # the command's; what is made here is the owner's only
umask 077
directory=$1 id=$2 limit=$3

# Has one recorder after another take what comes on standard input, until it ends. This shell holds the pipe in
# between, so that the command does not die of a broken one.
keep_recording() {
    # Where no process can be started any more, a shell ends. It waits for a line, and begins anew.
    trap 'read -r lost && exec sh run.sh "$directory" "$id" "$limit" again' EXIT
    # What the server knows recorders by.
    export DEPLOYTAIL_RECORDER_OF="$id"
    # Without a directory, nothing can be recorded any more.
    sh record.sh "$limit" "$1" ||
        until sh record.sh "$limit" again || { [ ! -e record.sh ] && cat >/dev/null; }; do sleep 0.1; done
    trap - EXIT
    rename output.open output.closed
}

# Goes on trying while the disk is read-only.
rename() {
    until mv "$1" "$2" || [ ! -e "$1" ]; do sleep 1; done
}

if [ "${4-}" ]; then
    keep_recording again
    exit
fi

{
    read -r boot </proc/sys/kernel/random/boot_id
    read -r stat </proc/self/stat
    echo "$boot $stat" >"wrapper.$$" && ln "wrapper.$$" claimed || exit
    # Redirected within: a shell that redirects it from here writes "Terminated" there if it is.
    setsid sh -c 'exec 2>&1; . ./command.sh; exit 126' deploytail "$umask"
    status=$?
    # Once the server sees the exit, a recorder that it can't find counts as ended. One that is only late, on
    # a busy host, is waited for; one that never comes, for ten seconds.
    checks=1000
    until [ ! -s unrecorded ] || [ "$checks" -eq 0 ]; do
        sleep 0.01
        checks=$((checks - 1))
    done
    rename exit "exit.$status"
} | keep_recording ''
