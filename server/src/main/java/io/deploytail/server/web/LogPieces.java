package io.deploytail.server.web;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import io.deploytail.server.deployment.LogGap;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/** Pieces of a log as the page takes them, in JSON. What is not UTF-8 goes out as the nearest text. */
final class LogPieces {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private LogPieces() {}

    /** @param next the log offset behind the piece */
    static String text(Instant time, byte[] bytes, long next) {
        return "{\"time\":" + time.toEpochMilli() + ",\"text\":"
                + GSON.toJson(new String(bytes, StandardCharsets.UTF_8)) + ",\"next\":" + next + "}";
    }

    /** @param nextLine the number of the line in which the log goes on */
    static String gap(LogGap gap, long nextLine) {
        return "{\"gap\":" + GSON.toJson(describe(gap)) + ",\"next\":" + gap.end() + ",\"nextLine\":" + nextLine + "}";
    }

    static String describe(LogGap gap) {
        String bytes = (gap.isExact() ? "" : "at least ")
                + (gap.size() == 1 ? "1 byte of the log is" : gap.size() + " bytes of the log are");
        return bytes + " missing here: "
                + switch (gap.reason()) {
                    case LOG_LIMIT -> "there were more than are kept";
                    case DISK_FULL -> "they could not be written to the disk";
                    case COPIER_LOST -> "the process that recorded them was lost";
                };
    }
}
