package io.deploytail.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.StackWalker.Option;
import java.lang.StackWalker.StackFrame;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a test's rounds one after the other for a while, each with a {@link Chance} of its own seed: 0, 1, 2 and so on, so
 * that every run begins with the same ones. A round that fails, or takes very long, is named with its seed.
 *
 * <p>{@code -Dfuzz.seconds=N} says for how long, and {@code -Dfuzz.seed=S} runs that one round only.
 */
public final class Fuzz {
    private static final long SECONDS = Long.getLong("fuzz.seconds", 1);
    private static final int MIN_ROUNDS = 5;
    private static final int ROUND_LIMIT_SECONDS = 30;

    /** Fewer say nothing of the share of what is valid. */
    private static final int ROUNDS_FOR_A_SHARE = 50;

    private static final double MIN_SHARE = 0.05;

    private final String test;
    private final Round round;
    private volatile long seed;
    private volatile long roundStartNanos = System.nanoTime();
    private int rounds;
    private int accepted;

    private Fuzz(String test, Round round) {
        this.test = test;
        this.round = round;
    }

    /** One round. */
    public interface Round {
        /** Returns whether what it made was valid; fails if anything is not as it should be. */
        boolean run(Chance chance) throws Exception;
    }

    /** Runs rounds; fails if one of them does, or if few of them made something valid, for then they test little. */
    public static void run(Round round) {
        StackFrame caller = StackWalker.getInstance(Option.RETAIN_CLASS_REFERENCE)
                .walk(frames -> frames.skip(1).findFirst())
                .orElseThrow();
        new Fuzz(caller.getDeclaringClass().getSimpleName() + "#" + caller.getMethodName(), round).runAll();
    }

    private void runAll() {
        Long only = Long.getLong("fuzz.seed");
        ExecutorService thread = Executors.newSingleThreadExecutor(task -> {
            Thread named = new Thread(task, test);
            named.setDaemon(true);
            return named;
        });
        try {
            await(thread.submit(() -> runRounds(only)));
        } finally {
            thread.shutdownNow();
        }
        System.out.printf("%s: %d rounds, %d of them with something valid%n", test, rounds, accepted);
        if (only == null && rounds >= ROUNDS_FOR_A_SHARE) {
            assertThat((double) accepted / rounds).as("share of what is valid").isGreaterThan(MIN_SHARE);
        }
    }

    private void runRounds(Long only) {
        if (only != null) {
            runRound(only);
            return;
        }
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        for (long next = 0; next < MIN_ROUNDS || System.nanoTime() - endNanos < 0; next++) {
            runRound(next);
        }
    }

    private void runRound(long next) {
        seed = next;
        roundStartNanos = System.nanoTime();
        try {
            if (round.run(new Chance(next))) {
                accepted++;
            }
        } catch (Throwable e) {
            throw new AssertionError(failure() + ": " + e.getMessage(), e);
        }
        rounds++;
    }

    private void await(Future<?> running) {
        while (true) {
            try {
                running.get(1, TimeUnit.SECONDS);
                return;
            } catch (TimeoutException e) {
                assertThat(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - roundStartNanos))
                        .as("seconds that a round takes; %s", failure())
                        .isLessThan(ROUND_LIMIT_SECONDS);
            } catch (ExecutionException e) {
                throw e.getCause() instanceof AssertionError failure ? failure : new AssertionError(e.getCause());
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    private String failure() {
        return "seed " + seed + " fails; to repeat it: mvn -pl proto,server test -Dtest='" + test
                + "' -Dsurefire.failIfNoSpecifiedTests=false -Dfuzz.seed=" + seed;
    }
}
