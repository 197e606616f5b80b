# As it was when all output went to one file: a run may outlive an upgrade from there.
#
# Runs one deployment's command in a run directory, apart from the server, which may come and go.
#
#   command.sh       becomes the command
#   claimed          whoever makes it decides: this script to run the command, the server never to
#   claimed, command.id, copier.id   who is who: boot id and /proc/PID/stat; wrapper.PID is on its way to claimed
#   output           what the command wrote, appended
#   exit             becomes exit.CODE when the command has ended; made beforehand, so that a full
#                    disk can't lose it
#   recording        gone if not all of the output could be recorded
#   output.open      becomes output.closed when nobody holds the output open any more
#   unsignalled      gone once the server has told the command to end
#   started          emptied if the command could not be started
#
# The command writes to a pipe, not to the file: a script's `echo > /dev/stdout` would truncate it.
# It has a session of its own, so that ending it ends neither the copier nor this script, and its last
# lines and its exit status still arrive.

cd "$1" || exit

identify() {
    read -r boot </proc/sys/kernel/random/boot_id
    read -r stat </proc/self/stat
    echo "$boot $stat" >"$1"
}

{
    identify "wrapper.$$" && ln "wrapper.$$" claimed || exit
    # Redirected within: a shell that redirects it from here writes "Terminated" there if it is.
    setsid sh -c 'exec 2>&1; . ./command.sh; exit 126' deploytail
    status=$?
    # Once the server sees the exit, a copier that it can't find counts as ended. One that is only late, on
    # a busy host, is waited for; one that was killed so early that it never comes, for ten seconds.
    checks=100
    until [ -s copier.id ] || [ ! -e recording ] || [ "$checks" -eq 0 ]; do
        sleep 0.1
        checks=$((checks - 1))
    done
    mv exit "exit.$status"
} | {
    # The server stops the copier when a process outlives the command and holds the pipe. That process
    # must neither die of a broken pipe nor fill the disk.
    sh -c '
        read -r boot </proc/sys/kernel/random/boot_id
        read -r stat </proc/self/stat
        echo "$boot $stat" >copier.id || exit
        exec cat >>output
    ' || {
        rm recording
        cat >/dev/null
    }
    mv output.open output.closed
}
