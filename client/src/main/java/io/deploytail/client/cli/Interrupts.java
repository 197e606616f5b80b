package io.deploytail.client.cli;

/** Tells when the user wants this process to end, by Ctrl-C or another signal. */
interface Interrupts {
    /** Runs the action, on a thread of its own, if the process is told to end before the registration is closed. */
    Registration onInterrupt(Runnable action);

    /** An action that waits for its moment. */
    interface Registration {
        void close();
    }

    /** Of this JVM. It ends by itself, with 128 plus the signal's number, once the action has returned. */
    static Interrupts ofProcess() {
        return action -> {
            Thread hook = new Thread(action, "interrupt");
            try {
                Runtime.getRuntime().addShutdownHook(hook);
            } catch (IllegalStateException e) {
                return () -> {}; // it is ending already
            }
            return () -> {
                try {
                    Runtime.getRuntime().removeShutdownHook(hook);
                } catch (IllegalStateException e) {
                    // It is ending, and the action runs or has run.
                }
            };
        };
    }

    /** Whether this JVM has been told to end. */
    static boolean isProcessEnding() {
        try {
            Runtime.getRuntime().removeShutdownHook(new Thread());
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }
}
