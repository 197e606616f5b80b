package io.deploytail.client.cli;

import io.deploytail.client.DeploytailClient;
import io.deploytail.client.RetryPolicy;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.locks.LockSupport;

/** The process of the {@code deploytail} command. Its exit codes are those of {@link ExitCode}. */
public final class Main {
    private static final String NETTY = "io.grpc.netty.shaded.io.netty.";

    private Main() {}

    public static void main(String[] args) {
        exit(run(args));
    }

    /** To be called before the first use of gRPC. */
    static void useLibrariesLightly() {
        // Newer JVMs warn of Unsafe, and a short call has no use for JFR and for a pool of memory.
        System.setProperty(NETTY + "noUnsafe", "true");
        System.setProperty(NETTY + "jfr.enabled", "false");
        System.setProperty(NETTY + "allocator.type", "unpooled");
    }

    /** Does all that the process is to do but ends it. Returns the code to exit with. */
    static int run(String... args) {
        useLibrariesLightly();
        PrintStream err = new PrintStream(new FileOutputStream(FileDescriptor.err), false, StandardCharsets.UTF_8);
        // What libraries log or warn of there is not for the user: every failure reaches the commands as an exception.
        System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
        CliContext context = new CliContext(
                new FileOutputStream(FileDescriptor.out),
                err,
                isTerminal(1),
                isTerminal(2),
                System.getenv(),
                Clock.systemUTC(),
                Interrupts.ofProcess(),
                Ticks.real(),
                RetryPolicy.standard(),
                DeploytailClient::builder);
        return execute(context, args);
    }

    private static int execute(CliContext context, String[] args) {
        try {
            return DeploytailCommand.execute(context, args);
        } catch (Error e) {
            // The JVM would print it to where nobody sees it.
            context.say("deploytail: " + e);
            return ExitCode.INTERNAL.code();
        }
    }

    /** Ends the process at once, as nothing is left to be done, unless a signal is ending it already. */
    private static void exit(int code) {
        while (Interrupts.isProcessEnding()) {
            LockSupport.park();
        }
        Runtime.getRuntime().halt(code);
    }

    /** The JDK's console would only tell whether both standard input and output are terminals. */
    private static boolean isTerminal(int fileDescriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + fileDescriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return false;
        }
    }
}
