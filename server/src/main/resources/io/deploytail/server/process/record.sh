# Records a command's output, a pipe on standard input, in the run directory that it is run in. It goes on taking
# what comes where the disk is full or read-only, so that the command does not wait for the log.
#
#   sh record.sh LIMIT [again]
#
# Never more than so many bytes wait here for the server. "again" says that another recorder was lost.
#
#   segment.OFFSET[.REASON[.atleast]]
#                output from that log offset on, in 20 digits. It may be that bytes are missing before it: then REASON
#                tells why, and "atleast" that they may be more than the offsets tell
#   spare        becomes the last segment, an empty one, if the disk has no room for another
#   recording    gone once nothing more is to be recorded
#   unrecorded   emptied as soon as a recorder is there
#
# The server deletes segments that it has committed, but never the newest.

true >unrecorded # unlike with ":", the shell goes on if the disk is read-only
limit=$1
# A dd whose shell was killed goes on, though nobody reads any more what it has to say.
trap '' PIPE
# Opened anew, so that the lock is this recorder's: the dd of one that was lost may still record, and holds it.
exec </proc/self/fd/0
flock 0

newline='
'
block=64k
blocks=128

# From one dd to the next, no process is started as long as all goes well: on a busy host, that takes longer than to
# record a MiB.
begin_segment() {
    start=$offset
    padded=00000000000000000000$offset
    segment=segment.${padded#"${padded%????????????????????}"}$why
}

# Makes room for another segment, of 16 MiB at most: the beginning is kept, and the newest whole one.
keep_limit() {
    set -- segment.*
    [ "$((($# + 1) * 16777216))" -gt "$limit" ] || return 0 # whatever their sizes are
    while
        total=$(wc -c segment.* | tail -n 1)
        total=${total% *}
        [ "$((total + 16777216))" -gt "$limit" ]
    do
        set -- segment.*
        # The gap that there is grows; the first begins before the newest whole segment.
        while [ $# -gt 2 ]; do
            case $1 in *.LOG_LIMIT*) break ;; esac
            shift
        done
        reason=.LOG_LIMIT
        case $1$2 in *.atleast*) reason=$reason.atleast ;; esac
        # The reason first: it is for what may be missing.
        begins=${2#segment.}
        mv "$2" "segment.${begins%%.*}$reason" || return
        rm -f "$1"
    done
}

# Discards what comes, and counts it, until there is room again.
discard() {
    until
        counted=$({ { timeout -s KILL 1 cat && echo end >&3; } | wc -c; } 3>&1)
        lost=${counted##*"$newline"}
        if [ "$lost" -gt 0 ]; then
            offset=$((offset + lost))
            why=.DISK_FULL.atleast
        fi
        case $counted in
        end*)
            note_gap
            exit 0
            ;;
        esac
        [ ! -e recording ] || has_room
    do :; done
}

has_room() {
    head -c 1048576 /dev/zero >probe
    probed=$?
    rm -f probe
    return "$probed"
}

# Says what is missing where no segment tells it yet.
note_gap() {
    if [ "$why" ]; then
        begin_segment
        until mv spare "$segment" || [ ! -e spare ]; do sleep 1; done # the disk may be read-only
    fi
}

for segment in segment.*; do :; done
[ -e "$segment" ] || exec cat >/dev/null # nobody knows any more how far the output had come
start=${segment#segment.}
start=${start%%.*}
start=${start#"${start%%[!0]*}"}
start=${start:-0}
offset=$((start + $(wc -c <"$segment")))
why=
if [ "${2-}" ] && [ -e recording ]; then
    # What the lost one had read but not written can't be known; it may be nothing.
    offset=$((offset + 1))
    why=.COPIER_LOST.atleast
    keep_limit
    begin_segment
fi

while [ -e recording ]; do
    report=$(dd bs=$block count=$blocks of="$segment" oflag=append conv=notrunc 2>&1)
    status=$?
    copied=${report##*"$newline"}
    copied=${copied%% *}
    if [ "$status" -eq 0 ]; then
        offset=$((offset + copied))
        why=
        # A segment that somebody removed ends here, since no more could be read from it.
        if [ ! -e "$segment" ]; then
            why=.COPIER_LOST
        elif [ "$copied" -eq 0 ]; then
            exit 0
        fi
        # The smaller the pieces are that come, the more of them one dd takes, 8 MiB at most: while the next one is
        # started, what comes waits.
        piece=$((copied / blocks))
        if [ "$piece" -lt 128 ]; then
            block=256 blocks=32768
        elif [ "$piece" -lt 512 ]; then
            block=1k blocks=8192
        elif [ "$piece" -lt 4096 ]; then
            block=8k blocks=1024
        else
            block=64k blocks=128
        fi
        [ "$why" ] || [ $((offset - start)) -ge 8388608 ] || continue
    elif [ "$status" -gt 128 ]; then
        written=$(wc -c <"$segment") && offset=$((start + written))
        offset=$((offset + 1))
        why=.COPIER_LOST.atleast
        [ -e recording ] || why= # the server ended it, and counts no further
    else
        case $copied in
        '' | *[!0-9]*) ;; # nothing was read
        *)
            offset=$((offset + copied + 1))
            why=.DISK_FULL.atleast
            ;;
        esac
        discard
    fi
    if [ -e recording ]; then
        keep_limit
        begin_segment
    fi
done

note_gap
# Who still holds the output open must neither die of a broken pipe nor fill the disk.
exec cat >/dev/null
