package io.deploytail.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Linux tells about processes and the machine, in {@code /proc}: see proc(5). */
final class Proc {
    /** USER_HZ is 100 on every Linux that Java runs on. */
    private static final double TICKS_PER_SECOND = 100;

    private Proc() {}

    /** The processor time of a process, user and system. */
    static double cpuSeconds(long pid) {
        return ticks(pid, 2) / TICKS_PER_SECOND;
    }

    /** The same, with that of its children that have ended. */
    static double cpuSecondsWithChildren(long pid) {
        return ticks(pid, 4) / TICKS_PER_SECOND;
    }

    /** The sum of the first so many of utime, stime, cutime and cstime. */
    private static long ticks(long pid, int count) {
        String stat = read(Path.of("/proc/" + pid + "/stat"));
        List<String> fields = List.of(stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1));
        return fields.subList(11, 11 + count).stream()
                .mapToLong(Long::parseLong)
                .sum();
    }

    /** How long the machine's processors were busy since it was started. */
    static double machineCpuSeconds() {
        String[] fields =
                read(Path.of("/proc/stat")).lines().findFirst().orElseThrow().split(" +", -1);
        long busy = 0;
        for (int i : new int[] {1, 2, 3, 6, 7}) { // user, nice, system, irq, softirq
            busy += Long.parseLong(fields[i]);
        }
        return busy / TICKS_PER_SECOND;
    }

    /** The memory that a process has now, or 0 if it is no more. */
    static long residentBytes(long pid) {
        return memory(pid, "VmRSS");
    }

    /** The most memory that a process had since {@link #forgetPeak}. */
    static long peakBytes(long pid) {
        return memory(pid, "VmHWM");
    }

    static void forgetPeak(long pid) {
        try {
            Files.writeString(Path.of("/proc/" + pid + "/clear_refs"), "5");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long memory(long pid, String name) {
        try {
            Matcher matcher = Pattern.compile(name + ":\\s+(\\d+) kB")
                    .matcher(Files.readString(Path.of("/proc/" + pid + "/status")));
            return matcher.find() ? Long.parseLong(matcher.group(1)) << 10 : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    /** How many bytes have gone over the loopback interface, with all headers and acknowledgements. */
    static long loopbackBytes() {
        return read(Path.of("/proc/net/dev"))
                .lines()
                .map(String::trim)
                .filter(line -> line.startsWith("lo:"))
                .mapToLong(line -> Long.parseLong(line.split("[: ]+", -1)[1]))
                .findFirst()
                .orElseThrow();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            throw new IllegalStateException("needs Linux: there is no " + file, e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
